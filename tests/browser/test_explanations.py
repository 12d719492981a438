"""A child order opens to why it was sent, stays open while the page is refreshed, and fits every screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_layout import SIZES, overflow
from tests.live import LiveDesk


@pytest.fixture(scope="module")
def order_id(live_desk: LiveDesk) -> int:
    found = int(live_desk.submit(quantity="0.3", duration_minutes="0.2")["id"])
    live_desk.wait_for_end(found)
    return found


def open_first(page: Page, desk: LiveDesk, order_id: int) -> None:
    page.goto(f"{desk.address}/orders/{order_id}/")
    link = page.locator("a.explain").first
    expect(link).to_have_attribute("aria-expanded", "false")
    link.click()
    expect(page.locator("tr.why")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_an_explanation_fits_every_screen(open_page: Open, live_desk: LiveDesk, order_id: int, size: tuple[int, int], theme: str) -> None:
    page = open_page(width=size[0], height=size[1], theme=theme)
    open_first(page, live_desk, order_id)
    assert overflow(page) <= 0
    assert page.locator("tr.why td").first.evaluate("cell => cell.scrollWidth - cell.clientWidth") <= 0
    expect(page.locator("tr.why .good")).to_contain_text("no difference")
    expect(page.locator(".why-venues tbody tr.is-chosen").first).to_be_visible()
    page.get_by_text("Everything it was decided from").click()
    expect(page.locator("tr.why pre")).to_contain_text("max_book_age")
    assert overflow(page) <= 0


def test_an_explanation_stays_open_over_a_refresh_and_closes_by_the_keyboard(page: Page, live_desk: LiveDesk, order_id: int) -> None:
    open_first(page, live_desk, order_id)
    with page.expect_response(lambda response: f"/orders/{order_id}/?" in response.url and "child=" in response.url):
        page.evaluate("htmx.trigger('#order-live', 'refresh')")
    expect(page.locator("tr.why")).to_be_visible()
    link = page.locator('a.explain[aria-expanded="true"]')
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.why")).to_have_count(0)
    assert "child=" not in page.url
