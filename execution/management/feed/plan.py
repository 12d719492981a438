"""What is to be watched, read from the desk's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Q

from execution.domain.lifecycle import LIVE_CHILDREN
from execution.models import ChildOrder, Listing, Venue
from execution.models.credentials import CredentialsUnreadable
from execution.venues import registry
from execution.venues.ccxt.exchange import UnknownVenueClass, VenueAccount
from execution.venues.live import LiveModeRefused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A venue whose books and trades are wanted; `instruments` are (symbol, instrument id)."""

    venue_id: int
    account: VenueAccount
    instruments: tuple[tuple[str, int], ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the house symbols."""
        return tuple(symbol for symbol, _ in self.instruments)


def market_plan() -> list[Watched]:
    """Return the enabled listings of enabled instruments on enabled venues."""
    return _plan(Q(is_enabled=True, instrument__is_enabled=True, venue__is_enabled=True))


def account_plan() -> list[Watched]:
    """Return every venue that may report executions: enabled, or switched off with orders of ours still alive."""
    with_orders = ChildOrder.objects.filter(state__in=LIVE_CHILDREN).values("venue_id")
    return _plan(Q(venue__is_enabled=True) | Q(venue_id__in=with_orders))


def _plan(which: Q) -> list[Watched]:
    rows = Listing.objects.filter(which).select_related("venue", "instrument")
    by_venue: dict[Venue, list[tuple[str, int]]] = {}
    for row in rows.order_by("venue_id", "instrument__symbol"):
        by_venue.setdefault(row.venue, []).append((row.instrument.symbol, row.instrument_id))
    accounts = {venue: _account(venue) for venue in by_venue}
    return [
        Watched(venue_id=venue.pk, account=account, instruments=tuple(by_venue[venue]))
        for venue, account in accounts.items()
        if account is not None
    ]


def _account(venue: Venue) -> VenueAccount | None:
    """Return how to sign in; none, which is told, when this venue is not to be reached: the others are watched all the same."""
    try:
        registry.dialect_of(venue.ccxt_id)
        return registry.account_of(venue)
    except (LiveModeRefused, CredentialsUnreadable, UnknownVenueClass) as error:
        log.warning("venue_not_watched", venue=venue.name, reason=str(error))
        return None


def traded_symbols(venue_id: int, since: datetime) -> Sequence[str]:
    """Return the symbols of our orders at a venue that live or were decided on since then: only there can be executions to fetch."""
    rows = ChildOrder.objects.filter(Q(state__in=LIVE_CHILDREN) | Q(decided_at__gte=since), venue_id=venue_id)
    return list(rows.order_by("parent__instrument__symbol").values_list("parent__instrument__symbol", flat=True).distinct())


def open_orders(venue_id: int) -> Sequence[str]:
    """Return the ids of our orders that may still change at a venue."""
    return list(ChildOrder.objects.filter(venue_id=venue_id, state__in=LIVE_CHILDREN).values_list("client_order_id", flat=True))
