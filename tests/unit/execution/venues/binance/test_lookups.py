"""Orders and executions are asked for everywhere and on every page; a venue in memory answers as Binance does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.errors import BaseError, ExchangeError, OrderNotFound

from execution.domain.venue_orders import VenueOrder, VenueOrderStatus
from execution.venues.binance import DIALECT
from execution.venues.ccxt.answers import milliseconds
from execution.venues.dialect import KeyRights, Refusal, Verdict

NOW = datetime.now(UTC)
DAY_MS = 86_400_000


def refused(code: int, message: str, verdict: Verdict) -> BaseError:
    error = OrderNotFound(message) if verdict is Verdict.NO_SUCH_ORDER else ExchangeError(message)
    error.refusal = Refusal(code=str(code), message=message, verdict=verdict)
    return error


DENIED = refused(-2013, "Order does not exist.", Verdict.NO_SUCH_ORDER)


def order_row(number: int, client_id: str, **change: Any) -> dict[str, Any]:
    return {"orderId": number, "clientOrderId": client_id, "status": "NEW", "executedQty": "0", "side": "BUY", **change}


def trade_row(number: int, order: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "orderId": order,
        "side": "BUY",
        "price": "2",
        "qty": "3",
        "commission": "0.01",
        "commissionAsset": "USDT",
        "maker": False,
        "time": milliseconds(at),
    }


class Venue:
    """Binance's lists of orders and trades, with the limits of its calls."""

    def __init__(self, *, page: int = 1000) -> None:
        self.orders: list[dict[str, Any]] = []
        self.open: list[dict[str, Any]] = []
        self.known: dict[str, dict[str, Any]] = {}
        self.rows: list[dict[str, Any]] = []
        self.page = page
        self.asked: list[dict[str, Any]] = []
        self.privateGetOpenOrders = self.fapiPrivateGetOpenOrders
        self.privateGetAllOrders = self.fapiPrivateGetAllOrders
        self.privateGetMyTrades = self.fapiPrivateGetUserTrades

    def market_id(self, name: str) -> str:
        return name.split(":", maxsplit=1)[0].replace("/", "")

    async def fetch_order(self, order_id: str | None, name: str, params: dict[str, str]) -> Any:
        found = self.known.get(order_id or params.get("origClientOrderId", ""))
        if found is None:
            raise DENIED
        return {"info": found}

    async def fapiPrivateGetOpenOrders(self, request: Any) -> Any:
        return list(self.open)

    async def fapiPrivateGetAllOrders(self, request: Any) -> Any:
        return list(self.orders)

    async def fapiPrivateGetUserTrades(self, request: Any) -> Any:
        self.asked.append(request)
        start, end = request.get("startTime", 0), request.get("endTime", 10**15)
        assert "endTime" not in request or end - start <= 7 * DAY_MS, "USD-M answers for seven days at most"
        assert "fromId" not in request or "startTime" not in request, "a trade id may not go with a time"
        fitting = [
            row
            for row in self.rows
            if row["id"] >= request.get("fromId", 0)
            and start <= row["time"] < end
            and str(row["orderId"]) == str(request.get("orderId", row["orderId"]))
        ]
        return fitting[: self.page]


@pytest.fixture
def venue() -> Venue:
    return Venue()


async def find(venue: Venue, *, venue_order_id: str | None = None) -> VenueOrder | None:
    return await DIALECT.find(venue, symbol="BTCUSDT-PERP", client_order_id="ours", venue_order_id=venue_order_id)


async def test_an_order_is_found_by_our_id(venue: Venue) -> None:
    venue.known["ours"] = order_row(7, "ours")
    found = await find(venue)
    assert found == VenueOrder(
        client_order_id="ours", venue_order_id="7", status=VenueOrderStatus.OPEN, filled_quantity=Decimal(0), executions=()
    )


async def test_an_order_that_is_not_known_by_our_id_is_asked_for_by_the_venues(venue: Venue) -> None:
    venue.known["7"] = order_row(7, "ours")
    found = await find(venue, venue_order_id="7")
    assert found is not None


async def test_an_order_that_only_the_list_of_open_ones_knows_is_found(venue: Venue) -> None:
    venue.open = [order_row(6, "another"), order_row(7, "ours")]
    found = await find(venue)
    assert found is not None
    assert found.venue_order_id == "7"


async def test_an_order_that_only_the_history_knows_is_found_the_newest_of_its_name(venue: Venue) -> None:
    venue.orders = [order_row(5, "ours", status="CANCELED"), order_row(7, "ours", status="FILLED", executedQty="1")]
    found = await find(venue)
    assert found is not None
    assert (found.venue_order_id, found.status) == ("7", VenueOrderStatus.FILLED)


async def test_an_order_is_denied_only_when_every_place_denies_it(venue: Venue) -> None:
    assert await find(venue, venue_order_id="7") is None


async def test_any_other_refusal_of_a_query_proves_nothing(venue: Venue) -> None:
    async def busy(*args: Any) -> Any:
        raise refused(-1000, "An unknown error occurred", Verdict.OPEN)

    venue.fetch_order = busy  # type: ignore[method-assign]
    with pytest.raises(ExchangeError):
        await find(venue)


