"""The venues page follows the venues, and what is unfolded stays so."""

from playwright.sync_api import Page, expect

from tests.live import LiveDesk


def wait_for_refresh(page: Page) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/venues/") and answer.request.headers.get("hx-request") == "true"):
        pass


def test_what_is_unfolded_stays_so_while_the_page_follows_the_venues(page: Page, live_desk: LiveDesk) -> None:
    page.get_by_role("link", name="Venues").click()
    expect(page.locator(".venue")).to_have_count(4)
    books = page.locator("#books-binance")
    books.locator("summary").click()
    wait_for_refresh(page)
    wait_for_refresh(page)
    expect(books).to_have_attribute("open", "")
    expect(books.locator("tbody tr")).to_have_count(6)


def test_the_page_shows_venues_that_serve_as_up_with_measured_figures(page: Page, live_desk: LiveDesk) -> None:
    live_desk.wait_for_end(int(live_desk.submit(quantity="0.02", duration_minutes="0.2")["id"]))
    page.goto(f"{live_desk.address}/venues/")
    binance = page.locator("#venue-binance")
    expect(binance.locator(".venue-figures").get_by_text("±")).to_be_visible(timeout=60_000)
    expect(binance.get_by_text("read", exact=False).first).to_be_visible()
