"""What is asked of a venue, in ticks and lots, and what a listing's filters say about it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from execution.paper.engine import Duration, Side
from execution.paper.listings import Kind, Listing
from execution.paper.refusals import Reason, Refused

HIGHEST_TICKS = 10**11
SPOT_BAND = 5
"""A spot price lies between a fifth and five times the market (Binance's PERCENT_PRICE_BY_SIDE)."""
PERPETUAL_BAND_PERCENT = 5
"""A perpetual is bought at most, and sold at least, this far beyond the market; the passive side is free."""


class OrderKind(StrEnum):
    """Whether an order names a price."""

    LIMIT = "limit"
    MARKET = "market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A new order; `quote_atoms` replaces the quantity of a market order, `note` is the gateway's own and stays with the order."""

    symbol: str
    side: Side
    kind: OrderKind
    duration: Duration = Duration.GTC
    post_only: bool = False
    reduce_only: bool = False
    price: int = 0
    quantity: int = 0
    quote_atoms: int = 0
    client_id: str | None = None
    note: str = ""


def read_price(price: Decimal, listing: Listing) -> int:
    """Return a price in ticks.

    Raises:
        Refused: PRICE_GRID.
    """
    return _whole(price, listing.price_decimals, Reason.PRICE_GRID)


def read_quantity(quantity: Decimal, listing: Listing) -> int:
    """Return a quantity of the base currency in lots.

    Raises:
        Refused: QUANTITY_GRID.
    """
    return _whole(quantity, listing.lot_decimals, Reason.QUANTITY_GRID)


def check_filters(request: Request, listing: Listing, *, market_price: int) -> None:
    """Refuse what the listing's price, quantity and notional filters do not allow; prices in ticks."""
    if request.kind is OrderKind.LIMIT:
        _check_price(request, listing, market_price)
    if (request.quantity or not request.quote_atoms) and not listing.minimum_lots <= request.quantity <= listing.maximum_lots:
        raise Refused(Reason.QUANTITY_RANGE)
    if not request.reduce_only and _units(request, listing, market_price) < listing.minimum_units:
        raise Refused(Reason.NOTIONAL)


def _whole(value: Decimal, decimals: int, reason: Reason) -> int:
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise Refused(reason)
    return int(scaled)


def _check_price(request: Request, listing: Listing, market_price: int) -> None:
    if not 1 <= request.price <= HIGHEST_TICKS:
        raise Refused(Reason.PRICE_GRID)
    if not market_price:
        return
    if listing.kind is Kind.SPOT:
        is_within = market_price <= request.price * SPOT_BAND <= market_price * SPOT_BAND**2
    else:
        is_within = (request.price - market_price) * request.side * 100 <= market_price * PERPETUAL_BAND_PERCENT
    if not is_within:
        raise Refused(Reason.PRICE_BAND)


def _units(request: Request, listing: Listing, market_price: int) -> int:
    if request.quote_atoms:
        return request.quote_atoms // listing.quote_atoms_per_unit
    return request.quantity * (request.price or market_price)
