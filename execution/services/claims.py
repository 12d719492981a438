"""Claim due rows: a row is worked on by the holder of its lease, and its epoch fences everyone who held it before."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from execution.domain.lifecycle import LIVE_ORDERS, LIVE_SLICES, SliceState
from execution.models import ParentOrder, Slice

Claim = tuple[int, int]
"""Row id and the epoch of the claim."""

# When more is due than can be taken, the orders' priority decides, then the time; a row that another dispatcher holds is skipped.
_CLAIM = """
    UPDATE {table} SET lease_owner = %(owner)s, lease_until = %(until)s, epoch = epoch + 1
    WHERE id IN (
        SELECT id FROM {table}
        WHERE state IN ({states}) AND {due} <= %(now)s AND (lease_until IS NULL OR lease_until < %(now)s)
        ORDER BY {priority} DESC, {due} LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) RETURNING id, epoch
"""


def _statement(table: str, due: str, states: Iterable[str], priority: str) -> str:
    # The states stand in the text, not in a parameter, so that the planner can match the partial index.
    return _CLAIM.format(table=table, due=due, priority=priority, states=", ".join(f"'{state}'" for state in sorted(states)))


_CLAIM_ORDERS = _statement(ParentOrder._meta.db_table, "next_review_at", LIVE_ORDERS, "priority")
_PARENTS_PRIORITY = f"(SELECT priority FROM {ParentOrder._meta.db_table} WHERE id = parent_id)"  # noqa: S608  (a name of our own)
_CLAIM_SLICES = _statement(Slice._meta.db_table, "next_action_at", LIVE_SLICES | {SliceState.PENDING}, _PARENTS_PRIORITY)


def claim_orders(*, owner: str, limit: int, now: datetime) -> list[Claim]:
    """Lease orders whose review is due."""
    return _claim(_CLAIM_ORDERS, owner, limit, now)


def claim_slices(*, owner: str, limit: int, now: datetime) -> list[Claim]:
    """Lease slices whose next action is due."""
    return _claim(_CLAIM_SLICES, owner, limit, now)


def _claim(statement: str, owner: str, limit: int, now: datetime) -> list[Claim]:
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"owner": owner, "until": until, "now": now, "limit": limit})
        return [(row_id, epoch) for row_id, epoch in cursor.fetchall()]


def holds(row: ParentOrder | Slice, epoch: int) -> bool:
    """Tell whether the claim is still the latest one on this row and was not handed back: a message may come twice."""
    return row.epoch == epoch and row.lease_until is not None


def renew(rows: Iterable[ParentOrder | Slice], now: datetime) -> None:
    """Begin the leases of rows again that the caller holds, has locked and writes: a message may have waited in the queue."""
    for row in rows:
        row.lease_until = now + timedelta(seconds=settings.LEASE_SECONDS)


def give_back(rows: Sequence[ParentOrder | Slice]) -> None:
    """End the leases of rows that the caller holds and has locked."""
    for row in rows:
        row.lease_owner, row.lease_until = "", None
    for model in {type(row) for row in rows}:
        model.objects.filter(pk__in=[row.pk for row in rows if type(row) is model]).update(lease_owner="", lease_until=None)
