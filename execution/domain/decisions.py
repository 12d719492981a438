"""What a step of a tactic was decided from, kept so that it can be decided again, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain import tactics
from execution.domain.actions import Action, Cancel, ChildView, Lookup, Place, SliceView, Step
from execution.domain.lifecycle import LIVE_CHILDREN
from execution.domain.routing import VenueLimits

KEPT_LEVELS = 5
"""Levels of each side that are always kept: for the eye, and for what reads the touch."""
KEPT_SLICES = 2
"""The side that a slice takes from is kept down to this multiple of its quantity, more than any tactic takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInputs:
    """Every argument of `tactics.step`; a new one is a new field here and a new argument in `decide`."""

    slice: SliceView
    books: tuple[Book, ...]
    listings: Mapping[str, Listing]
    now: datetime
    limits: Mapping[str, VenueLimits] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)

    def decide(self) -> Step:
        """Ask the tactic."""
        return tactics.step(self.slice, self.books, self.listings, self.now, limits=self.limits, left=self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step asked for, by kind."""

    places: tuple[Place, ...]
    cancels: tuple[Cancel, ...]
    lookups: tuple[Lookup, ...]
    next_action_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A step with what it was decided from."""

    inputs: DecisionInputs
    outcome: Outcome


def outcome_of(step: Step) -> Outcome:
    """Return what a step asked for."""
    return Outcome(
        places=tuple(action for action in step.actions if isinstance(action, Place)),
        cancels=tuple(action for action in step.actions if isinstance(action, Cancel)),
        lookups=tuple(action for action in step.actions if isinstance(action, Lookup)),
        next_action_at=step.next_action_at,
        reason=step.reason,
    )


def trimmed(inputs: DecisionInputs, reach: Decimal = Decimal(0)) -> DecisionInputs:
    """Return inputs that give the same step, with no more of books and of ended children than it can depend on.

    Nothing takes from a level beyond the slice's quantity, and of children that ended only the latest refusals of a venue count. The side
    taken from is kept down to `reach`, base currency, if that is more.
    """
    reach = max(reach, inputs.slice.quantity * KEPT_SLICES)
    return replace(
        inputs,
        slice=replace(inputs.slice, children=_that_count(inputs.slice.children)),
        books=tuple([_cut(book, inputs.slice.side, reach) for book in inputs.books]),
    )


def _cut(book: Book, side: Side, reach: Decimal) -> Book:
    bids, asks = book.bids[:KEPT_LEVELS], book.asks[:KEPT_LEVELS]
    if side is Side.BUY:
        asks = _down_to(book.asks, reach)
    else:
        bids = _down_to(book.bids, reach)
    return replace(book, bids=bids, asks=asks)


def _down_to(levels: tuple[Level, ...], quantity: Decimal) -> tuple[Level, ...]:
    """Return the first levels that hold a quantity together, never fewer than are always kept."""
    for count, level in enumerate(levels, start=1):
        quantity -= level.quantity
        if quantity <= 0:
            return levels[: max(count, KEPT_LEVELS)]
    return levels


def _that_count(children: tuple[ChildView, ...]) -> tuple[ChildView, ...]:
    """Return the live children and those that their venue turned away since it last let one in."""
    accepted: set[str] = set()
    kept: set[int] = set()
    for child in sorted(children, key=lambda c: (c.decided_at, c.id), reverse=True):
        if child.was_turned_away and child.venue not in accepted:
            kept.add(child.id)
        else:
            accepted.add(child.venue)
    return tuple([child for child in children if child.state in LIVE_CHILDREN or child.id in kept])


def differences(then: Outcome, now: Outcome) -> tuple[str, ...]:
    """Say in what two outcomes differ, in words; empty when they are the same."""
    found: list[str] = []
    for kind in ("places", "cancels", "lookups"):
        before, after = getattr(then, kind), getattr(now, kind)
        found += [f"then only: {in_words(action)}" for action in before if action not in after]
        found += [f"now only: {in_words(action)}" for action in after if action not in before]
        if not found and before != after:
            found.append(f"{kind} in another order or number")
    if then.reason != now.reason:
        found.append(f"then: {then.reason}; now: {now.reason}")
    if then.next_action_at != now.next_action_at:
        found.append(f"looks again at {then.next_action_at:%H:%M:%S.%f} then, at {now.next_action_at:%H:%M:%S.%f} now")
    return tuple(found)


def in_words(action: Action) -> str:
    """Write down an action with its reason."""
    match action:
        case Place():
            price = "market" if action.price is None else f"{action.price:f}"
            return f"{action.quantity:f} at {price} on {action.venue}, {action.order_type} {action.time_in_force}: {action.reason}"
        case _:
            return f"order {action.child_id}: {action.reason}"
