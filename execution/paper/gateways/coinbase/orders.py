"""Read a new order as Coinbase takes it: `order_configuration` holds one kind of order and what belongs to it."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from execution.paper.engine import Duration, Side
from execution.paper.gateways.coinbase.errors import OrderFailure, invalid
from execution.paper.gateways.coinbase.products import find_pair
from execution.paper.listings import ATOMS, Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

LIMITS = {"limit_limit_gtc": Duration.GTC, "limit_limit_fok": Duration.FOK, "sor_limit_ioc": Duration.IOC}
MARKET = "market_market_ioc"
TOO_SMALL = {
    "limit_price": "PREVIEW_INVALID_LIMIT_PRICE",
    "base_size": "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL",
    "quote_size": "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
}
SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}


def read_order(body: Mapping[str, Any], venue: Venue) -> Request:
    """Return the order that a call asks for.

    Raises:
        ApiError: the call is not one.
        OrderFailure: the venue has no such orders.
        Refused: price or size are not on the product's grid.
    """
    client_id, side = body.get("client_order_id"), SIDES.get(str(body.get("side")))
    if not isinstance(client_id, str) or not client_id or side is None:
        raise invalid("client_order_id and side are required")
    pair = find_pair(venue, str(body.get("product_id")))
    if pair is None:
        raise Refused(Reason.UNKNOWN_SYMBOL)
    if body.get("reduce_only"):
        raise Refused(Reason.REDUCE_ONLY)
    kind, terms = _configuration(body.get("order_configuration"))
    if kind == MARKET:
        return _market(terms, pair.listing, side, client_id)
    return Request(
        symbol=pair.listing.symbol,
        side=side,
        kind=OrderKind.LIMIT,
        duration=LIMITS[kind],
        post_only=terms.get("post_only") is True and kind == "limit_limit_gtc",
        price=read_price(_figure(terms, "limit_price"), pair.listing),
        quantity=read_quantity(_figure(terms, "base_size"), pair.listing),
        client_id=client_id,
    )


def _market(terms: Mapping[str, Any], listing: Listing, side: Side, client_id: str) -> Request:
    """Read a market order, sized in base currency, or in quote currency to be spent."""
    if terms.get("base_size"):
        lots = read_quantity(_figure(terms, "base_size"), listing)
        return Request(symbol=listing.symbol, side=side, kind=OrderKind.MARKET, quantity=lots, client_id=client_id)
    budget = _figure(terms, "quote_size")
    if budget % listing.tick:
        raise OrderFailure("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION", "Too many decimals in order amount")
    return Request(symbol=listing.symbol, side=side, kind=OrderKind.MARKET, quote_atoms=int(budget * ATOMS), client_id=client_id)


def _configuration(configuration: Any) -> tuple[str, Mapping[str, Any]]:
    kinds = [kind for kind, terms in configuration.items() if isinstance(terms, dict)] if isinstance(configuration, dict) else []
    if len(kinds) != 1:
        raise invalid("order_configuration must hold one kind of order")
    if kinds[0] not in {MARKET, *LIMITS}:
        raise OrderFailure(
            "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG", f"{kinds[0]} is not served by the paper exchange"
        )
    return kinds[0], configuration[kinds[0]]


def _figure(terms: Mapping[str, Any], name: str) -> Decimal:
    try:
        number = Decimal(str(terms.get(name)))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise invalid(f"{name} is not a number")
    if number <= 0:
        raise OrderFailure("UNKNOWN_FAILURE_REASON", TOO_SMALL[name], f"{name} is too small")
    return number
