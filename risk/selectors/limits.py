"""Reads the limits that apply."""

from collections.abc import Collection

from django.db.models import Q

from risk.domain.limits import Limits, merge
from risk.models import RiskLimit

Scope = tuple[int, str]
"""Desk id and symbol."""


def effective_limits(*, desk_id: int, symbol: str) -> Limits:
    """Return the limits of a desk in a symbol."""
    scope = (desk_id, symbol)
    return limits_of([scope])[scope]


def limits_of(scopes: Collection[Scope]) -> dict[Scope, Limits]:
    """Return the limits of every desk and symbol asked for, in one query."""
    desks = {desk_id for desk_id, _ in scopes}
    symbols = {symbol for _, symbol in scopes}
    rows = list(RiskLimit.objects.filter(Q(desk__in=desks) | Q(desk=None), symbol__in=symbols | {""}))
    return {scope: merge(row.to_domain() for row in rows if row.applies_to(*scope)) for scope in scopes}
