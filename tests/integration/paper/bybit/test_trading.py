"""Orders on spot and linear through ccxt's own bybit, as it comes."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from execution.paper.catalogue import listings_of
from execution.paper.process import PaperProcess
from tests.integration.paper.asking import control, eventually, fresh_id
from tests.integration.paper.bybit.conftest import LINEAR, SPOT, WITHDRAWING_KEY, code_of, open_client

BOTH = pytest.mark.parametrize("symbol", [SPOT, LINEAR])


async def far(client: Any, symbol: str, share: str = "0.9") -> float:
    """Return a price below the market, on the tick."""
    bid = (await client.fetch_order_book(symbol, 1))["bids"][0][0]
    return float(client.price_to_precision(symbol, bid * float(share)))


async def resting(client: Any, symbol: str, **params: Any) -> Any:
    """Place an order that rests; return ccxt's answer."""
    return await client.create_order(symbol, "limit", "buy", 0.01, await far(client, symbol), {"clientOrderId": fresh_id(), **params})


async def told(client: Any, order: Any, symbol: str) -> Any:
    """Return the venue's row of an order once it has ended or rests."""
    return (await client.fetch_order(order["id"], symbol, {"acknowledged": True}))["info"]


async def test_every_listing_comes_with_its_terms(client: Any) -> None:
    listed = listings_of("bybit")
    assert len(client.markets) == len(listed) == 50
    for listing in listed.values():
        market = client.market(f"{listing.base}/{listing.quote}" + ("" if listing.symbol.endswith("USDT") else f":{listing.quote}"))
        assert Decimal(str(market["precision"]["price"])) == listing.tick
        assert Decimal(str(market["precision"]["amount"])) == listing.lot
        assert Decimal(str(market["limits"]["amount"]["min"])) == listing.quantity(listing.minimum_lots)
        assert Decimal(str(market["limits"]["cost"]["min"])) == listing.minimum_notional
        assert market["active"]


