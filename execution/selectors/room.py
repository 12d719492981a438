"""What the venues have left for a batch's orders, of money and of position limits, and what orders there are expected to lose."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.query import QuerySet

from dipmaster.domain.books import Book
from dipmaster.domain.instruments import InstrumentKind
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import LIVE_CHILDREN
from execution.domain.routing import VenueLimits
from execution.domain.venue_limits import fee_factor, venue_limits
from execution.market import health
from execution.market.health import Account
from execution.models import ChildOrder, Fill, Instrument
from execution.selectors.venue_records import NO_PENALTIES, Penalties
from execution.selectors.work import OrderMarket

ACCOUNT_KEPT = timedelta(minutes=5)
"""Ten readings that failed in a row: what an account held before is not known any more."""
CLOCK_DOUBT = timedelta(seconds=2)
"""Fills carry the venue's time and readings ours: so much earlier ones may not have been in what was read."""
_INSTRUMENT = tuple(f"parent__instrument__{name}" for name in ("symbol", "base", "quote", "kind"))


class Room:
    """What the accounts held when they were read, less what has been spent since and what live orders hold.

    What came in since is not counted before it is read: an order may find less than there is for half a minute, never more. Without a
    reading there is no limit by balance, and nothing for venues with a position limit.
    """

    def __init__(self, accounts: Mapping[str, Account], penalties: Penalties, now: datetime) -> None:
        self._accounts, self._penalties, self._now = accounts, penalties, now
        self._spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self._traded: dict[tuple[str, str, Side], Decimal] = defaultdict(Decimal)

    @classmethod
    def of(cls, markets: Collection[OrderMarket], now: datetime, penalties: Penalties = NO_PENALTIES) -> "Room":
        """Read what is known of the markets' venues: one round trip and two queries, none when no account was read."""
        venues = {venue for market in markets for venue in market.listings}
        known = {name: one for name, one in health.read_accounts().items() if name in venues and _is_known(one, now)}
        room = cls(known, penalties, now)
        if known:
            since = Q()
            for name, account in known.items():
                since |= Q(venue__name=name, traded_at__gt=(account.at or now) - CLOCK_DOUBT)
            left = F("quantity") - F("filled_quantity")
            live = ChildOrder.objects.filter(state__in=LIVE_CHILDREN, venue__name__in=known, quantity__gt=F("filled_quantity"))
            room._add(live, amount=left, worth=left * F("price"))
            room._add(Fill.objects.filter(since), amount=F("quantity"), worth=F("quantity") * F("price"))
        return room

    def _add(self, rows: "QuerySet[Any]", *, amount: Any, worth: Any) -> None:
        groups = (
            rows.order_by().values_list("venue__name", "parent__side", *_INSTRUMENT).annotate(sum_amount=Sum(amount), sum_worth=Sum(worth))
        )
        for venue, side, symbol, base, quote, kind, quantity, value in groups:
            self._count(venue, Instrument(symbol=symbol, base=base, quote=quote, kind=kind), Side(side), quantity, value or Decimal(0))

    def limits(self, instrument: Instrument, side: Side, market: OrderMarket) -> dict[str, VenueLimits]:
        """Return the limits of the venues that an order of `side` may go to, by what is left now."""
        return {
            book.venue: venue_limits(
                side,
                book,
                market.listings[book.venue],
                funds=self._funds(book.venue, instrument, side, market),
                worst_case=self._worst_case(book.venue, instrument, side),
                penalty_bps=self._penalty(book, market),
            )
            for book in market.open_books
        }

    def _penalty(self, book: Book, market: OrderMarket) -> Decimal:
        found = self._penalties.of(book.venue, market.traded, book.age(self._now))
        return Decimal(0) if found is None else found.for_router

    def take(self, venue: str, instrument: Instrument, side: Side, *, quantity: Decimal, price: Decimal) -> None:
        """Count an order that is to be sent."""
        self._count(venue, instrument, side, quantity, quantity * price)

    def _count(self, venue: str, instrument: Instrument, side: Side, quantity: Decimal, worth: Decimal) -> None:
        self._traded[venue, instrument.symbol, side] += quantity
        if instrument.kind == InstrumentKind.SPOT:
            self._spent[venue, _paid_in(instrument, side)] += worth if side is Side.BUY else quantity

    def _funds(self, venue: str, instrument: Instrument, side: Side, market: OrderMarket) -> Decimal | None:
        """Return what is free to pay with; none where it is not known: what margin leaves for perpetuals only their venue knows."""
        account = self._accounts.get(venue)
        if account is None or instrument.kind != InstrumentKind.SPOT:
            return None
        currency = _paid_in(instrument, side)
        spent = self._spent[venue, currency]
        return account.spot(currency) - (spent * fee_factor(market.listings[venue]) if side is Side.BUY else spent)

    def _worst_case(self, venue: str, instrument: Instrument, side: Side) -> Decimal | None:
        account = self._accounts.get(venue)
        if account is None:
            return None
        is_spot = instrument.kind == InstrumentKind.SPOT
        held = account.balances.get(instrument.base, Decimal(0)) if is_spot else account.position(instrument.symbol)
        return side.sign * held + self._traded[venue, instrument.symbol, side]


def position_limits(markets: Iterable[OrderMarket]) -> list[str]:
    """Return a name for each position limit that the markets' orders share with others, in one order for everybody."""
    return sorted({f"{name} {market.symbol}" for market in markets for name, one in market.listings.items() if one.max_position_notional})


def _is_known(account: Account, now: datetime) -> bool:
    return account.at is not None and now - account.at <= ACCOUNT_KEPT


def _paid_in(instrument: Instrument, side: Side) -> str:
    return instrument.quote if side is Side.BUY else instrument.base
