"""A venue that has no package of its own: ccxt's unified calls, and what its row says of its codes."""

import json
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import ccxt.async_support as ccxt_rest
import pytest
from ccxt.base.decimal_to_precision import DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.ccxt.loopback import require_all_loopback
from execution.venues.ccxt.unified import NO_LARGEST, UnifiedDialect
from execution.venues.dialect import Verdict

HTX = UnifiedDialect("htx", {"no-money": Verdict.NO_EFFECT, "17": Verdict.DUPLICATE})
ORDER = NewOrder(
    symbol="BTCUSDT",
    side=Side.BUY,
    order_type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC,
    quantity=Decimal(1),
    price=Decimal(2),
    client_order_id="dm1",
)


@pytest.mark.parametrize(
    ("told", "code", "words", "verdict"),
    [
        ({"status": "error", "err-code": "no-money", "err-msg": "too poor"}, "no-money", "too poor", Verdict.NO_EFFECT),
        ({"code": 17, "msg": "seen before"}, "17", "seen before", Verdict.DUPLICATE),
        ({"retCode": 99, "retMsg": "new"}, "99", "new", Verdict.OPEN),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403])
def test_the_row_says_what_a_code_proves_whatever_the_status(
    told: dict[str, Any], code: str, words: str, verdict: Verdict, status: int
) -> None:
    refusal = HTX.read_refusal(status, json.dumps(told))
    assert refusal is not None
    assert (refusal.code, refusal.message, refusal.verdict) == (code, words, verdict)


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_a_server_that_failed_proves_nothing_even_with_a_known_code(status: int) -> None:
    assert HTX.read_refusal(status, json.dumps({"err-code": "no-money"})) is None


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{}", '{"err-code": null}', '{"err-co'])
def test_what_holds_no_code_is_no_refusal(body: str) -> None:
    assert HTX.read_refusal(400, body) is None


@pytest.mark.parametrize("status", [418, 429])
def test_a_rate_limit_is_one_by_its_status_alone(status: int) -> None:
    refusal = HTX.read_refusal(status, "<html>slow down</html>")
    assert refusal is not None
    assert refusal.verdict is Verdict.RATE_LIMITED


@pytest.mark.parametrize("ccxt_id", ["htx", "kraken", "gate", "kucoin", "bitget", "mexc"])
def test_every_address_of_an_exchange_is_moved(ccxt_id: str) -> None:
    moved = UnifiedDialect(ccxt_id).urls("http://127.0.0.1:8900/place")
    require_all_loopback(moved)
    own = getattr(ccxt_rest, ccxt_id)().describe()["urls"]["api"]
    assert own.keys() <= moved["api"].keys() if isinstance(own, dict) else isinstance(moved["api"], str)


def test_an_address_keeps_its_path_and_a_socket_its_scheme() -> None:
    moved = UnifiedDialect("htx").urls("http://127.0.0.1:8900")
    assert moved["api"]["spot"] == "http://127.0.0.1:8900"
    assert moved["api"]["ws"]["api"]["spot"]["private"] == "ws://127.0.0.1:8900/ws/v2"
    assert moved["hostnames"]["spot"] == "127.0.0.1:8900"


@pytest.mark.parametrize(
    ("order", "params"),
    [
        (ORDER, {}),
        (TimeInForce.IOC, {"timeInForce": "IOC"}),
        (TimeInForce.FOK, {"timeInForce": "FOK"}),
        (TimeInForce.POST_ONLY, {"postOnly": True}),
    ],
)
def test_time_in_force_is_said_in_unified_words(order: NewOrder | TimeInForce, params: dict[str, Any]) -> None:
    wanted = _changed(time_in_force=order) if isinstance(order, TimeInForce) else order
    assert HTX.create_params(wanted) == {"clientOrderId": "dm1", **params}


def test_a_market_order_has_no_time_in_force_and_reduce_only_is_said() -> None:
    order = _changed(order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC, price=None, reduce_only=True)
    assert HTX.create_params(order) == {"clientOrderId": "dm1", "reduceOnly": True}


def market(**changes: Any) -> dict[str, Any]:
    limits = {"amount": {"min": "1", "max": "500"}, "cost": {"min": "5", "max": None}}
    precision = {"price": "0.1", "amount": "1"}
    return {"symbol": "BTC/USDT:USDT", "contract": True, "contractSize": "0.001", "limits": limits, "precision": precision, **changes}


def terms(told: dict[str, Any], mode: int = TICK_SIZE) -> Any:
    fees = {"maker_fee_bps": Decimal(2), "taker_fee_bps": Decimal(5)}
    return HTX.terms(SimpleNamespace(precisionMode=mode), told, venue="htx", symbol="BTCUSDT-PERP", **fees)


def test_terms_of_contracts_are_told_in_base_currency() -> None:
    listing = terms(market())
    assert (listing.tick, listing.lot) == (Decimal("0.1"), Decimal("0.001"))
    assert (listing.min_quantity, listing.max_quantity, listing.min_notional) == (Decimal("0.001"), Decimal("0.5"), Decimal(5))


def test_decimal_places_become_steps() -> None:
    listing = terms(market(contract=False, precision={"price": "2", "amount": "5"}), DECIMAL_PLACES)
    assert (listing.tick, listing.lot) == (Decimal("0.01"), Decimal("0.00001"))


def test_limits_that_a_venue_does_not_name_are_the_lot_and_more_than_anybody_trades() -> None:
    nothing = {"amount": {"min": None, "max": None}, "cost": {"min": None, "max": None}}
    listing = terms(market(contract=False, limits=nothing))
    assert (listing.min_quantity, listing.max_quantity, listing.min_notional) == (Decimal(1), NO_LARGEST, Decimal(0))


@pytest.mark.parametrize(
    ("precision", "mode"), [({"price": None, "amount": "1"}, TICK_SIZE), ({"price": "5", "amount": "8"}, SIGNIFICANT_DIGITS)]
)
def test_a_market_without_a_grid_is_refused(precision: dict[str, Any], mode: int) -> None:
    with pytest.raises(UnreadableAnswer, match="without a step"):
        terms(market(precision=precision), mode)


def _changed(**changes: Any) -> NewOrder:
    return replace(ORDER, **changes)
