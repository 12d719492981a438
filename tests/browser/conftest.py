"""Headless Chromium on a whole desk. Without Chromium these tests fail: they are part of what must work."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.live import LiveDesk

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_HARMLESS = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
"""A page that is left takes its open requests with it. (422 is the answer to a ticket with a mistake.)"""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=60_000)  # how long a page may take to show what it must: a busy machine is slow, not wrong
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is missing. As root: apt-get install --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_desk: LiveDesk) -> Iterator[Open]:
    """Opens a page on which the trader is signed in. A test fails when a page reports an error, a refused script for one."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_HARMLESS) and "422" not in message.text:
            complaints.append(message.text)

    def open_one(*, width: int = 1280, height: int = 800, theme: str = "dark") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.set_default_timeout(60_000)
        context.add_init_script(f"localStorage.setItem('dipmaster-theme', '{theme}')")
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, live_desk)
        return page

    yield open_one
    heard = list(complaints)
    for context in contexts:
        context.close()
    assert heard == []


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


def sign_in(page: Page, desk: LiveDesk) -> None:
    page.goto(f"{desk.address}/login/")
    page.get_by_label("User name").fill(desk.username)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{desk.address}/")


def fill_ticket(page: Page, desk: LiveDesk, **fields: str) -> None:
    """Open a ticket and type into it, for a small buy of half a minute unless told otherwise."""
    page.goto(f"{desk.address}/orders/new/")
    for name, value in ({"quantity": "0.05", "duration_minutes": "0.5"} | fields).items():
        page.locator(f"#{name}").fill(value)
