"""What USD-M answers about orders, wallet, positions and marks."""

from decimal import Decimal
from typing import Any

import pytest

from execution.paper.gateways.binance.errors import ApiError
from execution.paper.gateways.binance.usdm_errors import refusal_of
from execution.paper.refusals import Refused
from tests.unit.execution.paper.gateways.binance.futures import BTC, NOW, Desk

MARKET = {"symbol": "BTCUSDT"}


def refusal(desk: Desk, **change: str) -> ApiError:
    """Return in which words an order is refused."""
    try:
        desk.order(**change)
    except ApiError as error:
        return error
    except Refused as refused:
        return refusal_of(refused)
    raise AssertionError("the order was taken")


def position(desk: Desk) -> Any:
    (row,) = desk.signed.second_positions(desk.account, MARKET, NOW)
    return row


def test_a_taken_order_is_told_with_its_average_price_and_turnover(desk: Desk) -> None:
    order = desk.market("BUY", "0.150")
    assert (order["status"], order["executedQty"], order["cumQty"]) == ("FILLED", "0.150", "0.150")
    assert Decimal(order["cumQuote"]) == Decimal("0.1") * Decimal("60000.1") + Decimal("0.05") * Decimal("60000.2")
    assert Decimal(order["avgPrice"]) == (Decimal(order["cumQuote"]) / Decimal("0.15")).quantize(Decimal("1e-8"))


def test_a_long_position_is_valued_at_the_mark_and_binds_its_cost_over_leverage(desk: Desk) -> None:
    desk.market("BUY", "0.100")
    held = position(desk)
    assert (held["positionAmt"], Decimal(held["entryPrice"]), held["leverage"]) == ("0.100", Decimal("60000.1"), "20")
    mark = Decimal(held["markPrice"])
    assert Decimal(held["notional"]) == mark * Decimal("0.1")
    assert Decimal(held["unRealizedProfit"]) == (mark - Decimal("60000.1")) * Decimal("0.1")
    assert Decimal(held["initialMargin"]) == Decimal("60000.1") * Decimal("0.1") / 20
    assert Decimal(held["maintMargin"]) == mark * Decimal("0.1") / 250


def test_the_account_adds_up(desk: Desk) -> None:
    desk.market("SELL", "0.100")
    desk.order()
    told = desk.signed.account(desk.account, {}, NOW)
    amount = {name: Decimal(value) for name, value in told.items() if isinstance(value, str)}
    assert amount["totalInitialMargin"] == amount["totalPositionInitialMargin"] + amount["totalOpenOrderInitialMargin"]
    assert amount["totalMarginBalance"] == amount["totalWalletBalance"] + amount["totalUnrealizedProfit"]
    assert amount["availableBalance"] == amount["totalMarginBalance"] - amount["totalInitialMargin"]
    assert [row["positionAmt"] for row in told["positions"]] == ["-0.100"]


def test_a_fee_is_five_hundredths_of_a_percent_of_what_was_taken(desk: Desk) -> None:
    before = Decimal(desk.signed.account(desk.account, {}, NOW)["totalWalletBalance"])
    desk.market("BUY", "0.100")
    after = Decimal(desk.signed.account(desk.account, {}, NOW)["totalWalletBalance"])
    assert before - after == (Decimal("60000.1") * Decimal("0.1") * 5 / 10_000).quantize(Decimal("1e-8"))


def test_a_trade_tells_the_profit_that_it_realised(desk: Desk) -> None:
    desk.market("BUY", "0.100")
    desk.market("SELL", "0.100")
    bought, sold = desk.signed.trades(desk.account, MARKET, NOW)
    assert Decimal(bought["realizedPnl"]) == 0
    assert Decimal(sold["realizedPnl"]) == (Decimal("59999.9") - Decimal("60000.1")) * Decimal("0.1")
    assert (sold["side"], sold["buyer"], sold["maker"]) == ("SELL", False, False)


def test_a_position_that_drifts_is_told_otherwise_than_it_is(desk: Desk) -> None:
    desk.core.venue.behaviour.position_drift = {BTC.symbol: 7}
    assert position(desk)["positionAmt"] == "0.007"
    assert [row["positionAmt"] for row in desk.signed.positions(desk.account, {}, NOW)] == ["0.007"]


def test_a_fill_or_kill_order_that_cannot_fill_leaves_no_trace(desk: Desk) -> None:
    assert refusal(desk, timeInForce="FOK", price="60000.5", quantity="0.6").code == -5021
    assert desk.signed.all_orders(desk.account, MARKET, NOW) == []
    assert desk.order(timeInForce="FOK", price="60000.5", quantity="0.5")["status"] == "FILLED"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"quantity": "0.001"}, -4004, "Quantity less than min quantity."),
        ({"quantity": "1001"}, -4005, "Quantity greater than max quantity."),
        ({"quantity": "0.002", "price": "49999"}, -4164, "Order's notional must be no smaller than 100 (unless you choose reduce only)."),
        ({"price": "63100"}, -4016, "Price is higher than mark price multiplier cap."),
        ({"side": "SELL", "price": "56900"}, -4024, "Price is lower than mark price multiplier floor."),
        ({"quantity": "1000", "price": "60000"}, -2019, "Margin is insufficient."),
        ({"reduceOnly": "true"}, -2022, "ReduceOnly Order is rejected."),
        ({"symbol": "NOPEUSDT"}, -1121, "Invalid symbol."),
    ],
)
def test_a_refusal_has_the_venues_code_and_words(desk: Desk, change: dict[str, str], code: int, words: str) -> None:
    if code == -2019:
        desk.signed.set_leverage(desk.account, {**MARKET, "leverage": "1"}, NOW)
    refused = refusal(desk, **change)
    assert (refused.code, refused.message) == (code, words)


