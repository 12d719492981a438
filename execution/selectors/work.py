"""What planning and working need to know, loaded for a whole batch in a fixed number of queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Impact, Market, VolumeOutlook
from execution.domain.health import THRESHOLDS, Health, HealthState, left_out
from execution.domain.liquidity import liquidity_of, spread_bps
from execution.domain.planning import market_for_planning
from execution.market import books as market_books
from execution.market import health as market_health
from execution.market import status as streams
from execution.market import volumes
from execution.market.health import VenueHealth, state_of
from execution.models import Instrument, ParentOrder
from execution.models import Listing as ListingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known of an instrument on an order's venues beyond their books; none: not known."""

    volume: VolumeOutlook | None = None
    minute_volatility_bps: float | None = None
    usual_minute_volatility_bps: float | None = None
    impact: Impact | None = None
    market_quantity: float | None = None
    """What others have traded since the order's start, base currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMarket:
    """The venues an order may use: terms by venue, those books that are fresh and not crossed, and who gets no new orders.

    What is known beyond the books stays empty until `selectors.knowledge` is asked: not everyone needs it.
    """

    symbol: str
    traded: volumes.Market
    listings: Mapping[str, Listing]
    books: tuple[Book, ...]
    left_out: Mapping[str, Health] = field(default_factory=dict)
    known: Knowledge = field(default_factory=Knowledge)

    @property
    def open_books(self) -> tuple[Book, ...]:
        """Return the books that new orders may go to; a venue that is left out still tells what the market is."""
        return tuple(book for book in self.books if book.venue not in self.left_out)

    @property
    def left(self) -> dict[str, str]:
        """Return why each venue that is left out is."""
        return {venue: f"{health.state.word}, {health.reason}" for venue, health in self.left_out.items()}

    @property
    def mid(self) -> Decimal | None:
        """Return the middle of the best prices, none without a tradable book on both sides."""
        return consolidated_mid(self.books)

    def for_planning(self, mid: Decimal, *, side: Side | None = None, quantity: Decimal | None = None) -> Market | None:
        """Return what an algorithm may know; none when no enabled venue lists the instrument.

        How liquid the market is depends on the order's side and quantity; without them it stays unknown.
        """
        facts = market_for_planning(self.listings, mid)
        if facts is None:
            return None
        return replace(
            facts,
            spread_bps=spread_bps(self.books),
            liquidity=None if side is None or quantity is None else liquidity_of(self.books, side=side, quantity=quantity),
            minute_volatility_bps=self.known.minute_volatility_bps,
            usual_minute_volatility_bps=self.known.usual_minute_volatility_bps,
            volume=self.known.volume,
            impact=self.known.impact,
        )


def order_market(instrument: Instrument, rows: Sequence[ListingRow], books: tuple[Book, ...]) -> OrderMarket:
    """Return the market of an order that may use these listings, whose books are fresh."""
    return OrderMarket(
        symbol=instrument.symbol,
        traded=volumes.Market(instrument_id=instrument.pk, venue_ids=frozenset(row.venue_id for row in rows)),
        listings={row.venue.name: row.to_domain() for row in rows},
        books=books,
    )


def markets_of(orders: Iterable[ParentOrder], now: datetime) -> dict[int, OrderMarket]:
    """Return each order's market: one query for the terms, one round trip for the books, one for the venues' health."""
    return _markets({order.pk: (order.instrument, order.venue_names) for order in orders}, now)


def market_of(instrument: Instrument, now: datetime) -> OrderMarket:
    """Return the market of an order that may use every venue."""
    return _markets({0: (instrument, [])}, now)[0]


def _markets(wanted: Mapping[int, tuple[Instrument, list[str]]], now: datetime) -> dict[int, OrderMarket]:
    """Return markets of instruments on the named venues, on all where none is named."""
    rows = ListingRow.objects.with_terms().filter(
        instrument_id__in={instrument.pk for instrument, _ in wanted.values()}, is_enabled=True, venue__is_enabled=True
    )
    terms: dict[str, dict[str, tuple[int, Listing]]] = {}
    for row in rows:
        terms.setdefault(row.instrument.symbol, {})[row.venue.name] = (row.venue_id, row.to_domain())
    venues = {venue for listed in terms.values() for venue in listed}
    books = market_books.read(venues=venues, symbols=terms)
    judged = market_health.known_states(venues, now)
    unseen = _unseen(terms, books, now)
    found = {}
    for key, (instrument, names) in wanted.items():
        listed = terms.get(instrument.symbol, {})
        allowed = {venue: term for venue, term in listed.items() if not names or venue in names}
        found[key] = _market_of(instrument, allowed, books, judged=judged, unseen=unseen, now=now)
    return found


def _unseen(terms: Mapping[str, Collection[str]], books: Mapping[tuple[str, str], Book], now: datetime) -> dict[tuple[str, str], Health]:
    """Judge listings by when their last book came, as long as that is known: who cannot be seen for long is not traded with blindly.

    A book that is gone (a gap, a lost connection) is asked for at its stream: one round trip, only then.
    """
    last = {key: book.received_at for key, book in books.items()}
    if any((venue, symbol) not in last for symbol, venues in terms.items() for venue in venues):
        last = {key: stream.book_at for key, stream in streams.read().items() if stream.book_at is not None} | last
    seconds = THRESHOLDS.silent_seconds
    return {
        (venue, symbol): Health(
            state=HealthState.DEGRADED, since=last[venue, symbol], reason=f"no book of {symbol} for more than {seconds:g} s"
        )
        for symbol, venues in terms.items()
        for venue in venues
        if (venue, symbol) in last and now - last[venue, symbol] > timedelta(seconds=seconds)
    }


def _market_of(
    instrument: Instrument,
    terms: Mapping[str, tuple[int, Listing]],
    books: Mapping[tuple[str, str], Book],
    *,
    judged: Mapping[str, VenueHealth | None],
    unseen: Mapping[tuple[str, str], Health],
    now: datetime,
) -> OrderMarket:
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    usable = (books.get((venue, instrument.symbol)) for venue in terms)
    fresh = tuple(book for book in usable if book is not None and book.is_tradable(now, oldest))
    out = left_out({venue: state_of(judged[venue]) for venue in terms}, fresh={book.venue for book in fresh})
    return OrderMarket(
        symbol=instrument.symbol,
        traded=volumes.Market(instrument_id=instrument.pk, venue_ids=frozenset(venue_id for venue_id, _ in terms.values())),
        listings={venue: listing for venue, (_, listing) in terms.items()},
        books=fresh,
        left_out={
            **{venue: old for venue in terms if (old := unseen.get((venue, instrument.symbol)))},
            **{venue: found.health for venue in out if (found := judged[venue])},
        },
    )
