"""The first plan of an order, or of its amended terms, as the schedule that its progress is measured against.

Later plans catch up; measured against them an order would never be late.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, OuterRef, Q, Subquery

from execution.models import OrderEvent

LEAST_TOLERANCE = Decimal("0.04")
MOST_TOLERANCE = Decimal("0.25")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Cumulated shares of the order (0 to 1) by time; linear in between.

    `tolerance` is the largest planned slice, within 4 and 25 points: inside its window a slice may rest untouched and still be in time.
    """

    points: tuple[tuple[datetime, Decimal], ...]
    tolerance: Decimal

    def share_at(self, at: datetime) -> Decimal:
        """Return the share that should be done by a time."""
        before_at, before_share = self.points[0]
        if at <= before_at:
            return before_share
        for point_at, share in self.points[1:]:
            if at < point_at:
                passed = Decimal((at - before_at) / (point_at - before_at))
                return before_share + (share - before_share) * passed
            before_at, before_share = point_at, share
        return before_share


def schedules_of(order_ids: Collection[int]) -> dict[int, Schedule]:
    """Return the schedule of each order that has been planned, in one query."""
    amended = OrderEvent.objects.filter(parent_id=OuterRef("parent_id"), kind="amended").order_by("-sequence").values("sequence")[:1]
    planned = OrderEvent.objects.filter(parent_id__in=order_ids, kind="planned").annotate(amended=Subquery(amended))
    events = planned.filter(Q(amended=None) | Q(sequence__gt=F("amended"))).order_by("parent_id", "sequence").distinct("parent_id")
    found = {
        event.parent_id: schedule_of(event.payload.get("slices", []), None if event.amended is None else event.parent.quantity)
        for event in events.select_related("parent")
    }
    return {order_id: schedule for order_id, schedule in found.items() if schedule is not None}


def schedule_of(slices: list[list[str]], whole: Decimal | None = None) -> Schedule | None:
    """Read a plan's slices, each [quantity, start, end]; none when nothing was planned.

    `whole` is the quantity of an order that was amended: what the plan leaves out of it was done or live by then.
    """
    parts = [(Decimal(quantity), datetime.fromisoformat(start), datetime.fromisoformat(end)) for quantity, start, end in slices]
    planned = sum((quantity for quantity, _, _ in parts), Decimal(0))
    if not planned:
        return None
    total = planned if whole is None else max(whole, planned)
    done = total - planned
    points = [(parts[0][1], done / total)]
    for quantity, start, end in parts:
        if start > points[-1][0]:
            points.append((start, done / total))
        done += quantity
        points.append((end, done / total))
    largest = max(quantity for quantity, _, _ in parts) / total
    return Schedule(points=tuple(points), tolerance=min(max(largest, LEAST_TOLERANCE), MOST_TOLERANCE))
