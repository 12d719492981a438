"""Amending an order by keyboard, and accelerating it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.live import LiveDesk

PATIENT = {"duration_minutes": "20", "mode": "conservative", "quantity": "0.5"}
SIZES = [(390, 844), (1280, 800), (1920, 1080)]


def open_dialog(page: Page, desk: LiveDesk, order_id: int) -> None:
    page.goto(f"{desk.address}/orders/{order_id}/")
    page.get_by_role("button", name="Amend").locator("visible=true").click()
    expect(page.get_by_role("dialog").get_by_label("Quantity")).to_be_focused()


def test_an_order_is_amended_by_keyboard_after_it_was_restated(page: Page, live_desk: LiveDesk) -> None:
    order_id = int(live_desk.submit(**PATIENT)["id"])
    open_dialog(page, live_desk, order_id)
    dialog = page.get_by_role("dialog")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.600001")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Nearest: 0.6")
    expect(dialog.get_by_label("Quantity")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.6")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("row", name=re.compile("Quantity"))).to_contain_text(re.compile(r"0\.5 BTC.*0\.6 BTC", re.DOTALL))
    expect(dialog.get_by_role("button", name="Amend order")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#progress h2")).to_contain_text("0.6 BTC")
    expect(page.locator("#log")).to_contain_text("quantity 0.5 → 0.6")
    live_desk.call("POST", f"/orders/{order_id}/cancel/")


def test_escape_leaves_the_order_as_it_is(page: Page, live_desk: LiveDesk) -> None:
    order_id = int(live_desk.submit(**PATIENT)["id"])
    open_dialog(page, live_desk, order_id)
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert live_desk.order(order_id)["quantity"] == "0.5"
    live_desk.call("POST", f"/orders/{order_id}/cancel/")


def test_accelerating_asks_first_and_says_what_changes(page: Page, live_desk: LiveDesk) -> None:
    order_id = int(live_desk.submit(**PATIENT)["id"])
    page.goto(f"{live_desk.address}/orders/{order_id}/")
    page.get_by_role("button", name="Accelerate").locator("visible=true").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Volume cap: 10 % → 20 %")
    expect(dialog.get_by_role("button", name="Keep its pace")).to_be_focused()
    dialog.get_by_role("button", name="Accelerate").click()
    expect(page.locator("#log")).to_contain_text("Accelerated by")
    live_desk.call("POST", f"/orders/{order_id}/cancel/")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_dialog_fits_the_screen_and_all_of_it_can_be_reached(
    open_page: Open, live_desk: LiveDesk, size: tuple[int, int], theme: str
) -> None:
    order_id = int(live_desk.submit(**PATIENT)["id"])
    page = open_page(width=size[0], height=size[1], theme=theme)
    open_dialog(page, live_desk, order_id)
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size[1]
    assert page.evaluate("document.getElementById('dialog').scrollWidth <= document.getElementById('dialog').clientWidth")
    review = page.get_by_role("dialog").get_by_role("button", name="Review")
    review.scroll_into_view_if_needed()
    expect(review).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    live_desk.call("POST", f"/orders/{order_id}/cancel/")
