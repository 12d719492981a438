"""States of orders, slices and children, and the moves allowed between them.

States only advance: a fill that arrives after CANCELLED is recorded and shown, the state stays.
"""

from enum import StrEnum


class OrderState(StrEnum):
    """Life of a parent order."""

    PENDING = "pending"  # accepted, not started
    WORKING = "working"
    PAUSED = "paused"  # shown as Held
    CANCELLING = "cancelling"  # asked to stop; children are being withdrawn
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # the time ended with a rest unfilled
    REJECTED = "rejected"  # refused by risk, nothing was sent


class SliceState(StrEnum):
    """Life of a slice."""

    PENDING = "pending"  # planned, may still be replaced by a new plan
    WORKING = "working"  # released; its quantity is fixed
    CLOSING = "closing"  # children are being withdrawn before the slice ends
    DONE = "done"  # ended, filled or not; the rest goes back to the plan
    CANCELLED = "cancelled"  # never released


class ChildState(StrEnum):
    """Life of one order at a venue."""

    INTENT = "intent"  # committed; may have been sent or not
    OPEN = "open"  # acknowledged and resting
    UNKNOWN = "unknown"  # outcome not proven; looked up by id, exposure stays reserved
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"  # the venue proved that it does not exist


class IllegalMove(ValueError):
    """The state machine has no such move."""


_O, _S, _C = OrderState, SliceState, ChildState
ORDER_MOVES: dict[OrderState, frozenset[OrderState]] = {
    _O.PENDING: frozenset({_O.WORKING, _O.PAUSED, _O.CANCELLING, _O.CANCELLED, _O.EXPIRED, _O.FILLED}),
    _O.WORKING: frozenset({_O.PAUSED, _O.CANCELLING, _O.FILLED, _O.EXPIRED}),
    _O.PAUSED: frozenset({_O.PENDING, _O.WORKING, _O.CANCELLING, _O.FILLED, _O.EXPIRED}),
    _O.CANCELLING: frozenset({_O.CANCELLED, _O.FILLED}),
    _O.FILLED: frozenset(),
    _O.CANCELLED: frozenset(),
    _O.EXPIRED: frozenset(),
    _O.REJECTED: frozenset(),
}
SLICE_MOVES: dict[SliceState, frozenset[SliceState]] = {
    _S.PENDING: frozenset({_S.WORKING, _S.CANCELLED}),
    _S.WORKING: frozenset({_S.CLOSING, _S.DONE}),
    _S.CLOSING: frozenset({_S.DONE}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
}
CHILD_MOVES: dict[ChildState, frozenset[ChildState]] = {
    _C.INTENT: frozenset({_C.OPEN, _C.UNKNOWN, _C.FILLED, _C.CANCELLED, _C.REJECTED}),
    _C.OPEN: frozenset({_C.UNKNOWN, _C.FILLED, _C.CANCELLED}),
    _C.UNKNOWN: frozenset({_C.OPEN, _C.FILLED, _C.CANCELLED, _C.REJECTED}),
    _C.FILLED: frozenset(),
    _C.CANCELLED: frozenset(),
    _C.REJECTED: frozenset(),
}

LIVE_ORDERS = frozenset({_O.PENDING, _O.WORKING, _O.PAUSED, _O.CANCELLING})
LIVE_SLICES = frozenset({_S.WORKING, _S.CLOSING})
LIVE_CHILDREN = frozenset({_C.INTENT, _C.OPEN, _C.UNKNOWN})


def move_order(current: OrderState, new: OrderState) -> OrderState:
    """Return `new` when an order may go there from `current`; the same state is no move.

    Raises:
        IllegalMove: the order's life does not allow it.
    """
    if new is not current and new not in ORDER_MOVES[current]:
        raise IllegalMove(f"an order that is {current} cannot become {new}")
    return new


def move_slice(current: SliceState, new: SliceState) -> SliceState:
    """Return `new` when a slice may go there from `current`.

    Raises:
        IllegalMove: the slice's life does not allow it.
    """
    if new is not current and new not in SLICE_MOVES[current]:
        raise IllegalMove(f"a slice that is {current} cannot become {new}")
    return new


def move_child(current: ChildState, new: ChildState) -> ChildState:
    """Return `new` when a child may go there from `current`.

    Raises:
        IllegalMove: the child's life does not allow it.
    """
    if new is not current and new not in CHILD_MOVES[current]:
        raise IllegalMove(f"a child order that is {current} cannot become {new}")
    return new
