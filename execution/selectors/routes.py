"""The best route at the moment: what an order that takes everything at once would get, and from whom."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from dipmaster.domain.instruments import parse_symbol
from dipmaster.domain.sides import Side
from execution.domain import routing
from execution.domain.routing import Rejected, RejectionReason, Route
from execution.models import Instrument
from execution.selectors.room import Room
from execution.selectors.venue_records import penalties_of
from execution.selectors.work import OrderMarket, market_of


def find_best_route(
    *, symbol: str, side: Side, quantity: Decimal, now: datetime, max_venues: int | None = None, require_full_fill: bool = False
) -> Route:
    """Route as much of a quantity as venues that serve, their balances and limits allow, at the best price with fees and penalties.

    Nothing is reserved or sent. Every venue that lists the instrument and got nothing is among the rejected.

    Raises:
        UnknownSymbol: the text is no symbol.
        Instrument.DoesNotExist: it is not traded here.
    """
    instrument = Instrument.objects.get(symbol=parse_symbol(symbol).symbol, is_enabled=True)
    market = market_of(instrument, now)
    room = Room.of([market], now, penalties_of([market.traded], now))
    route = routing.find_best_route(
        side=side,
        quantity=quantity,
        books=market.open_books,
        listings=market.listings,
        worst_price=None,
        limits=room.limits(instrument, side, market),
        max_venues=max_venues,
        require_full_fill=require_full_fill,
    )
    return replace(route, rejected=(*route.rejected, *_not_asked(market)))


def _not_asked(market: OrderMarket) -> list[Rejected]:
    """Return the venues whose books were not even looked at."""
    asked = {book.venue for book in market.open_books}
    return [
        Rejected(venue=venue, reason=RejectionReason.LEFT_OUT if venue in market.left_out else RejectionReason.NO_FRESH_BOOK)
        for venue in sorted(market.listings.keys() - asked)
    ]
