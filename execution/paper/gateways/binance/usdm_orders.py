"""Read an order's parameters, in USD-M's order and words."""

from collections.abc import Mapping
from decimal import Decimal

from execution.paper.engine import Duration
from execution.paper.gateways.binance.errors import ApiError, missing
from execution.paper.gateways.binance.spot_orders import CLIENT_ID, read_decimal, read_side
from execution.paper.gateways.binance.usdm_errors import BAD_PRECISION
from execution.paper.listings import Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity

KINDS = frozenset({"LIMIT", "MARKET"})
ALGO_KINDS = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
ELSEWHERE = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
POST_ONLY = "GTX"
LEAST_PRICE_DECIMALS = 2


def price_precision(listing: Listing) -> int:
    """Return the decimals that a price may have; the tick may be coarser (BTCUSDT: two decimals, ticks of 0.1)."""
    return max(listing.price_decimals, LEAST_PRICE_DECIMALS)


def quantity_precision(listing: Listing) -> int:
    """Return the decimals that a quantity may have."""
    return max(listing.lot_decimals, 0)


def read_order(params: Mapping[str, str], listing: Listing) -> Request:
    """Read a new order's parameters; what the filters say about them is a separate question."""
    side, kind = read_side(params), _kind(params)
    duration, is_post_only = _duration(params, kind)
    _check_position_side(params)
    quantity = read_quantity(_precise(params, "quantity", quantity_precision(listing)), listing)
    if not quantity:
        raise ApiError(-4003, "Quantity less than or equal to zero.")
    return Request(
        symbol=listing.symbol,
        side=side,
        kind=OrderKind(kind.lower()),
        duration=duration,
        post_only=is_post_only,
        reduce_only=_reduce_only(params),
        price=_price(params, listing) if kind == "LIMIT" else 0,
        quantity=quantity,
        client_id=_client_id(params),
    )


def _kind(params: Mapping[str, str]) -> str:
    text = params.get("type")
    if not text:
        raise missing("type")
    if text in ALGO_KINDS:
        raise ApiError(-4120, ELSEWHERE)
    if text not in KINDS:
        raise ApiError(-1116, "Invalid orderType.")
    return text


def _duration(params: Mapping[str, str], kind: str) -> tuple[Duration, bool]:
    """Return how long the order works, and whether it is post-only."""
    text = params.get("timeInForce")
    if kind == "MARKET":
        if text:
            raise ApiError(-1106, "Parameter 'timeInForce' sent when not required.")
        return Duration.IOC, False
    if not text:
        raise missing("timeInForce")
    if text == POST_ONLY:
        return Duration.GTC, True
    if text not in Duration.__members__:
        raise ApiError(-1115, "Invalid timeInForce.")
    return Duration(text), False


def _check_position_side(params: Mapping[str, str]) -> None:
    """Accounts are in one-way mode."""
    text = params.get("positionSide") or "BOTH"
    if text in {"LONG", "SHORT"}:
        raise ApiError(-4061, "Order's position side does not match user's setting.")
    if text != "BOTH":
        raise ApiError(-4060, "Invalid position side.")


def _reduce_only(params: Mapping[str, str]) -> bool:
    text = params.get("reduceOnly") or "false"
    if text not in {"true", "false"}:
        raise ApiError(-4062, "Invalid or improper reduceOnly value.")
    return text == "true"


def _price(params: Mapping[str, str], listing: Listing) -> int:
    price = _precise(params, "price", price_precision(listing))
    if not price:
        raise ApiError(-4001, "Price less than 0.")
    return read_price(price, listing)


def _precise(params: Mapping[str, str], name: str, decimals: int) -> Decimal:
    value = read_decimal(params, name)
    if -int(value.normalize().as_tuple().exponent) > decimals:
        raise BAD_PRECISION
    return value


def _client_id(params: Mapping[str, str]) -> str | None:
    value = params.get("newClientOrderId")
    if value and not CLIENT_ID.match(value):
        raise ApiError(-4015, "Client order id is not valid.")
    return value or None
