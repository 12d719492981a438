"""Read the request for a new order, in the order in which Bybit finds fault with it."""

import re
from decimal import Decimal

from execution.paper.engine import Duration, Side
from execution.paper.gateways.bybit.errors import ApiError, order_refused, parameter_error
from execution.paper.gateways.bybit.names import Params
from execution.paper.gateways.bybit.params import read_decimal, read_flag
from execution.paper.gateways.bybit.wire import IN_BASE, IN_QUOTE
from execution.paper.listings import ATOMS, Kind, Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity
from execution.paper.refusals import Refused

LINK_ID = re.compile(r"^[A-Za-z0-9_-]{1,36}$")
SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
DURATIONS = {"": Duration.GTC, "GTC": Duration.GTC, "IOC": Duration.IOC, "FOK": Duration.FOK, "PostOnly": Duration.GTC}
UNSERVED = ("triggerPrice", "takeProfit", "stopLoss", "orderIv", "slippageTolerance")


def read_order(params: Params, listing: Listing) -> Request:
    """Read a new order's parameters; what the market and the account say about them is a separate question."""
    side, kind = _side(params, listing), _order_kind(params, listing)
    _refuse_unserved(params)
    unit = _unit(params, listing, side, kind)
    request = Request(
        symbol=listing.symbol,
        side=side,
        kind=kind,
        duration=_duration(params, listing, kind),
        post_only=params.get("timeInForce") == "PostOnly",
        reduce_only=listing.kind is Kind.PERPETUAL and read_flag(params, "reduceOnly"),
        client_id=_link_id(params),
        note=unit,
    )
    return _with_sizes(request, params, listing)


def _with_sizes(request: Request, params: Params, listing: Listing) -> Request:
    """Add price and quantity, which must lie on the grid."""
    quantity = read_decimal(params, "qty", wrong="Qty invalid")
    price = read_decimal(params, "price", wrong="Price invalid") if request.kind is OrderKind.LIMIT else Decimal(0)
    sizes = {"quote_atoms": _atoms(quantity)} if request.note == IN_QUOTE else {}
    try:
        return Request(
            symbol=request.symbol,
            side=request.side,
            kind=request.kind,
            duration=request.duration,
            post_only=request.post_only,
            reduce_only=request.reduce_only,
            client_id=request.client_id,
            note=request.note,
            price=read_price(price, listing),
            quantity=0 if sizes else read_quantity(quantity, listing),
            **sizes,
        )
    except Refused as refused:
        raise order_refused(refused.reason, listing, request) from refused


def _side(params: Params, listing: Listing) -> Side:
    side = SIDES.get(params.get("side", ""))
    if side is None:
        raise ApiError(170117, "Invalid side.") if listing.kind is Kind.SPOT else parameter_error("params error: side invalid")
    return side


def _order_kind(params: Params, listing: Listing) -> OrderKind:
    name = params.get("orderType", "")
    if name not in {"Limit", "Market"}:
        raise ApiError(170116, "Invalid orderType.") if listing.kind is Kind.SPOT else parameter_error("params error: OrderType invalid")
    return OrderKind.LIMIT if name == "Limit" else OrderKind.MARKET


def _duration(params: Params, listing: Listing, kind: OrderKind) -> Duration:
    """Return how long the order works; a market order is always immediate or cancel."""
    name = params.get("timeInForce", "")
    if name not in DURATIONS or (name == "PostOnly" and kind is OrderKind.MARKET):
        raise (
            ApiError(170115, "Invalid timeInForce.") if listing.kind is Kind.SPOT else parameter_error("params error: TimeInForce invalid")
        )
    return Duration.IOC if kind is OrderKind.MARKET else DURATIONS[name]


def _unit(params: Params, listing: Listing, side: Side, kind: OrderKind) -> str:
    """Return what the quantity of a spot market order counts: without a word, quote currency for a buyer and base for a seller."""
    if listing.kind is not Kind.SPOT or kind is not OrderKind.MARKET:
        return ""
    unit = params.get("marketUnit") or (IN_QUOTE if side is Side.BUY else IN_BASE)
    if unit not in {IN_BASE, IN_QUOTE}:
        raise ApiError(170130, "Data sent for parameter 'marketUnit' is not valid.")
    return unit


def _atoms(amount: Decimal) -> int:
    atoms = amount * ATOMS
    if atoms != atoms.to_integral_value():
        raise ApiError(170148, "Market order amount decimal too long.")
    return int(atoms)


def _link_id(params: Params) -> str | None:
    text = params.get("orderLinkId")
    if not text:
        return None
    if not LINK_ID.match(text):
        raise parameter_error("params error: OrderLinkId invalid")
    return text


def _refuse_unserved(params: Params) -> None:
    """Refuse kinds of order that are not served here, rather than to take them for plain ones."""
    if params.get("orderFilter", "Order") != "Order" or any(params.get(name) not in {None, "", "0"} for name in UNSERVED):
        raise parameter_error("params error: conditional orders are not served by the paper exchange")
    if params.get("positionIdx", "0") != "0":
        raise parameter_error("params error: position idx not match position mode")
