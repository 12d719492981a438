"""What USD-M takes for an order, and in which words it refuses the rest."""

from decimal import Decimal

import pytest

from execution.paper.engine import Duration, Side
from execution.paper.gateways.binance.errors import ApiError
from execution.paper.gateways.binance.usdm_orders import read_order
from execution.paper.listings import Kind, Listing
from execution.paper.orders import OrderKind
from execution.paper.refusals import Reason, Refused

BTC = Listing(
    symbol="BTCUSDT-PERP",
    base="BTC",
    quote="USDT",
    kind=Kind.PERPETUAL,
    price_decimals=1,
    lot_decimals=3,
    minimum_lots=1,
    maximum_quantity=Decimal(1000),
    minimum_notional=Decimal(100),
    max_leverage=125,
)
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "60000.10", "quantity": "0.010"}
MARKET = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.010"}


def test_a_limit_order_is_read_in_ticks_and_lots() -> None:
    request = read_order({**LIMIT, "newClientOrderId": "ours"}, BTC)
    assert (request.symbol, request.side, request.kind, request.duration) == ("BTCUSDT-PERP", Side.BUY, OrderKind.LIMIT, Duration.GTC)
    assert (request.price, request.quantity, request.client_id) == (600001, 10, "ours")
    assert not request.post_only
    assert not request.reduce_only


@pytest.mark.parametrize("duration", ["GTC", "IOC", "FOK"])
def test_a_limit_order_says_how_long_it_works(duration: str) -> None:
    assert read_order({**LIMIT, "timeInForce": duration}, BTC).duration is Duration(duration)


def test_good_till_crossing_is_post_only() -> None:
    request = read_order({**LIMIT, "timeInForce": "GTX"}, BTC)
    assert (request.duration, request.post_only) == (Duration.GTC, True)


def test_a_market_order_needs_neither_price_nor_time_in_force() -> None:
    request = read_order({**MARKET, "reduceOnly": "true"}, BTC)
    assert (request.kind, request.side, request.price, request.reduce_only) == (OrderKind.MARKET, Side.SELL, 0, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"side": ""}, -1102),
        ({"side": "LONG"}, -1117),
        ({"type": "LIMIT_MAKER"}, -1116),
        ({"type": "STOP_MARKET"}, -4120),
        ({"timeInForce": ""}, -1102),
        ({"timeInForce": "GTD"}, -1115),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"reduceOnly": "maybe"}, -4062),
        ({"price": "0"}, -4001),
        ({"price": "60000.123"}, -1111),
        ({"price": "sixty"}, -1100),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0105"}, -1111),
        ({"quantity": ""}, -1102),
        ({"newClientOrderId": "with space"}, -4015),
        ({"newClientOrderId": "x" * 37}, -4015),
    ],
)
def test_what_is_wrong_with_a_limit_order_is_said_in_its_own_code(change: dict[str, str], code: int) -> None:
    with pytest.raises(ApiError) as refused:
        read_order({**LIMIT, **change}, BTC)
    assert refused.value.code == code


def test_a_price_between_two_ticks_is_the_cores_to_refuse() -> None:
    with pytest.raises(Refused) as refused:
        read_order({**LIMIT, "price": "60000.15"}, BTC)
    assert refused.value.reason is Reason.PRICE_GRID


def test_a_market_order_may_not_say_how_long_it_works() -> None:
    with pytest.raises(ApiError) as refused:
        read_order({**MARKET, "timeInForce": "GTC"}, BTC)
    assert refused.value.code == -1106
