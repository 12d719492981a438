"""From the sign-in to the report: the whole path that a desk user takes."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import fill_ticket
from tests.live import LiveDesk
from tests.waiting import PATIENCE_SECONDS

FILLED_MS = PATIENCE_SECONDS * 1000


def test_an_order_is_sent_followed_and_reported(page: Page, live_desk: LiveDesk) -> None:
    expect(page.locator("#quotes")).to_contain_text(re.compile(r"BTC [\d,]+\.\d\d|BTC[\d,]+\.\d\d"))
    page.keyboard.press("n")
    expect(page).to_have_url(f"{live_desk.address}/orders/new/")
    fill_ticket(page, live_desk)
    expect(page.locator("#preview")).to_contain_text("all pass now")
    page.locator("#quantity").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("0.05 BTCUSDT")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    page.evaluate("window.isTheSamePage = true")
    expect(page.locator(".order-head")).to_contain_text("Filled", timeout=FILLED_MS)
    expect(page.locator(".order-head .state")).to_have_text("Filled", timeout=FILLED_MS)
    assert page.evaluate("window.isTheSamePage"), "the page was loaded again instead of being kept up to date"
    expect(page.locator("#tab-fills span")).not_to_have_text("0")
    expect(page.locator("#price-chart canvas").first).to_be_visible()
    expect(page.locator("#plan-chart canvas").first).to_be_visible()

    page.get_by_role("link", name="TCA").first.click()
    expect(page).to_have_url(re.compile(r"/orders/\d+/tca/$"))
    expect(page.locator("main")).to_contain_text("Positive is cost")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="PDF").first.click()
    with open(downloading.value.path(), "rb") as file:  # noqa: PTH123 - the path is the browser's
        document = file.read()
    assert document.startswith(b"%PDF-")
    assert document.rstrip().endswith(b"%%EOF")
