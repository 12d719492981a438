"""The venues page: each venue's health, figures, books, fees and account. What was not measured is none, never nought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from dipmaster.domain.instruments import InstrumentKind
from execution.domain.health import DEGRADED_QUIET, DOWN_QUIET, Health, HealthState
from execution.domain.streams import StreamStatus
from execution.domain.venue_record import Penalty, VenueRecord
from execution.market import books as market_books
from execution.market import health as store
from execution.market import status
from execution.market.health import Account, Clock, Figures, VenueHealth
from execution.market.volumes import Market
from execution.models import Listing, Venue
from execution.selectors.depth import freshness_of
from execution.selectors.venue_records import RECORDS, Penalties, penalties_of
from execution.venues import budget
from execution.venues.budget import Usage


class VenueState(StrEnum):
    """What a venue is shown as."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"  # nobody judges it: the feed does not run
    OFF = "off"  # switched off by an administrator


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAge:
    """One listing's book: its age, none while there is none, and what its stream went through since the feed began."""

    symbol: str
    age: timedelta | None
    freshness: str
    stream: StreamStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Maker and taker fee in force, basis points; negative is a rebate."""

    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolPenalty:
    """What a taking order in a symbol is expected to lose at a venue beyond price and fee, as the router counts it."""

    symbol: str
    penalty: Penalty


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueScreen:
    """One venue as it is now. `judged` is the last judgement, however old; `figures` only come with one that still holds."""

    venue: Venue
    state: VenueState
    judged: VenueHealth | None
    figures: Figures | None
    recovers_at: datetime | None
    clock: Clock | None
    usage: Usage | None
    books: tuple[BookAge, ...]
    spot_fees: Fees
    perpetual_fees: Fees
    account: Account | None
    account_age: timedelta | None
    record: VenueRecord | None
    """What the newest orders there show; none without any."""
    penalties: tuple[SymbolPenalty, ...]
    """Of the symbols whose volatility and book are known; empty while no order was acknowledged anywhere."""

    @property
    def health(self) -> Health | None:
        """Return the state with its reason, if it still holds."""
        return self.judged.health if self.judged and self.figures else None

    @property
    def worst_age(self) -> timedelta | None:
        """Return the age of the oldest book; none while one is missing, or nobody reads them."""
        ages = [book.age for book in self.books]
        known = [age for age in ages if age is not None]
        return max(known) if known and len(known) == len(ages) else None

    @property
    def worst_freshness(self) -> str:
        """Return how that age is to be shown."""
        return freshness_of(self.worst_age)

    @property
    def fresh_books(self) -> int:
        """Return how many books could be traded on by their age."""
        return sum(book.freshness in ("fresh", "ageing") for book in self.books)

    @property
    def balances(self) -> tuple[tuple[str, Decimal], ...]:
        """Return what the account owns, currency by currency."""
        return tuple(sorted(self.account.balances.items())) if self.account else ()


def venue_screens(now: datetime) -> tuple[VenueScreen, ...]:
    """Return every venue: two queries and what orders and bars show of them, six round trips, and no call to a venue."""
    venues = list(Venue.objects.select_related("tier_in_force"))
    listings = _listed(venues)
    listed = {venue_id: [row.instrument.symbol for row in rows] for venue_id, rows in listings.items()}
    markets = _markets(listings)
    records, penalties = RECORDS.of(now), penalties_of(markets.values(), now)
    times = market_books.read_times((venue.name, symbol) for venue in venues for symbol in listed.get(venue.pk, ()))
    judged, clocks, accounts, streams = store.read_states(), store.read_clocks(now), store.read_accounts(), status.read()
    usage = budget.usage_of([venue.name for venue in venues])
    books = {
        venue.pk: tuple(
            _book(symbol, times.get((venue.name, symbol)), streams.get((venue.name, symbol)), now) for symbol in listed.get(venue.pk, ())
        )
        for venue in venues
    }
    return tuple(
        _screen(
            venue,
            judged=judged.get(venue.name),
            clock=clocks.get(venue.name),
            usage=usage[venue.name],
            account=accounts.get(venue.name),
            books=books[venue.pk],
            record=records.get(venue.name),
            penalties=_penalties(venue.name, books[venue.pk], markets, penalties),
            now=now,
        )
        for venue in venues
    )


def _listed(venues: Sequence[Venue]) -> dict[int, list[Listing]]:
    """Return the listings that are traded, by enabled venue."""
    enabled = [venue.pk for venue in venues if venue.is_enabled]
    rows = Listing.objects.filter(is_enabled=True, instrument__is_enabled=True, venue__in=enabled).select_related("instrument")
    listed: dict[int, list[Listing]] = {}
    for row in rows.order_by("instrument__symbol"):
        listed.setdefault(row.venue_id, []).append(row)
    return listed


def _markets(listings: Mapping[int, Sequence[Listing]]) -> dict[str, Market]:
    """Return each symbol's market on all venues that trade it."""
    venues: dict[tuple[str, int], set[int]] = {}
    for rows in listings.values():
        for row in rows:
            venues.setdefault((row.instrument.symbol, row.instrument_id), set()).add(row.venue_id)
    return {symbol: Market(instrument_id=pk, venue_ids=frozenset(of)) for (symbol, pk), of in venues.items()}