async def test_linear_listings_come_in_pages(client: Any) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        page = (await client.publicGetV5MarketInstrumentsInfo({"category": "linear", "limit": 7, "cursor": cursor}))["result"]
        names += [row["symbol"] for row in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert len(names) == len(set(names)) == 25


@BOTH
async def test_public_data(client: Any, symbol: str) -> None:
    book = await client.fetch_order_book(symbol, 50)
    assert len(book["bids"]) == len(book["asks"]) == 50
    assert book["bids"][0][0] < book["asks"][0][0]
    await client.create_order(symbol, "market", "buy", 0.01)
    trades = await client.fetch_trades(symbol, limit=5)
    assert trades[-1]["symbol"] == symbol
    ticker = await client.fetch_ticker(symbol)
    assert (ticker["symbol"], ticker["bid"] < ticker["ask"]) == (symbol, True)
    assert (await client.fetch_ohlcv(symbol, "1m", limit=2))[-1][5] > 0


async def test_a_perpetual_tells_mark_and_funding(client: Any) -> None:
    rate = await client.fetch_funding_rate(LINEAR)
    assert rate["symbol"] == LINEAR
    assert rate["markPrice"] > 0
    assert rate["fundingTimestamp"] > client.milliseconds()
    assert await client.fetch_funding_rate_history(LINEAR) == []


@BOTH
async def test_a_market_order_is_acknowledged_and_then_filled(client: Any, symbol: str) -> None:
    order = await client.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": (link := fresh_id())})
    assert order["info"] == {"orderId": order["id"], "orderLinkId": link}
    row = await told(client, order, symbol)
    assert (row["orderStatus"], Decimal(row["cumExecQty"]), row["orderLinkId"]) == ("Filled", Decimal("0.01"), link)
    trades = await client.fetch_order_trades(order["id"], symbol)
    assert sum(Decimal(trade["info"]["execQty"]) for trade in trades) == Decimal("0.01")
    assert {trade["info"]["orderLinkId"] for trade in trades} == {link}
    assert sum(Decimal(trade["info"]["execFee"]) for trade in trades) == Decimal(row["cumExecFee"])


async def test_a_market_buy_of_spot_may_name_its_cost(client: Any) -> None:
    order = await client.create_market_buy_order_with_cost(SPOT, 1000)
    row = await told(client, order, SPOT)
    assert (row["marketUnit"], row["orderStatus"], Decimal(row["qty"])) == ("quoteCoin", "Filled", Decimal(1000))
    assert Decimal(990) < Decimal(row["cumExecValue"]) <= Decimal(1000)


@BOTH
async def test_a_limit_order_rests_and_is_found_by_both_ids_until_it_is_cancelled(client: Any, symbol: str) -> None:
    order = await resting(client, symbol)
    link = order["clientOrderId"]
    category = "spot" if symbol == SPOT else "linear"
    by_link = (await client.privateGetV5OrderRealtime({"category": category, "orderLinkId": link}))["result"]["list"]
    assert [row["orderId"] for row in by_link] == [order["id"]]
    assert [row["id"] for row in await client.fetch_open_orders(symbol)] == [order["id"]]
    await client.cancel_order(None, symbol, {"orderLinkId": link})
    row = await told(client, order, symbol)
    assert (row["orderStatus"], row["cancelType"], row["leavesQty"].strip("0.")) == ("Cancelled", "CancelByUser", "")
    assert await client.fetch_open_orders(symbol) == []
    ended = (await client.privateGetV5OrderHistory({"category": category, "orderLinkId": link}))["result"]["list"]
    assert [row["orderStatus"] for row in ended] == ["Cancelled"]


@BOTH
async def test_an_order_of_one_category_is_not_known_in_the_other(client: Any, symbol: str) -> None:
    order = await resting(client, symbol)
    other = "linear" if symbol == SPOT else "spot"
    assert (await client.privateGetV5OrderRealtime({"category": other, "orderId": order["id"]}))["result"]["list"] == []


@pytest.mark.parametrize(("symbol", "status"), [(SPOT, "Rejected"), (LINEAR, "Cancelled")])
async def test_a_post_only_order_that_would_take_is_accepted_and_ends_without_a_trade(client: Any, symbol: str, status: str) -> None:
    ask = (await client.fetch_order_book(symbol, 1))["asks"][0][0]
    price = float(client.price_to_precision(symbol, ask * 1.01))
    order = await client.create_order(symbol, "limit", "buy", 0.01, price, {"postOnly": True})
    row = await told(client, order, symbol)
    assert (row["orderStatus"], row["rejectReason"]) == (status, "EC_PostOnlyWillTakeLiquidity")
    assert (row["timeInForce"], Decimal(row["cumExecQty"])) == ("PostOnly", 0)


@BOTH
async def test_a_post_only_order_that_rests_is_a_maker(client: Any, symbol: str) -> None:
    assert (await told(client, await resting(client, symbol, postOnly=True), symbol))["orderStatus"] == "New"


@pytest.mark.parametrize(("symbol", "status"), [(SPOT, "PartiallyFilledCanceled"), (LINEAR, "Cancelled")])
async def test_what_an_immediate_order_leaves_is_cancelled(client: Any, symbol: str, status: str) -> None:
    ask = (await client.fetch_order_book(symbol, 1))["asks"][0][0]
    order = await client.create_order(symbol, "limit", "buy", 60, ask, {"timeInForce": "IOC"})
    row = await told(client, order, symbol)
    assert (row["orderStatus"], row["rejectReason"]) == (status, "EC_NoImmediateQtyToFill")
    assert 0 < Decimal(row["cumExecQty"]) < 60


@BOTH
async def test_fill_or_kill_trades_whole_or_not_at_all(client: Any, symbol: str) -> None:
    ask = (await client.fetch_order_book(symbol, 1))["asks"][0][0]
    killed = await told(client, await client.create_order(symbol, "limit", "buy", 60, ask, {"timeInForce": "FOK"}), symbol)
    assert (killed["orderStatus"], killed["rejectReason"], Decimal(killed["cumExecQty"])) == ("Cancelled", "EC_CancelForNoFullFill", 0)
    price = float(client.price_to_precision(symbol, ask * 1.01))
    filled = await told(client, await client.create_order(symbol, "limit", "buy", 0.01, price, {"timeInForce": "FOK"}), symbol)
    assert filled["orderStatus"] == "Filled"


async def test_a_reduce_only_order_closes_and_never_opens(client: Any) -> None:
    held = (await client.fetch_position(LINEAR))["info"]
    if Decimal(held["size"]):
        await client.create_order(
            LINEAR, "market", "sell" if held["side"] == "Buy" else "buy", float(held["size"]), None, {"reduceOnly": True}
        )
    with pytest.raises(ccxt.InvalidOrder) as flat:
        await client.create_order(LINEAR, "market", "sell", 0.01, None, {"reduceOnly": True})
    await client.create_order(LINEAR, "market", "buy", 0.02)
    with pytest.raises(ccxt.InvalidOrder, match="same side"):
        await client.create_order(LINEAR, "market", "buy", 0.01, None, {"reduceOnly": True})
    await client.create_order(LINEAR, "market", "sell", 0.02, None, {"reduceOnly": True})
    assert Decimal((await client.fetch_position(LINEAR))["info"]["size"]) == 0
    assert code_of(flat.value) == 110017


@BOTH
async def test_a_client_id_is_used_once_for_ever(client: Any, symbol: str) -> None:
    order = await resting(client, symbol)
    await client.cancel_order(order["id"], symbol)
    with pytest.raises(ccxt.ExchangeError) as refusal:
        await client.create_order(symbol, "limit", "buy", 0.01, await far(client, symbol), {"clientOrderId": order["clientOrderId"]})
    assert code_of(refusal.value) == (170141 if symbol == SPOT else 110072)


@pytest.mark.parametrize(("symbol", "filled", "cancelled", "unknown"), [(SPOT, 170139, 170142, 170213), (LINEAR, 110008, 110010, 110001)])
async def test_a_cancel_that_comes_too_late_says_why(client: Any, symbol: str, filled: int, cancelled: int, unknown: int) -> None:
    taken = await client.create_order(symbol, "market", "buy", 0.01)
    withdrawn = await resting(client, symbol)
    await client.cancel_order(withdrawn["id"], symbol)
    for order_id, code in ((taken["id"], filled), (withdrawn["id"], cancelled), ("123", unknown), ("f6a73e1f-39b5", unknown)):
        with pytest.raises(ccxt.ExchangeError) as refusal:
            await client.cancel_order(order_id, symbol)
        assert code_of(refusal.value) == code


@BOTH
async def test_all_orders_of_a_symbol_are_cancelled_at_once(client: Any, symbol: str) -> None:
    placed = {(await resting(client, symbol))["id"] for _ in range(3)}
    cancelled = await client.cancel_all_orders(symbol)
    assert {order["id"] for order in cancelled} == placed
    assert await client.fetch_open_orders(symbol) == []


@pytest.mark.parametrize(
    ("symbol", "changes", "code"),
    [
        (SPOT, {"qty": "0.00001"}, 170136),
        (SPOT, {"qty": "0.0000001"}, 170137),
        (SPOT, {"qty": "99999999"}, 170135),
        (SPOT, {"price": "59000.123"}, 170134),
        (SPOT, {"price": "15000", "qty": "0.0001"}, 170140),
        (SPOT, {"qty": "8000"}, 170131),
        (SPOT, {"price": "900000"}, 170193),
        (SPOT, {"symbol": "NOPEUSDT"}, 170121),
        (LINEAR, {"qty": "0.0001"}, 10001),
        (LINEAR, {"qty": "99999999"}, 10001),
        (LINEAR, {"price": "59000.123"}, 10001),
        (LINEAR, {"price": "3000", "qty": "0.001"}, 110094),
        (LINEAR, {"qty": "9000"}, 110007),
        (LINEAR, {"price": "900000"}, 110003),
        (LINEAR, {"symbol": "NOPEUSDT"}, 10001),
        (LINEAR, {"category": "inverse"}, 10001),
    ],
)
async def test_what_a_venue_cannot_take_it_refuses_with_its_code(client: Any, symbol: str, changes: dict[str, str], code: int) -> None:
    link = fresh_id()
    order = {
        "category": "spot" if symbol == SPOT else "linear",
        "symbol": "BTCUSDT",
        "side": "Buy",
        "orderType": "Limit",
        "qty": "0.01",
        "price": client.price_to_precision(symbol, await far(client, symbol)),
        "orderLinkId": link,
    }
    with pytest.raises(ccxt.ExchangeError) as refusal:
        await client.privatePostV5OrderCreate(order | changes)
    assert code_of(refusal.value) == code
    assert (await client.privateGetV5OrderRealtime({"category": "spot", "orderLinkId": link}))["result"]["list"] == []


@BOTH
async def test_executions_come_in_pages_newest_first(client: Any, symbol: str) -> None:
    placed = [(await client.create_order(symbol, "market", side, 0.01))["id"] for side in ("buy", "sell", "buy", "sell", "buy")]
    category = "spot" if symbol == SPOT else "linear"
    rows: list[Any] = []
    cursor = ""
    while True:
        request = {"category": category, "symbol": "BTCUSDT", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await client.privateGetV5ExecutionList(request))["result"]
        rows += page["list"]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
        assert len(page["list"]) == 2
    assert len({row["execId"] for row in rows}) == len(rows)
    assert [row["execTime"] for row in rows] == sorted((row["execTime"] for row in rows), reverse=True)
    assert set(placed) <= {row["orderId"] for row in rows}


async def test_executions_of_more_than_seven_days_are_refused(client: Any) -> None:
    with pytest.raises(ccxt.BadRequest, match="7 days"):
        await client.privateGetV5ExecutionList({"category": "spot", "startTime": 0, "endTime": 8 * 86_400_000})


async def test_spot_moves_balances_exactly(client: Any) -> None:
    before = await client.fetch_balance()
    row = await told(client, await client.create_order(SPOT, "market", "buy", 0.01), SPOT)
    after = await client.fetch_balance()
    paid = Decimal(row["cumExecValue"]) + Decimal(row["cumExecFee"])
    assert Decimal(str(after["BTC"]["total"])) - Decimal(str(before["BTC"]["total"])) == Decimal("0.01")
    assert abs(Decimal(str(before["USDT"]["total"])) - Decimal(str(after["USDT"]["total"])) - paid) < Decimal("0.0001")


async def test_a_resting_spot_order_locks_what_it_may_cost(client: Any) -> None:
    before = (await client.fetch_balance())["USDT"]["used"]
    order = await resting(client, SPOT)
    held = (await client.fetch_balance())["USDT"]["used"]
    assert held > before
    await client.cancel_order(order["id"], SPOT)
    assert (await client.fetch_balance())["USDT"]["used"] == before


async def test_a_perpetual_moves_its_position_and_holds_margin(client: Any) -> None:
    before = Decimal((await client.fetch_position(LINEAR))["info"]["size"])
    await client.create_order(LINEAR, "market", "buy", 0.05)
    position = (await client.fetch_positions([LINEAR]))[0]
    assert (position["symbol"], position["side"]) == (LINEAR, "long")
    assert Decimal(position["info"]["size"]) == before + Decimal("0.05")
    assert position["initialMargin"] > 0
    coin = next(row for row in (await client.fetch_balance())["info"]["result"]["list"][0]["coin"] if row["coin"] == "USDT")
    assert Decimal(coin["totalPositionIM"]) >= Decimal(position["info"]["positionIM"])
    await client.create_order(LINEAR, "market", "sell", float(position["info"]["size"]), None, {"reduceOnly": True})
    assert await client.fetch_positions(None, {"type": "swap", "subType": "linear"}) == []


async def test_leverage_is_set_once_and_within_what_is_allowed(client: Any) -> None:
    await client.set_leverage(7, LINEAR)
    assert (await client.fetch_position(LINEAR))["leverage"] == 7
    with pytest.raises(ccxt.BadRequest) as same:
        await client.set_leverage(7, LINEAR)
    with pytest.raises(ccxt.BadRequest) as high:
        await client.set_leverage(5000, LINEAR)
    assert (code_of(same.value), code_of(high.value)) == (110043, 110013)
    await client.set_leverage(10, LINEAR)


async def test_positions_are_one_way(client: Any) -> None:
    with pytest.raises(ccxt.NoChange):
        await client.set_position_mode(False, LINEAR)
    with pytest.raises(ccxt.BadRequest):
        await client.set_position_mode(True, LINEAR)


async def test_fees_are_those_of_each_category(client: Any) -> None:
    spot, linear = await client.fetch_trading_fee(SPOT), await client.fetch_trading_fee(LINEAR)
    assert (spot["maker"], spot["taker"]) == (0.001, 0.001)
    assert (linear["maker"], linear["taker"]) == (0.0002, 0.00055)


async def test_a_key_tells_whether_it_may_withdraw(exchange: PaperProcess, client: Any) -> None:
    assert "Withdraw" not in (await client.privateGetV5UserQueryApi())["result"]["permissions"]["Wallet"]
    async with open_client(exchange.base_url, key=WITHDRAWING_KEY) as other:
        assert "Withdraw" in (await other.privateGetV5UserQueryApi())["result"]["permissions"]["Wallet"]


@pytest.mark.parametrize(
    ("sign_in", "code"), [({"key": "nobody"}, 10003), ({"secret": "wrong"}, 10004), ({"timeDifference": 60_000}, 10002)]
)
async def test_a_request_that_is_not_properly_signed_in_time_is_refused(exchange: PaperProcess, sign_in: dict[str, Any], code: int) -> None:
    async with open_client(exchange.base_url, **sign_in) as stranger:
        with pytest.raises(ccxt.BaseError) as refusal:
            await stranger.privateGetV5AccountInfo()
    assert code_of(refusal.value) == code


async def test_the_time_of_a_venue_with_a_skewed_clock_is_learnt(exchange: PaperProcess) -> None:
    control(exchange.base_url, "POST", "faults", {"venue": "bybit", "fault": "clock_skew", "milliseconds": -30_000, "seconds": 60})
    try:
        async with open_client(exchange.base_url) as client:
            client.has["fetchCurrencies"] = False  # ccxt would ask for them, signed, before it asks for the time
            await client.load_markets()
            assert (await client.fetch_balance())["BTC"]["total"] > 0
    finally:
        control(exchange.base_url, "DELETE", "faults?venue=bybit")


@pytest.mark.parametrize("fault", ["reject", "rate_limit"])
async def test_faults_on_demand_speak_the_venues_way(exchange: PaperProcess, client: Any, fault: str) -> None:
    asked = {"venue": "bybit", "fault": fault, "operations": ["create"], "count": 1}
    if fault == "reject":
        asked |= {"code": "170131", "message": "Insufficient balance."}
    control(exchange.base_url, "POST", "faults", asked)
    with pytest.raises(ccxt.InsufficientFunds if fault == "reject" else ccxt.RateLimitExceeded):
        await resting(client, SPOT)
    assert (await resting(client, SPOT))["id"]


async def test_the_position_that_a_venue_tells_may_drift(exchange: PaperProcess, client: Any) -> None:
    before = Decimal((await client.fetch_position(LINEAR))["info"]["size"])
    control(
        exchange.base_url,
        "POST",
        "faults",
        {"venue": "bybit", "fault": "position_drift", "symbol": "BTCUSDT-PERP", "lots": 3, "seconds": 60},
    )
    try:

        async def has_drifted() -> bool:
            return Decimal((await client.fetch_position(LINEAR))["info"]["size"]) == before + Decimal("0.003")

        assert await eventually(has_drifted)
    finally:
        control(exchange.base_url, "DELETE", "faults?venue=bybit")
