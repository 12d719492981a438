"""What a venue must be asked about a live child order, and how long its answer is waited for."""

from datetime import datetime, timedelta

from execution.domain.actions import ChildView
from execution.domain.lifecycle import ChildState
from execution.domain.venue_orders import TimeInForce

SHORTEST_LOOKUP_INTERVAL = timedelta(milliseconds=250)
LONGEST_LOOKUP_INTERVAL = timedelta(seconds=5)
CONFIRM_RESTING_AFTER = timedelta(seconds=10)
CONFIRM_IOC_AFTER = timedelta(seconds=1)
ANSWER_DUE_AFTER = timedelta(seconds=2)


def lookup_reason(child: ChildView, now: datetime) -> str:
    """Return why the venue must be asked about a child, empty when it need not be."""
    if child.state is ChildState.UNKNOWN:
        return "Look up: the outcome is not proven"
    if child.state is ChildState.INTENT:
        return "Look up: decided, but it is not known whether it was sent" if child.decided_at < now else ""
    if child.nudged_at is not None and (child.confirmed_at is None or child.nudged_at > child.confirmed_at):
        return "Look up: its venue tells that something happened"
    if child.cancel_requested_at is not None and now - child.cancel_requested_at > ANSWER_DUE_AFTER:
        return "Look up: the cancel has not ended it"
    age = now - (child.confirmed_at or child.decided_at)
    if age >= (CONFIRM_IOC_AFTER if is_ioc(child) else CONFIRM_RESTING_AFTER):
        return f"Look up: not confirmed for {age.total_seconds():.0f} s"
    return ""


def next_lookup(child: ChildView, now: datetime) -> datetime:
    """Space the lookups of one child by half its age: each waits about 1.5 times as long as the one before."""
    return now + min(max((now - child.decided_at) / 2, SHORTEST_LOOKUP_INTERVAL), LONGEST_LOOKUP_INTERVAL)


def may_cancel(child: ChildView, now: datetime) -> bool:
    """Tell whether to send a cancel: never twice, unless a venue has shown the order open well after the first."""
    if child.state is not ChildState.OPEN:
        return False
    if child.cancel_requested_at is None:
        return True
    is_overdue = now - child.cancel_requested_at > ANSWER_DUE_AFTER
    return is_overdue and child.confirmed_at is not None and child.confirmed_at > child.cancel_requested_at


def holds_up(child: ChildView, now: datetime) -> bool:
    """Tell whether crossing waits for a child's end; one that is not answered for in time stays reserved but holds up nothing."""
    if child.state is ChildState.UNKNOWN:
        return False
    asked_at = child.cancel_requested_at or (child.decided_at if is_ioc(child) or child.state is ChildState.INTENT else now)
    return now - asked_at <= ANSWER_DUE_AFTER


def is_ioc(child: ChildView) -> bool:
    """Tell whether a child ends by itself on arrival."""
    return child.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)


def is_owed(child: ChildView, now: datetime) -> bool:
    """Tell whether its venue owes the answer what became of a child, or of a cancel."""
    return child.state is ChildState.UNKNOWN or not holds_up(child, now)
