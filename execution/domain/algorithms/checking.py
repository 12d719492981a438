"""Whether a plan may be followed: what an algorithm returns is not believed, whoever wrote it."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress

MOST_SLICES = 1000
"""More slices than anyone can follow; each is a row that is written again at each plan."""


def check_plan(plan: Any, order: OrderTerms, progress: Progress, market: Market, now: datetime) -> str | None:
    """Return what is wrong with a plan, none when it may be followed."""
    if not isinstance(plan, Plan):
        return f"it returned a {type(plan).__name__} instead of a plan"
    try:
        return _check_frame(plan, now) or _check_slices(plan.slices, order, progress, market, now)
    except (TypeError, ValueError, ArithmeticError, AttributeError, InvalidOperation) as error:
        return f"its plan cannot be read: {type(error).__name__}: {error}"[:200]


def _check_frame(plan: Any, now: datetime) -> str | None:
    if not isinstance(plan.slices, tuple):
        return "its slices are no tuple"
    if len(plan.slices) > MOST_SLICES:
        return f"it planned {len(plan.slices):,} slices; at most {MOST_SLICES:,} are followed"
    if not isinstance(plan.reasons, tuple) or not all(isinstance(reason, str) for reason in plan.reasons):
        return "its reasons are no tuple of texts"
    review = plan.next_review_at
    if review is None:
        return None
    if not isinstance(review, datetime) or review.tzinfo is None:
        return "its next review is not at a time with a time zone"
    return None if review >= now else f"its next review, {review.isoformat()}, is over"


def _check_slices(slices: tuple[Any, ...], order: OrderTerms, progress: Progress, market: Market, now: datetime) -> str | None:
    previous_end, end_at, least, total = max(now, order.start_at), order.end_at, max(market.min_quantity, market.lot), Decimal(0)
    for number, part in enumerate(slices, start=1):
        wrong = _check_types(part)
        if wrong:
            return f"slice {number}: {wrong}"
        if not previous_end <= part.start_at < part.end_at <= end_at:
            return f"slice {number}: {_misplaced(part, previous_end, end_at)}"
        if not part.quantity >= least:
            return f"slice {number}: {part.quantity} is below the smallest order that a venue takes, {least}"
        previous_end = part.end_at
        total += part.quantity
    rest = order.quantity - progress.done
    return None if total <= rest or not slices else f"its slices sum to {total}, but only {rest} is left"


def _check_types(part: Any) -> str | None:
    if not isinstance(part, PlannedSlice):
        return f"it is a {type(part).__name__} instead of a slice"
    return _check_values(part.quantity, part.start_at, part.end_at, part.urgency)


def _check_values(quantity: Any, start_at: Any, end_at: Any, urgency: Any) -> str | None:
    if not isinstance(quantity, Decimal) or not quantity.is_finite():
        return f"its quantity {quantity!r} is no finite decimal"[:100]
    if not isinstance(start_at, datetime) or not isinstance(end_at, datetime):
        return "its start or end is not a time"
    if urgency is not None and not (isinstance(urgency, float | int) and 0 <= urgency <= 1):
        return f"its urgency {urgency!r} is not between 0 and 1"[:100]
    return None


def _misplaced(part: PlannedSlice, previous_end: datetime, end_at: datetime) -> str:
    if part.start_at >= part.end_at:
        return "it ends before it starts"
    if part.end_at > end_at:
        return f"it ends after the order, {end_at.isoformat()}"
    return f"it starts before {previous_end.isoformat()}, when it may at the earliest"