def _penalties(venue: str, books: Sequence[BookAge], markets: Mapping[str, Market], penalties: Penalties) -> tuple[SymbolPenalty, ...]:
    """Return what the router counts now, symbol by symbol; nothing where a book is missing."""
    found = ((book.symbol, penalties.of(venue, markets[book.symbol], book.age)) for book in books if book.age is not None)
    return tuple(SymbolPenalty(symbol=symbol, penalty=penalty) for symbol, penalty in found if penalty is not None)


def _book(symbol: str, received_at: datetime | None, stream: StreamStatus | None, now: datetime) -> BookAge:
    age = None if received_at is None else max(now - received_at, timedelta(0))
    return BookAge(symbol=symbol, age=age, freshness=freshness_of(age), stream=stream)


def _screen(
    venue: Venue,
    *,
    judged: VenueHealth | None,
    clock: Clock | None,
    usage: Usage,
    account: Account | None,
    books: tuple[BookAge, ...],
    record: VenueRecord | None,
    penalties: tuple[SymbolPenalty, ...],
    now: datetime,
) -> VenueScreen:
    holds = venue.is_enabled and judged is not None and judged.is_known(now)
    spot, perpetual = (Fees(maker=m, taker=t) for m, t in (venue.fees_in_force(kind.value) for kind in InstrumentKind))
    return VenueScreen(
        venue=venue,
        state=_state(venue, judged if holds else None),
        judged=judged,
        figures=judged.figures if judged and holds else None,
        recovers_at=_recovers_at(judged.health, now) if judged and holds else None,
        clock=clock,
        usage=usage,
        books=books,
        spot_fees=spot,
        perpetual_fees=perpetual,
        account=account,
        account_age=now - account.at if account and account.at else None,
        record=record,
        penalties=penalties,
    )


def _state(venue: Venue, judged: VenueHealth | None) -> VenueState:
    if not venue.is_enabled:
        return VenueState.OFF
    return VenueState(judged.health.state.word) if judged else VenueState.UNKNOWN


def _recovers_at(health: Health, now: datetime) -> datetime | None:
    """Return when a state that is only held any more ends, if nothing happens; none while what is wrong goes on."""
    last, quiet = (health.down_at, DOWN_QUIET) if health.state is HealthState.DOWN else (health.bad_at, DEGRADED_QUIET)
    is_quiet = last is not None and now - last > timedelta(seconds=2)
    return last + quiet if last is not None and is_quiet and health.state is not HealthState.UP else None
