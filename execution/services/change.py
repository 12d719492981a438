"""One way to change orders: lock them, change them, log why, tell the browsers.

Every change of an order, its slices, children or fills runs inside `change(...)`. The parent's row lock serialises everything that
happens to one order; parents are locked in id order, exposures after them, so that no two transactions wait for each other in a ring.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from execution.models import OrderEvent, ParentOrder
from execution.services import live

DUE_CHANNEL = "dipmaster_due"
_CHANGING_FIELDS = [
    "state",
    "version",
    "filled_quantity",
    "filled_notional",
    "fees_quote",
    "refusal_code",
    "refusal_reason",
    "arrival_mid",
    "end_mid",
    "started_at",
    "completed_at",
    "left_out",
    "next_review_at",
]


class Change:
    """Orders that are locked until the transaction ends, and the events that tell what happened to them."""

    def __init__(self, orders: dict[int, ParentOrder], now: datetime) -> None:
        self.orders = orders
        self.now = now
        self._events: list[OrderEvent] = []
        self._changed: set[int] = set()
        self._wakes = False

    def log(self, order: ParentOrder, kind: str, text: str, **payload: Any) -> None:
        """Add an event to the order's log."""
        storable = {name: _storable(value) if isinstance(value, str) else value for name, value in payload.items()}
        self._events.append(OrderEvent(parent=order, at=self.now, kind=kind, text=_storable(text)[:400], payload=storable))
        self._changed.add(order.pk)

    def touch(self, order: ParentOrder) -> None:
        """Mark the order as changed although nothing is worth an event."""
        self._changed.add(order.pk)

    def review(self, order: ParentOrder, at: datetime) -> None:
        """Have the order planned again at `at`, or sooner when that is due already."""
        if order.next_review_at is None or at < order.next_review_at:
            order.next_review_at = at
        self._changed.add(order.pk)
        self.wake()

    def wake(self) -> None:
        """Wake the dispatcher when the transaction commits."""
        self._wakes = True

    def flush(self) -> None:
        """Write events and orders, and announce them on commit."""
        changed = [self.orders[pk] for pk in sorted(self._changed)]
        for order in changed:
            order.version += 1
        ParentOrder.objects.bulk_update(changed, _CHANGING_FIELDS)
        _append(self._events)
        if self._wakes:
            notify_dispatcher()
        live.publish_on_commit(changed)


def _storable(text: str) -> str:
    """Return a text without what a database refuses: reasons may come from a desk's own algorithms and from venues."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


@contextmanager
def change(order_ids: Iterable[int], *, now: datetime) -> Iterator[Change]:
    """Lock the orders and write what the block does to them, all in one transaction."""
    with transaction.atomic():
        rows = ParentOrder.objects.select_for_update(of=("self",)).select_related("instrument", "desk")
        orders = {order.pk: order for order in rows.filter(pk__in=set(order_ids)).order_by("pk")}
        changing = Change(orders, now)
        yield changing
        changing.flush()


def notify_dispatcher() -> None:
    """Wake the dispatcher when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {DUE_CHANNEL}")


def _append(events: list[OrderEvent]) -> None:
    """Chain the events to their orders' logs; the callers hold the orders' locks, so no chain can fork."""
    if not events:
        return
    heads = {
        event.parent_id: event
        for event in OrderEvent.objects.filter(parent_id__in={event.parent_id for event in events})
        .order_by("parent_id", "-sequence")
        .distinct("parent_id")
    }
    for event in events:
        head = heads.get(event.parent_id)
        event.sequence = head.sequence + 1 if head else 1
        event.previous_hash = head.hash if head else "0" * 64
        event.hash = event_hash(event)
        heads[event.parent_id] = event
    OrderEvent.objects.bulk_create(events)


def event_hash(event: OrderEvent) -> str:
    """Return the SHA-256 of the event's content and of the hash before it."""
    content = [event.previous_hash, event.parent_id, event.sequence, event.at.isoformat(), event.kind, event.text, event.payload]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
