"""The blotter: the desk's orders and nobody else's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dipmaster.accounts.models import Desk, User
from execution.models import ParentOrder, Slice


def shown(browser: Client, address: str = "/") -> list[str]:
    return [row.order.reference for row in browser.get(address).context["blotter"].rows]


def test_an_empty_blotter_offers_the_first_step(browser: Client) -> None:
    text = browser.get("/").content.decode()
    assert "No orders yet" in text
    assert "/orders/new/" in text


def test_orders_are_listed_newest_first(browser: Client, order: Callable[..., ParentOrder]) -> None:
    first, second = order(), order()
    assert shown(browser) == [second.reference, first.reference]


def test_orders_of_another_desk_are_not_shown(browser: Client, order: Callable[..., ParentOrder], trader: User) -> None:
    order()
    trader.desk = Desk.objects.create(name="Elsewhere")
    trader.save()
    assert shown(browser, "/?view=all") == []


def test_a_user_without_a_desk_sees_no_orders(browser: Client, order: Callable[..., ParentOrder], trader: User) -> None:
    order()
    trader.desk = None
    trader.save()
    assert "You belong to no desk" in browser.get("/").content.decode()


def test_views_and_filters_narrow_the_list(browser: Client, order: Callable[..., ParentOrder]) -> None:
    buy = order(client_order_id="alpha-7", notes="quarter end")
    refused = order(limit_price=Decimal(60_000))
    old = order()
    ParentOrder.objects.filter(pk=old.pk).update(
        state="cancelled", created_at=datetime.now(UTC) - timedelta(days=3), completed_at=datetime.now(UTC) - timedelta(days=3)
    )
    assert shown(browser, "/?view=working") == [buy.reference]
    assert shown(browser, "/") == [refused.reference, buy.reference]
    assert shown(browser, "/?view=all") == [old.reference, refused.reference, buy.reference]
    assert shown(browser, "/?view=all&state=rejected") == [refused.reference]
    assert shown(browser, "/?view=all&side=sell") == []
    assert (
        shown(browser, "/?find=alpha") == shown(browser, f"/?find={buy.reference}") == shown(browser, "/?find=quarter") == [buy.reference]
    )


@pytest.mark.parametrize(
    "query", ["page=abc", "page=999999999999999999999", "open=1;2", "find=%00", "view=nope&state=x&side=y", "held=-1", "find='"]
)
def test_nonsense_in_the_address_is_harmless(browser: Client, order: Callable[..., ParentOrder], query: str) -> None:
    order()
    assert browser.get(f"/?{query}").status_code == 200


def test_a_refusal_stands_in_its_row_with_code_and_reason(browser: Client, order: Callable[..., ParentOrder], desk: Desk) -> None:
    desk.is_trading_enabled = False
    desk.save()
    order()
    text = browser.get("/").content.decode()
    assert "TRADING_DISABLED" in text
    assert "Trading is switched off" in text


def test_an_expanded_row_shows_its_slices(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    now = datetime.now(UTC)
    Slice.objects.create(
        parent=found, number=1, quantity=found.quantity, start_at=now, end_at=now + timedelta(minutes=1), last_reason="Rest"
    )
    text = browser.get(f"/?open={found.pk}", headers={"HX-Request": "true"}).content.decode()
    assert 'aria-expanded="true"' in text
    assert "Rest" in text
    assert "<html" not in text


def test_rows_that_are_held_stay_where_they_are(browser: Client, order: Callable[..., ParentOrder]) -> None:
    first = order()
    order()
    assert shown(browser, f"/?held={first.pk}") == [first.reference]


def test_more_orders_take_no_more_queries(browser: Client, order: Callable[..., ParentOrder]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/")
        return len(captured)

    order()
    browser.get("/")
    few = queries()
    for _ in range(5):
        order()
    assert queries() == few


def test_notes_and_ids_are_escaped_everywhere(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order(notes="<script>alert(1)</script><img src=x onerror=alert(2)>")
    for address in ("/", "/?find=<script>alert(3)</script>", f"/orders/{found.pk}/?tab=parameters"):
        text = browser.get(address).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