async def test_all_pages_of_an_orders_executions_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.venues.binance.lookups.PAGE", 2)
    venue = Venue(page=2)
    venue.rows = [trade_row(number, 7 if number != 3 else 8, NOW) for number in range(1, 7)]
    order = VenueOrder(client_order_id="ours", venue_order_id="7", status=VenueOrderStatus.FILLED, filled_quantity=Decimal(15))
    executions = await DIALECT.executions_of(venue, order, venue="binance", symbol="BTCUSDT-PERP")
    assert [execution.trade_id for execution in executions] == ["1", "2", "4", "5", "6"]
    assert {execution.client_order_id for execution in executions} == {"ours"}


async def test_an_order_without_a_fill_is_not_asked_about(venue: Venue) -> None:
    order = VenueOrder(client_order_id="ours", venue_order_id="7", status=VenueOrderStatus.OPEN, filled_quantity=Decimal(0))
    assert await DIALECT.executions_of(venue, order, venue="binance", symbol="BTCUSDT-PERP") == ()
    assert venue.asked == []


async def test_executions_since_three_weeks_ago_are_read_week_by_week_each_once(venue: Venue) -> None:
    days = (20, 14, 13, 7, 1)
    venue.rows = [trade_row(number, number, NOW - timedelta(days=ago)) for number, ago in enumerate(days, 1)]
    venue.orders = [order_row(number, f"order{number}") for number in range(1, 5)]
    venue.known["5"] = order_row(5, "order5")
    since = NOW - timedelta(days=21)
    executions = await DIALECT.executions_since(venue, venue="binance", symbol="BTCUSDT-PERP", since=since)
    assert [(one.trade_id, one.client_order_id) for one in executions] == [(str(number), f"order{number}") for number in range(1, 6)]


async def test_more_executions_than_a_page_are_followed_by_id_up_to_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.venues.binance.lookups.PAGE", 2)
    venue = Venue(page=2)
    venue.rows = [trade_row(number, 1, NOW - timedelta(days=20 - number)) for number in range(1, 10)]
    venue.orders = [order_row(1, "ours")]
    executions = await DIALECT.executions_since(venue, venue="binance", symbol="BTCUSDT-PERP", since=NOW - timedelta(days=20))
    assert [one.trade_id for one in executions] == [str(number) for number in range(1, 10)]
    assert len([request for request in venue.asked if "startTime" in request]) == 1


async def test_an_execution_of_an_order_that_the_venue_forgot_has_no_id_of_ours(venue: Venue) -> None:
    venue.rows = [trade_row(1, 1, NOW)]
    (execution,) = await DIALECT.executions_since(venue, venue="binance", symbol="BTCUSDT-PERP", since=NOW - timedelta(days=1))
    assert execution.client_order_id is None


async def test_balances_add_up_both_wallets(exchange: Any) -> None:
    async def spot() -> Any:
        return {"balances": [{"asset": "USDT", "free": "1", "locked": "2"}, {"asset": "BTC", "free": "0", "locked": "0"}]}

    async def futures() -> Any:
        return {"assets": [{"asset": "USDT", "walletBalance": "4.5"}]}

    exchange.privateGetAccount, exchange.fapiPrivateV3GetAccount = spot, futures
    assert await DIALECT.balances(exchange) == {"USDT": Decimal("7.5")}


async def test_a_key_for_spot_alone_owns_nothing_elsewhere(exchange: Any) -> None:
    async def spot() -> Any:
        return {"balances": [{"asset": "USDT", "free": "1", "locked": "2"}]}

    async def futures() -> Any:
        raise refused(-2015, "Invalid API-key, IP, or permissions for action.", Verdict.NO_EFFECT)

    exchange.privateGetAccount = spot
    exchange.fapiPrivateV3GetAccount = exchange.fapiPrivateV2GetPositionRisk = futures
    assert await DIALECT.balances(exchange) == {"USDT": Decimal(3)}
    assert await DIALECT.positions(exchange) == ()


async def test_open_positions_are_told_with_their_sign_and_leverage(exchange: Any) -> None:
    row = {"entryPrice": "60000.5", "leverage": "10", "unRealizedProfit": "-1.5"}

    async def risk() -> Any:
        return [{**row, "symbol": "BTCUSDT", "positionAmt": "-0.250"}, {**row, "symbol": "ETHUSDT", "positionAmt": "0.000"}]

    exchange.fapiPrivateV2GetPositionRisk = risk
    (position,) = await DIALECT.positions(exchange)
    assert (position.symbol, position.quantity, position.leverage) == ("BTCUSDT-PERP", Decimal("-0.250"), Decimal(10))
    assert (position.entry_price, position.unrealised) == (Decimal("60000.5"), Decimal("-1.5"))


@pytest.mark.parametrize(
    ("told", "rights"),
    [
        ({"enableSpotAndMarginTrading": True, "enableWithdrawals": False}, KeyRights(can_trade=True, can_withdraw=False)),
        ({"enableFutures": True, "enableWithdrawals": True}, KeyRights(can_trade=True, can_withdraw=True)),
        ({"enableReading": True}, KeyRights(can_trade=False, can_withdraw=True)),
    ],
)
async def test_what_a_key_may_do_is_read_and_silence_about_withdrawals_is_no_denial(
    exchange: Any, told: dict[str, bool], rights: KeyRights
) -> None:
    async def restrictions() -> Any:
        return told

    exchange.sapiGetAccountApiRestrictions = restrictions
    assert await DIALECT.key_rights(exchange) == rights
