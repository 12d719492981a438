"""Coinbase has no lookup by our id: orders are found in lists, page by page, and cancelled by the venue's id."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.errors import BaseError, ExchangeError, NetworkError

from execution.domain.venue_orders import VenueOrder, VenueOrderStatus
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.ccxt.exchange import refusal_of
from execution.venues.coinbase import DIALECT
from execution.venues.coinbase.codes import ORDER_NOT_FOUND
from execution.venues.dialect import KeyRights, Refusal, Verdict

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


def order(number: int, status: str = "FILLED") -> Json:
    return {"order_id": f"o{number}", "client_order_id": f"c{number}", "status": status, "filled_size": "0.5", "product_id": "BTC-USDT"}


def fill(number: int, of: int, **changes: Any) -> Json:
    row = {
        "trade_id": f"t{number}",
        "order_id": f"o{of}",
        "trade_time": f"2026-01-01T00:00:{number:02d}Z",
        "trade_type": "FILL",
        "price": "100",
        "size": "0.25",
        "commission": "0.1",
        "liquidity_indicator": "MAKER",
        "side": "BUY",
    }
    return row | changes


class Venue:
    """The venue's answers behind ccxt's raw calls, in pages of two."""

    def __init__(self, orders: Sequence[Json] = (), fills: Sequence[Json] = (), page: int = 2) -> None:
        self.orders, self.rows, self.page = list(orders), list(fills), page
        self.asked: list[tuple[str, Json]] = []
        self.cancel_answer: Any = None
        self.denial: BaseError | None = None

    def market_id(self, name: str) -> str:
        return name.replace("/", "-")

    async def v3PrivateGetBrokerageOrdersHistoricalBatch(self, request: Json) -> Any:
        self.asked.append(("orders", request))
        wanted = [row for row in self.orders if row["status"] in request.get("order_status", [row["status"]])]
        wanted = [row for row in wanted if row["order_id"] in request.get("order_ids", [row["order_id"]])]
        start = int(request.get("cursor", 0))
        following = start + self.page
        has_next = following < len(wanted)
        return {"orders": wanted[start:following], "has_next": has_next, "cursor": str(following) if has_next else ""}

    async def v3PrivateGetBrokerageOrdersHistoricalFills(self, request: Json) -> Any:
        self.asked.append(("fills", request))
        start = int(request.get("cursor", 0))
        following = start + self.page
        return {"fills": self.rows[start:following], "cursor": str(following) if following < len(self.rows) else ""}

    async def v3PrivateGetBrokerageOrdersHistoricalOrderId(self, request: Json) -> Any:
        self.asked.append(("order", request))
        for row in self.orders:
            if row["order_id"] == request["order_id"]:
                return {"order": row}
        raise self.denial or denied()

    async def v3PrivatePostBrokerageOrdersBatchCancel(self, request: Json) -> Any:
        self.asked.append(("cancel", request))
        return self.cancel_answer or {"results": [{"success": True, "order_id": request["order_ids"][0]}]}

    async def v3PrivateGetBrokerageAccounts(self, request: Json) -> Any:
        rows = [("USDT", "10", "5"), ("BTC", "0", "0"), ("USDT", "1", "0"), ("ETH", "0", "2.5")]
        start = int(request.get("cursor", 0))
        page = [
            {"currency": name, "available_balance": {"value": free, "currency": name}, "hold": {"value": held, "currency": name}}
            for name, free, held in rows[start : start + self.page]
        ]
        following = start + self.page
        return {"accounts": page, "has_next": following < len(rows), "cursor": str(following) if following < len(rows) else ""}


def denied() -> BaseError:
    error: BaseError = ExchangeError("coinbase")
    error.refusal = Refusal(code="NOT_FOUND", message=ORDER_NOT_FOUND, verdict=Verdict.NO_SUCH_ORDER)
    return error


async def find(venue: Venue, ours: str, theirs: str | None = None) -> VenueOrder | None:
    return await DIALECT.find(venue, symbol="BTCUSDT", client_order_id=ours, venue_order_id=theirs)


async def test_an_order_is_asked_for_by_the_venues_id_where_it_is_known() -> None:
    venue = Venue([order(1)])
    found = await find(venue, "c1", "o1")
    assert found is not None
    assert (found.status, found.filled_quantity) == (VenueOrderStatus.FILLED, Decimal("0.5"))
    assert [name for name, _ in venue.asked] == ["order"]


async def test_an_order_is_found_on_a_later_page_of_the_history() -> None:
    venue = Venue([order(number) for number in range(7)])
    found = await find(venue, "c6")
    assert found is not None
    assert found.venue_order_id == "o6"


async def test_pages_behind_the_order_are_not_asked_for() -> None:
    venue = Venue([order(number) for number in range(7)])
    await find(venue, "c0")
    assert [("order_status" in request, "cursor" in request) for _, request in venue.asked] == [(True, False), (False, False)]


async def test_open_orders_are_searched_whatever_their_age_before_the_history() -> None:
    venue = Venue([order(1, "OPEN")])
    found = await find(venue, "c1")
    assert found is not None
    ((_, request),) = venue.asked
    assert request["order_status"] == ["OPEN"]
    assert "start_date" not in request


async def test_an_order_is_denied_when_its_id_and_every_page_deny_it() -> None:
    venue = Venue([order(number) for number in range(5)])
    assert await find(venue, "c9", "o9") is None
    assert [name for name, _ in venue.asked] == ["order", "orders", "orders", "orders", "orders"]


async def test_an_order_that_the_venue_denies_by_id_is_still_looked_for_in_the_lists() -> None:
    found = await find(Venue([order(1)]), "c1", "o9")
    assert found is not None


async def test_an_answer_that_does_not_deny_is_no_denial() -> None:
    venue = Venue([order(1)])
    venue.denial = NetworkError("the connection broke")
    with pytest.raises(NetworkError):
        await find(venue, "c1", "o9")


async def test_pages_that_go_round_in_a_circle_prove_nothing() -> None:
    venue = Venue([order(number) for number in range(9)], page=0)
    with pytest.raises(UnreadableAnswer, match="circle"):
        await find(venue, "c9")


async def test_executions_are_read_from_all_pages_oldest_first_and_know_our_orders() -> None:
    venue = Venue([order(1), order(2)], [fill(3, of=2), fill(2, of=1), fill(1, of=1)])
    found = await DIALECT.executions_since(venue, venue="coinbase", symbol="BTCUSDT", since=SINCE)
    assert [(one.trade_id, one.client_order_id) for one in found] == [("t1", "c1"), ("t2", "c1"), ("t3", "c2")]
    assert venue.asked[0][1]["start_sequence_timestamp"] == "2026-01-01T00:00:00.000000Z"


async def test_an_execution_of_an_order_that_is_not_told_of_any_more_is_kept() -> None:
    found = await DIALECT.executions_since(Venue([], [fill(1, of=1)]), venue="coinbase", symbol="BTCUSDT", since=SINCE)
    assert [(one.trade_id, one.client_order_id) for one in found] == [("t1", None)]


async def test_a_correction_is_no_execution() -> None:
    venue = Venue([order(1)], [fill(1, of=1), fill(2, of=1, trade_type="REVERSAL")])
    found = await DIALECT.executions_since(venue, venue="coinbase", symbol="BTCUSDT", since=SINCE)
    assert [one.trade_id for one in found] == ["t1"]


async def test_the_executions_of_an_order_are_asked_for_by_its_id() -> None:
    venue = Venue([], [fill(1, of=1)])
    known = VenueOrder(client_order_id="c1", venue_order_id="o1", status=VenueOrderStatus.FILLED, filled_quantity=Decimal("0.25"))
    found = await DIALECT.executions_of(venue, known, venue="coinbase", symbol="BTCUSDT")
    assert [one.client_order_id for one in found] == ["c1"]
    assert venue.asked[0][1]["order_ids"] == ["o1"]


async def cancel(venue: Venue, theirs: str | None) -> None:
    assert await DIALECT.cancel(venue, symbol="BTCUSDT", client_order_id="c1", venue_order_id=theirs) is None


async def test_a_cancel_looks_for_the_venues_id_first() -> None:
    venue = Venue([order(1, "OPEN")])
    await cancel(venue, None)
    assert [name for name, _ in venue.asked] == ["orders", "cancel"]
    assert venue.asked[-1][1] == {"order_ids": ["o1"]}


async def test_a_cancel_of_an_order_that_is_nowhere_is_refused_and_not_sent() -> None:
    venue = Venue()
    with pytest.raises(BaseError) as raised:
        await cancel(venue, None)
    refusal = refusal_of(raised.value)
    assert refusal is not None
    assert refusal.verdict is Verdict.NO_SUCH_ORDER
    assert "cancel" not in [name for name, _ in venue.asked]


async def test_a_refused_cancel_keeps_the_venues_reason() -> None:
    venue = Venue([order(1)])
    venue.cancel_answer = {"results": [{"success": False, "failure_reason": "ORDER_IS_FULLY_FILLED", "order_id": "o1"}]}
    with pytest.raises(BaseError) as raised:
        await cancel(venue, "o1")
    refusal = refusal_of(raised.value)
    assert refusal is not None
    assert (refusal.code, refusal.verdict) == ("ORDER_IS_FULLY_FILLED", Verdict.NO_SUCH_ORDER)


@pytest.mark.parametrize("answer", [{"results": []}, {"results": [{"success": True, "order_id": "o2"}]}, {"ok": True}])
async def test_an_answer_that_does_not_confirm_the_cancel_proves_nothing(answer: Json) -> None:
    venue = Venue()
    venue.cancel_answer = answer
    with pytest.raises(UnreadableAnswer):
        await cancel(venue, "o1")


async def test_balances_are_what_is_free_and_what_is_held_on_all_pages() -> None:
    assert await DIALECT.balances(Venue()) == {"USDT": Decimal(16), "ETH": Decimal("2.5")}


@pytest.mark.parametrize(
    ("told", "rights"),
    [
        ({"can_view": True, "can_trade": True, "can_transfer": False}, KeyRights(can_trade=True, can_withdraw=False)),
        ({"can_view": True, "can_trade": False, "can_transfer": True}, KeyRights(can_trade=False, can_withdraw=True)),
        ({}, KeyRights(can_trade=False, can_withdraw=True)),
    ],
)
async def test_what_a_key_is_not_said_to_lack_it_may_do(told: Json, rights: KeyRights) -> None:
    class Permissions:
        async def v3PrivateGetBrokerageKeyPermissions(self) -> Json:
            return told

    assert await DIALECT.key_rights(Permissions()) == rights
