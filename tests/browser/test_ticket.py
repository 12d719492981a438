"""The ticket in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fill_ticket
from tests.live import LiveDesk


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("quantity", "-1", "above zero"),
        ("quantity", "NaN", "Write a number"),
        ("quantity", "1e30", "too many digits"),
        ("quantity", "0.1234567", "Nearest: 0.12346"),
        ("limit_price", "60000.001", "Nearest: 60000"),
        ("duration_minutes", "0", "above zero"),
        ("priority", "99", "between 1 and 10"),
        ("max_slippage_bps", "<script>alert(1)</script>", "Write a number"),
    ],
)
def test_a_bad_value_is_told_beside_its_field_while_it_is_typed(
    page: Page, live_desk: LiveDesk, field: str, value: str, message: str
) -> None:
    fill_ticket(page, live_desk, **{field: value})
    expect(page.locator(f"#error-{field}")).to_contain_text(message)
    expect(page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    page.locator("#quantity").press("Enter")
    expect(page.locator(f"#{field}")).to_be_focused()
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(page.locator(f"#{field}")).to_have_value(value)


def test_an_empty_size_is_told_when_the_review_is_asked_for_and_stays_told(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk, quantity="")
    page.get_by_role("button", name="Review buy").click()
    expect(page.locator("#quantity")).to_be_focused()
    for _refresh in range(2):
        page.wait_for_event("response", lambda answer: answer.url.endswith("/orders/new/preview/"))
    expect(page.locator("#error-quantity")).to_have_text("Give a size.")
    expect(page.locator("#quantity")).to_have_attribute("aria-invalid", "true")
    page.locator("#quantity").fill("0.05")
    expect(page.locator("#error-quantity")).not_to_be_visible()


def test_the_side_changes_by_key_outside_fields_only(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk)
    page.locator("#notes").press("s")
    expect(page.get_by_role("button", name="Review buy")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Review sell")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Review buy")).to_be_visible()


def test_going_back_from_the_review_keeps_what_was_typed(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk, notes="Keep me")
    page.locator("#quantity").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(page.locator("#notes")).to_have_value("Keep me")
    expect(page).to_have_url(f"{live_desk.address}/orders/new/")


def test_a_script_in_the_notes_is_shown_as_text(page: Page, live_desk: LiveDesk) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    hostile = "</textarea><script>alert('notes')</script><img src=x onerror=alert(1)>"
    fill_ticket(page, live_desk, notes=hostile)
    page.locator("#quantity").press("Enter")
    page.get_by_role("button", name="Send buy").click()
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    page.get_by_role("link", name="Parameters").click()
    expect(page.locator(".notes")).to_have_text(hostile)
    assert alerts == []


def test_an_order_that_risk_refuses_shows_code_and_reason(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk, quantity="190", limit_price="90000")
    expect(page.locator("#preview")).to_contain_text("PRICE_COLLAR")
    page.locator("#quantity").press("Enter")
    page.get_by_role("button", name="Send buy").click()
    expect(page.locator(".order-head")).to_contain_text("PRICE_COLLAR")
    expect(page.locator(".order-head")).to_contain_text("Nothing was sent.")


def test_choosing_a_row_chooses_the_algorithm_and_its_parameters(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk)
    page.get_by_role("button", name="Implementation shortfall").click()
    expect(page.locator("#algorithm")).to_have_value("shortfall")
    expect(page.locator("#overridden")).to_be_visible()
    expect(page.get_by_role("slider", name="Urgency")).to_be_visible()
    expect(page.get_by_role("button", name="Implementation shortfall")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="back to the mode's").click()
    expect(page.locator("#overridden")).not_to_be_visible()
    expect(page.get_by_role("slider", name="Urgency")).not_to_be_visible()


def test_a_mode_brings_its_algorithms_parameters_and_what_was_typed_stays(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk)
    page.get_by_role("textbox", name="Volume cap").fill("12")
    page.get_by_role("radio", name="Aggressive").check(force=True)
    expect(page.locator("#shortfall-participation_cap")).to_have_value("12")
    expect(page.locator("#vwap-participation_cap")).not_to_be_visible()


def test_a_bad_parameter_is_told_beside_its_field_while_it_is_typed(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk)
    page.locator("#algorithm").select_option("twap")
    page.locator("#twap-participation_cap").fill("95")
    expect(page.locator("#error-twap-participation_cap")).to_contain_text("between 0.1 and 90 %")
    expect(page.locator("#twap-participation_cap")).to_have_attribute("aria-invalid", "true")
    page.locator("#twap-participation_cap").fill("15")
    expect(page.locator("#error-twap-participation_cap")).not_to_be_visible()


def test_a_remedy_is_typed_into_its_field(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk, limit_price="1000")
    button = page.locator(".remedy")
    expect(button).to_be_visible()
    value = button.evaluate("button => { const value = button.dataset.value; button.click(); return value }")  # the market moves it
    expect(page.locator("#limit_price")).to_have_value(value or "none")
    expect(page.locator(".remedy")).to_have_count(0)


def test_the_urgency_slider_is_sent_when_it_was_moved(page: Page, live_desk: LiveDesk) -> None:
    fill_ticket(page, live_desk)
    page.locator("#algorithm").select_option("shortfall")
    slider = page.get_by_role("slider", name="Urgency")
    expect(page.locator("[data-panel=shortfall] [name=p_urgency]")).to_have_value("")
    slider.press("ArrowRight")
    value = page.locator("[data-panel=shortfall] [name=p_urgency]").input_value()
    page.locator("#quantity").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(f"Urgency {value}")
