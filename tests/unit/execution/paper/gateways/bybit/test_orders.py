"""What a request for a new order becomes, and how wrong ones are refused."""

from decimal import Decimal

import pytest

from execution.paper.engine import Duration, Side
from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.orders import read_order
from execution.paper.gateways.bybit.params import read_body
from execution.paper.listings import Listing
from execution.paper.orders import OrderKind
from tests.unit.execution.paper.gateways.bybit.listings import LINEAR, SPOT

LIMIT = {"side": "Buy", "orderType": "Limit", "qty": "0.5", "price": "100.5", "timeInForce": "GTC", "orderLinkId": "ours1"}
MARKET = {"side": "Buy", "orderType": "Market", "qty": "0.5"}


def code_of(changes: dict[str, str], listing: Listing, start: dict[str, str] = LIMIT) -> int:
    with pytest.raises(ApiError) as refusal:
        read_order(start | changes, listing)
    assert refusal.value.status == 200
    return refusal.value.code


def test_a_limit_order_is_read_in_ticks_and_lots() -> None:
    request = read_order(LIMIT, LINEAR)
    assert (request.symbol, request.side, request.kind, request.duration) == ("BTCUSDT-PERP", Side.BUY, OrderKind.LIMIT, Duration.GTC)
    assert (request.price, request.quantity, request.client_id) == (1005, 500, "ours1")


@pytest.mark.parametrize(
    ("told", "duration", "post_only"),
    [("GTC", Duration.GTC, False), ("IOC", Duration.IOC, False), ("FOK", Duration.FOK, False), ("PostOnly", Duration.GTC, True)],
)
def test_times_in_force(told: str, duration: Duration, post_only: bool) -> None:
    request = read_order(LIMIT | {"timeInForce": told}, SPOT)
    assert (request.duration, request.post_only) == (duration, post_only)


def test_a_market_buy_of_spot_counts_quote_currency_unless_it_says_otherwise() -> None:
    request = read_order(MARKET | {"qty": "150.25"}, SPOT)
    assert (request.quote_atoms, request.quantity, request.note) == (15_025_000_000, 0, "quoteCoin")
    request = read_order(MARKET | {"marketUnit": "baseCoin"}, SPOT)
    assert (request.quote_atoms, request.quantity, request.note) == (0, 500_000, "baseCoin")


def test_a_market_sell_of_spot_counts_base_currency_unless_it_says_otherwise() -> None:
    assert read_order(MARKET | {"side": "Sell"}, SPOT).quantity == 500_000
    assert read_order(MARKET | {"side": "Sell", "marketUnit": "quoteCoin", "qty": "20"}, SPOT).quote_atoms == 2_000_000_000


def test_a_market_order_of_a_perpetual_counts_base_currency_and_is_immediate() -> None:
    request = read_order(MARKET, LINEAR)
    assert (request.quantity, request.quote_atoms, request.duration) == (500, 0, Duration.IOC)


def test_reduce_only_is_for_perpetuals() -> None:
    assert read_order(LIMIT | read_body(b'{"reduceOnly": true}'), LINEAR).reduce_only
    assert not read_order(LIMIT | read_body(b'{"reduceOnly": true}'), SPOT).reduce_only


@pytest.mark.parametrize(
    ("changes", "spot", "linear"),
    [
        ({"side": "BUY"}, 170117, 10001),
        ({"side": ""}, 170117, 10001),
        ({"orderType": "Stop"}, 170116, 10001),
        ({"timeInForce": "GTD"}, 170115, 10001),
        ({"price": "100.55"}, 170134, 10001),
        ({"qty": "0.0000001"}, 170137, 10001),
        ({"qty": ""}, 10001, 10001),
        ({"qty": "0"}, 10001, 10001),
        ({"qty": "-1"}, 10001, 10001),
        ({"qty": "NaN"}, 10001, 10001),
        ({"qty": "1e9999999"}, 10001, 10001),
        ({"qty": "1" * 50}, 10001, 10001),
        ({"price": ""}, 10001, 10001),
        ({"price": "free"}, 10001, 10001),
        ({"orderLinkId": "a" * 37}, 10001, 10001),
        ({"orderLinkId": "no spaces"}, 10001, 10001),
        ({"triggerPrice": "90"}, 10001, 10001),
        ({"orderFilter": "StopOrder"}, 10001, 10001),
        ({"positionIdx": "1"}, 10001, 10001),
    ],
)
def test_a_wrong_order_is_refused_in_its_categorys_code(changes: dict[str, str], spot: int, linear: int) -> None:
    assert code_of(changes, SPOT) == spot
    assert code_of(changes, LINEAR) == linear


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"marketUnit": "coins"}, 170130), ({"qty": "1.000000001"}, 170148), ({"timeInForce": "PostOnly"}, 170115)],
)
def test_a_wrong_market_order_of_spot_is_refused(changes: dict[str, str], code: int) -> None:
    assert code_of(changes, SPOT, MARKET) == code


def test_a_body_becomes_text_and_null_is_left_out() -> None:
    assert read_body(b'{"qty": 1.5, "reduceOnly": false, "price": null, "mode": 0}') == {"qty": "1.5", "reduceOnly": "false", "mode": "0"}


@pytest.mark.parametrize("raw", [b"[]", b"1", b"{", b"\xff", b'"qty"'])
def test_a_body_that_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ApiError) as refusal:
        read_body(raw)
    assert refusal.value.code == 10001


def test_an_empty_body_is_an_empty_object() -> None:
    assert read_body(b"") == {}


def test_the_largest_price_that_can_be_read_is_a_decimal() -> None:
    assert read_order(LIMIT | {"price": "123456789.5"}, LINEAR).price == int(Decimal("1234567895"))
