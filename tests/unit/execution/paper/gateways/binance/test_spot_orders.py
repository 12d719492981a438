"""Order parameters and filters are refused with Binance's own codes."""

import pytest

from execution.paper.catalogue import listings_of
from execution.paper.gateways.binance.errors import ApiError, refusal_of
from execution.paper.gateways.binance.spot_orders import read_order
from execution.paper.orders import check_filters
from execution.paper.refusals import Refused

LISTINGS = listings_of("binance")
BTC = LISTINGS["BTCUSDT"]
AVERAGE = 6_000_000
GOOD = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.5", "price": "60000"}


def check(changes: dict[str, str | None]) -> None:
    params = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    try:
        check_filters(read_order(params, BTC).request, BTC, market_price=AVERAGE)
    except Refused as refused:
        raise refusal_of(refused) from refused


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"price": "60000.001"}, -1013, "PRICE_FILTER"),
        ({"price": "60000.000000001"}, -1111, "'price' has too much precision"),
        ({"quantity": "0.500001"}, -1013, "LOT_SIZE"),
        ({"quantity": "0"}, -1013, "LOT_SIZE"),
        ({"quantity": "9000.00001"}, -1013, "LOT_SIZE"),
        ({"quantity": "0.00008"}, -1013, "NOTIONAL"),
        ({"price": "11999.99"}, -1013, "PERCENT_PRICE_BY_SIDE"),
        ({"price": "300000.01"}, -1013, "PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "-1"}, -1100, "'quantity'"),
        ({"quantity": "NaN"}, -1100, "'quantity'"),
        ({"price": "1e5"}, -1100, "'price'"),
        ({"quantity": None}, -1102, "'quantity'"),
        ({"price": ""}, -1102, "'price'"),
        ({"side": None}, -1102, "'side'"),
        ({"type": None}, -1102, "'type'"),
        ({"timeInForce": None}, -1102, "'timeInForce'"),
        ({"side": "HOLD"}, -1117, "Invalid side"),
        ({"type": "ICEBERG"}, -1116, "Invalid orderType"),
        ({"type": "STOP_LOSS"}, -1020, "not supported"),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce"),
        ({"type": "MARKET", "price": None}, -1106, "'timeInForce'"),
        ({"type": "MARKET", "timeInForce": None}, -1106, "'price'"),
        ({"type": "MARKET", "timeInForce": None, "price": None, "quantity": None}, -1102, "'quantity'"),
        ({"newClientOrderId": "a b"}, -1100, "newClientOrderId"),
        ({"newClientOrderId": "a" * 37}, -1100, "newClientOrderId"),
        ({"newOrderRespType": "ALL"}, -1136, "newOrderRespType"),
    ],
)
def test_a_bad_order_is_refused_with_its_code(changes: dict[str, str | None], code: int, words: str) -> None:
    with pytest.raises(ApiError) as refusal:
        check(changes)
    assert refusal.value.code == code
    assert words in refusal.value.message


@pytest.mark.parametrize(
    "changes",
    [{}, {"price": "12000"}, {"quantity": "0.00009"}, {"type": "LIMIT_MAKER", "timeInForce": None}, {"newClientOrderId": "dm-1_a.b:/"}],
)
def test_an_order_on_the_grid_and_within_the_filters_passes(changes: dict[str, str | None]) -> None:
    check(changes)


def test_ticks_and_lots_survive_the_way_through_text() -> None:
    request = read_order({**GOOD, "quantity": "0.00010000", "price": "59999.99000000"}, BTC).request
    assert (BTC.quantity_text(request.quantity, 8), BTC.price_text(request.price, 8)) == ("0.00010000", "59999.99000000")