def test_a_client_id_is_free_again_when_its_order_has_ended(desk: Desk) -> None:
    desk.order(newClientOrderId="once")
    assert refusal(desk, newClientOrderId="once").code == -4116
    desk.signed.cancel_order(desk.account, {**MARKET, "origClientOrderId": "once"}, NOW)
    assert desk.order(newClientOrderId="once")["status"] == "NEW"


def test_leverage_beyond_what_the_symbol_allows_is_named(desk: Desk) -> None:
    with pytest.raises(ApiError) as refused:
        desk.signed.set_leverage(desk.account, {**MARKET, "leverage": "126"}, NOW)
    assert (refused.value.code, refused.value.message) == (-4028, "Leverage 126 is not valid")


def test_a_countdown_that_runs_out_cancels_the_symbols_orders_and_only_once(desk: Desk) -> None:
    order = desk.order()
    desk.signed.countdown(desk.account, {**MARKET, "countdownTime": "1000"}, NOW)
    assert not desk.countdowns.expire(NOW + 999)
    assert desk.countdowns.expire(NOW + 1000)
    assert desk.signed.query_order(desk.account, {**MARKET, "orderId": str(order["orderId"])}, NOW)["status"] == "CANCELED"
    assert not desk.countdowns.expire(NOW + 2000)


def test_calling_again_begins_the_countdown_anew_and_zero_stops_it(desk: Desk) -> None:
    desk.order()
    desk.signed.countdown(desk.account, {**MARKET, "countdownTime": "1000"}, NOW)
    desk.signed.countdown(desk.account, {**MARKET, "countdownTime": "1000"}, NOW + 900)
    assert not desk.countdowns.expire(NOW + 1000)
    desk.signed.countdown(desk.account, {**MARKET, "countdownTime": "0"}, NOW + 1000)
    assert not desk.countdowns.expire(NOW + 10_000)
    assert len(desk.signed.open_orders(desk.account, MARKET, NOW)) == 1


def test_a_listing_tells_its_grid_and_its_limits(desk: Desk) -> None:
    (symbol,) = desk.public.exchange_info({}, NOW)["symbols"]
    filters = {item["filterType"]: item for item in symbol["filters"]}
    assert (symbol["symbol"], symbol["contractType"], symbol["status"]) == ("BTCUSDT", "PERPETUAL", "TRADING")
    assert (filters["PRICE_FILTER"]["tickSize"], filters["LOT_SIZE"]["stepSize"], filters["LOT_SIZE"]["minQty"]) == (
        "0.1",
        "0.001",
        "0.002",
    )
    assert (filters["LOT_SIZE"]["maxQty"], filters["MIN_NOTIONAL"]["notional"]) == ("1000.000", "100")


def test_a_book_has_the_listings_decimals_and_only_the_depths_that_the_venue_knows(desk: Desk) -> None:
    book = desk.public.depth({**MARKET, "limit": "5"}, NOW)
    assert (book["bids"][0], book["asks"][0], len(book["bids"])) == (["59999.9", "0.100"], ["60000.1", "0.100"], 5)
    with pytest.raises(ApiError) as refused:
        desk.public.depth({**MARKET, "limit": "7"}, NOW)
    assert refused.value.code == -4021


def test_the_mark_is_told_with_the_funding_to_come(desk: Desk) -> None:
    pair = desk.core.venue.pairs[BTC.symbol]
    pair.mark_ticks, pair.index_ticks, pair.funding_rate_e8 = 600_010, 600_000, -12_345
    mark = desk.public.premium_index(MARKET, NOW)
    assert (mark["markPrice"], mark["indexPrice"], mark["lastFundingRate"]) == ("60001.00000000", "60000.00000000", "-0.00012345")
    assert mark["nextFundingTime"] - NOW <= 8 * 3_600_000
    assert mark["nextFundingTime"] % (8 * 3_600_000) == 0


def test_funding_that_was_paid_is_in_the_rates_and_in_the_accounts_income(desk: Desk) -> None:
    pair = desk.core.venue.pairs[BTC.symbol]
    desk.market("BUY", "0.100")
    pair.mark_ticks, pair.funding_rate_e8 = 600_000, 10_000
    paid_at = NOW + 8 * 3_600_000
    desk.core.venue.pay_funding(paid_at)
    assert [row["fundingRate"] for row in desk.public.funding_rates(MARKET, NOW)] == ["0.00010000"]
    (income,) = desk.signed.income(desk.account, {**MARKET, "incomeType": "FUNDING_FEE"}, NOW)
    assert (income["symbol"], Decimal(income["income"]), income["time"]) == ("BTCUSDT", Decimal("-0.6"), paid_at)
