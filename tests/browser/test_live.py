"""Pages keep themselves up to date."""

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.live import LiveDesk


def test_a_new_order_appears_in_the_blotter_and_its_end_too(page: Page, live_desk: LiveDesk) -> None:
    page.evaluate("window.isTheSamePage = true")
    order_id = live_desk.submit(quantity="0.5", duration_minutes="30")["id"]
    row = page.locator(f"#order-{order_id}")
    expect(row).to_contain_text("0.5 BTC")
    expect(row).to_contain_text("Working")
    live_desk.call("POST", f"/orders/{order_id}/cancel/")
    expect(row.locator(".state")).to_have_text("Cancelled")
    assert page.evaluate("window.isTheSamePage")


def test_what_is_expanded_and_focused_survives_an_update(page: Page, live_desk: LiveDesk) -> None:
    order_id = live_desk.submit(quantity="0.5", duration_minutes="30")["id"]
    row = page.locator(f"#order-{order_id}")
    row.locator(".expander").click()
    details = page.locator(".detail-slice").first
    expect(details).to_contain_text("S1")
    row.locator(".row-link").focus()
    live_desk.call("POST", f"/orders/{order_id}/cancel/")
    expect(row.locator(".state")).to_have_text("Cancelled")
    expect(details).to_contain_text("S1")
    expect(row.locator(".row-link")).to_be_focused()


def test_cancelling_asks_first_and_the_safe_answer_has_the_focus(page: Page, live_desk: LiveDesk) -> None:
    order_id = live_desk.submit(quantity="0.5", duration_minutes="30")["id"]
    page.goto(f"{live_desk.address}/orders/{order_id}/")
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_role("button", name="Keep working")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert live_desk.order(order_id)["state"] in ("pending", "working")
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("button", name="Cancel order").click()
    expect(page.locator(".order-head .state")).to_have_text("Cancelled")


def test_pause_and_resume_are_shown(page: Page, live_desk: LiveDesk) -> None:
    order_id = live_desk.submit(quantity="0.5", duration_minutes="30")["id"]
    page.goto(f"{live_desk.address}/orders/{order_id}/")
    page.get_by_role("button", name="Pause").first.click()
    expect(page.locator(".order-head .state")).to_have_text("Held")
    page.get_by_role("button", name="Resume").first.click()
    expect(page.locator(".order-head .state")).to_have_text("Working")
    live_desk.call("POST", f"/orders/{order_id}/cancel/")


def test_a_lost_connection_is_told_and_what_was_missed_is_fetched_on_return(page: Page, live_desk: LiveDesk) -> None:
    is_cut = False
    lines: list[WebSocketRoute] = []

    def answer(line: WebSocketRoute) -> None:
        if is_cut:
            line.close()
            return
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket(lambda url: "/ws/orders/" in url, answer)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    is_cut = True
    for line in lines:
        line.close()
    expect(page.locator("#connection")).to_contain_text("Connection lost at")
    order_id = live_desk.submit(quantity="0.5", duration_minutes="30")["id"]
    is_cut = False
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator(f"#order-{order_id}")).to_contain_text("0.5 BTC")
    live_desk.call("POST", f"/orders/{order_id}/cancel/")
