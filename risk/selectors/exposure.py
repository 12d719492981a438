"""Reads positions and reservations."""

from collections.abc import Collection

from django.db.models import QuerySet

from risk.domain.holdings import Holding
from risk.models import Exposure


def exposure_of(desk_id: int) -> QuerySet[Exposure]:
    """Return a desk's positions and reservations, by symbol."""
    return Exposure.objects.filter(desk_id=desk_id).order_by("symbol")


def holdings_of(*, desk_ids: Collection[int], symbols: Collection[str]) -> dict[tuple[int, str], Holding]:
    """Return holdings by desk and symbol in one query; a desk that never traded a symbol is absent."""
    rows = Exposure.objects.filter(desk_id__in=desk_ids, symbol__in=symbols)
    return {(row.desk_id, row.symbol): row.to_domain() for row in rows}


def holding_of(*, desk_id: int, symbol: str) -> Holding:
    """Return what a desk holds in a symbol; nothing when it never traded it."""
    return holdings_of(desk_ids=[desk_id], symbols=[symbol]).get((desk_id, symbol), Holding())
