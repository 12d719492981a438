"""Read an order's parameters, in Binance's order and words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from execution.paper.engine import Duration, Side
from execution.paper.gateways.binance.errors import ApiError, missing
from execution.paper.listings import ATOMS, Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity

CLIENT_ID = re.compile(r"^[.A-Z:/a-z0-9_-]{1,36}$")
CLIENT_ID_MESSAGE = "Illegal characters found in parameter '{name}'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{{1,36}}$'."
NUMBER = re.compile(r"^([0-9]{1,20})(\.[0-9]{1,20})?$")
MAKER_ONLY = "LIMIT_MAKER"
KINDS = frozenset({"LIMIT", "MARKET", MAKER_ONLY})
UNSERVED_KINDS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A new order as read, and how much detail its answer is to have."""

    request: Request
    response: str


def read_order(params: Mapping[str, str], listing: Listing) -> Reading:
    """Read a new order's parameters; what the filters say about them is a separate question."""
    side, kind = read_side(params), _kind(params)
    duration = _duration(params, kind)
    _require_sizes(params, kind)
    request = Request(
        symbol=listing.symbol,
        side=side,
        kind=OrderKind.MARKET if kind == "MARKET" else OrderKind.LIMIT,
        duration=duration,
        post_only=kind == MAKER_ONLY,
        price=read_price(_precise(params, "price"), listing) if kind != "MARKET" else 0,
        quantity=read_quantity(_precise(params, "quantity"), listing) if params.get("quantity") else 0,
        quote_atoms=_quote_atoms(params) if not params.get("quantity") else 0,
        client_id=read_client_id(params, "newClientOrderId"),
    )
    return Reading(request=request, response=_response(params, kind))


def read_client_id(params: Mapping[str, str], name: str) -> str | None:
    """Return a client order id, None when none was sent."""
    value = params.get(name)
    if not value:
        return None
    if not CLIENT_ID.match(value):
        raise ApiError(-1100, CLIENT_ID_MESSAGE.format(name=name))
    return value


def read_side(params: Mapping[str, str]) -> Side:
    """Return the side of a new order."""
    text = params.get("side")
    if not text:
        raise missing("side")
    if text not in Side.__members__:
        raise ApiError(-1117, "Invalid side.")
    return Side[text]


def read_decimal(params: Mapping[str, str], name: str) -> Decimal:
    """Read a positive decimal parameter."""
    text = params.get(name)
    if not text:
        raise missing(name)
    if not NUMBER.match(text):
        raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^([0-9]{{1,20}})(\\.[0-9]{{1,20}})?$'.")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise missing(name) from error


def _kind(params: Mapping[str, str]) -> str:
    text = params.get("type")
    if not text:
        raise missing("type")
    if text in UNSERVED_KINDS:
        raise ApiError(-1020, "This operation is not supported.")
    if text not in KINDS:
        raise ApiError(-1116, "Invalid orderType.")
    return text


def _duration(params: Mapping[str, str], kind: str) -> Duration:
    text = params.get("timeInForce")
    if kind != "LIMIT":
        if text:
            raise ApiError(-1106, "Parameter 'timeInForce' sent when not required.")
        return Duration.IOC if kind == "MARKET" else Duration.GTC
    if not text:
        raise missing("timeInForce")
    if text not in Duration.__members__:
        raise ApiError(-1115, "Invalid timeInForce.")
    return Duration(text)


def _require_sizes(params: Mapping[str, str], kind: str) -> None:
    if kind == "MARKET":
        if params.get("price"):
            raise ApiError(-1106, "Parameter 'price' sent when not required.")
        if bool(params.get("quantity")) == bool(params.get("quoteOrderQty")):
            raise missing("quantity") if not params.get("quantity") else ApiError(-1128, "Combination of optional parameters invalid.")
        return
    for name in ("quantity", "price"):
        if not params.get(name):
            raise missing(name)


def _precise(params: Mapping[str, str], name: str) -> Decimal:
    value = read_decimal(params, name)
    if -int(value.normalize().as_tuple().exponent) > 8:
        raise ApiError(-1111, f"Parameter '{name}' has too much precision.")
    return value


def _quote_atoms(params: Mapping[str, str]) -> int:
    value = read_decimal(params, "quoteOrderQty") * ATOMS
    if value != value.to_integral_value():
        raise ApiError(-1111, "Parameter 'quoteOrderQty' has too much precision.")
    return int(value)


def _response(params: Mapping[str, str], kind: str) -> str:
    text = params.get("newOrderRespType") or ("ACK" if kind == MAKER_ONLY else "FULL")
    if text not in {"ACK", "RESULT", "FULL"}:
        raise ApiError(-1136, "Invalid newOrderRespType.")
    return text
