"""The lab on a whole desk: an experiment is started, followed to its results, and fits every screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_layout import SIZES, overflow
from tests.live import LiveDesk
from tests.waiting import wait_until

FIRST_RESULT_MS = 240_000  # the market is compiled before the first path


def start_experiment(page: Page, desk: LiveDesk, **fields: str) -> str:
    """Fill the form for the shortest experiment and send it; return the page's address."""
    page.goto(f"{desk.address}/lab/new/")
    for name, value in ({"sizes": "2k, 1%", "minutes": "2", "paths": "2", "seed": "5"} | fields).items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/lab/*/")
    return page.url


def test_an_experiment_is_started_and_followed_to_its_results(open_page: Open, live_desk: LiveDesk) -> None:
    page = open_page()
    address = start_experiment(page, live_desk)
    results = page.get_by_role("heading", name="Paired differences and quality")
    expect(results).to_be_visible(timeout=FIRST_RESULT_MS)  # without a reload
    expect(page.locator(".lab-pairs tbody tr")).to_have_count(5)
    page.get_by_role("link", name="2 % of volume").or_(page.get_by_role("link", name="USD 2k")).first.click()
    expect(results).to_be_visible()
    page.get_by_role("button", name="Run again, same paths").click()
    expect(page).not_to_have_url(address)
    expect(results).to_be_visible(timeout=FIRST_RESULT_MS)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Both ran on the same paths")).to_be_visible()
    expect(page.locator(".lab-differences tbody tr")).to_have_count(10)
    expect(page.locator(".lab-differences tbody b")).to_have_count(0)  # the same seed: no difference at all
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for part in ("/lab/", "/lab/new/", "/lab/market/", address.removeprefix(live_desk.address), "/lab/compare/?a=1&b=2"):
            page.goto(f"{live_desk.address}{part}")
            assert overflow(page) <= 0, (size, part)


def test_an_experiment_that_waits_or_runs_is_cancelled_from_its_page(page: Page, live_desk: LiveDesk) -> None:
    start_experiment(page, live_desk, paths="150", minutes="30")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".lab-head .state")).to_have_text("Cancelled", timeout=FIRST_RESULT_MS)


def test_of_the_chosen_market_only_the_symbols_are_seen_and_a_failure_says_why(page: Page, live_desk: LiveDesk) -> None:
    recordings = live_desk.desk.var / "recordings"
    recordings.mkdir(exist_ok=True)
    (recordings / "okx-BTCUSDT.jsonl").write_text("")
    page.goto(f"{live_desk.address}/lab/new/")
    page.get_by_role("radio", name="own recordings").check()
    expect(page.get_by_role("checkbox", name="BTC", exact=True)).to_be_hidden()
    page.get_by_role("checkbox", name="okx-BTCUSDT").check()
    page.locator("#minutes").fill("1")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("holds no message", timeout=FIRST_RESULT_MS)


def test_a_worker_that_is_restarted_goes_on_where_it_was(page: Page, live_desk: LiveDesk) -> None:
    number = start_experiment(page, live_desk, sizes="2k", paths="16", minutes="5").rstrip("/").rpartition("/")[2]
    seen: list[int] = []

    def state() -> str:
        _status, found = live_desk.call("GET", f"/experiments/{number}/")
        seen.append(found["paths_done"])
        return str(found["state"])

    wait_until(lambda: state() == "running" and seen[-1] > 0, seconds=240)
    live_desk.desk.restart("lab")
    wait_until(lambda: state() not in ("queued", "running"), seconds=240)
    assert (state(), seen[-1]) == ("done", 16)
    assert seen == sorted(seen)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_targets_on_a_phone_are_large_enough(open_page: Open, live_desk: LiveDesk, theme: str) -> None:
    page = open_page(width=390, height=844, theme=theme)
    for address in ("/lab/", "/lab/new/"):
        page.goto(f"{live_desk.address}{address}")
        small = page.evaluate(
            """() => [...document.querySelectorAll('main .btn, main select, main .form-control')]
                .filter((element) => element.offsetParent && element.getBoundingClientRect().height < 44)
                .map((element) => element.outerHTML.slice(0, 80))"""
        )
        assert small == []
