"""Every page fits the phone, the desk and the wall, in both themes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.live import LiveDesk

SIZES = [(390, 844), (1280, 800), (1920, 1080)]


@pytest.fixture(scope="module")
def finished(live_desk: LiveDesk) -> int:
    order_id = int(live_desk.submit(quantity="0.02", duration_minutes="0.2")["id"])
    live_desk.wait_for_end(order_id)
    return order_id


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_scrolls_sideways(open_page: Open, live_desk: LiveDesk, finished: int, size: tuple[int, int], theme: str) -> None:
    page = open_page(width=size[0], height=size[1], theme=theme)
    for address in ("/", "/venues/", "/orders/new/", f"/orders/{finished}/", f"/orders/{finished}/?tab=fills", f"/orders/{finished}/tca/"):
        page.goto(f"{live_desk.address}{address}")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        assert overflow(page) <= 0, address


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_the_bar_shows_whole_quotes_or_none_and_nothing_covers_anything(open_page: Open, live_desk: LiveDesk, width: int) -> None:
    quotes = [{"symbol": f"COIN{number}USDT", "label": f"COIN{number}", "mid": "115,290.35", "age_ms": 100} for number in range(8)]
    page = open_page(width=width)
    page.route("**/quotes/", lambda route: route.fulfill(json={"quotes": quotes, "trading": "ACTIVE"}))
    page.goto(f"{live_desk.address}/lab/new/")
    expect(page.locator("#quotes div")).to_have_count(len(quotes))
    covered = page.evaluate(
        """() => {
            const box = (element) => element.getBoundingClientRect();
            const bar = [...document.querySelectorAll('.topbar > *')].filter((each) => box(each).width);
            const beside = bar.slice(1).filter((each, index) => box(each).left < box(bar[index]).right - 0.5);
            const line = box(document.getElementById('quotes'));
            const cut = [...document.querySelectorAll('#quotes div')].filter((each) =>
                box(each).top < line.bottom && (box(each).bottom > line.bottom + 1 || box(each).left < line.left - 0.5));
            const squeezed = [...document.querySelectorAll('.topbar .new-order, .topbar .trading')]
                .filter((each) => each.scrollWidth > each.clientWidth + 1);
            return [...beside, ...cut, ...squeezed].map((each) => each.outerHTML.slice(0, 80));
        }"""
    )
    assert covered == []


def test_the_venues_of_a_report_fit_a_phone(open_page: Open, live_desk: LiveDesk, finished: int) -> None:
    page = open_page(width=390, height=844)
    page.goto(f"{live_desk.address}/orders/{finished}/tca/")
    table = page.locator(".tca-venues .table-scroll")
    expect(table).to_be_visible()
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_targets_on_a_phone_are_large_enough(open_page: Open, live_desk: LiveDesk) -> None:
    page = open_page(width=390, height=844)
    for address in ("/", "/orders/new/"):
        page.goto(f"{live_desk.address}{address}")
        small = page.evaluate(
            """() => [...document.querySelectorAll('main .btn, main select, main .form-control')]
                .filter((element) => element.offsetParent && element.getBoundingClientRect().height < 44)
                .map((element) => element.outerHTML.slice(0, 80))"""
        )
        assert small == []


def test_the_theme_is_kept(open_page: Open) -> None:
    page = open_page()
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_blotter_is_driven_by_keys(page: Page, live_desk: LiveDesk, finished: int) -> None:
    page.reload()
    page.keyboard.press("j")
    first = page.locator("tr.entry .row-link").first
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("tr.entry .expander").first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.locator("#find").fill(f"P-{finished}")
    expect(page.locator("tr.entry")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_desk.address}/orders/{finished}/")
