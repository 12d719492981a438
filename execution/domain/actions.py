"""What a tactic sees and what it may ask for. A tactic sends nothing itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState
from execution.domain.routing import Route
from execution.domain.tactic_presets import NOTHING_RECENT, UNLESS_CHOSEN, RecentMarket, TacticPreset
from execution.domain.venue_orders import OrderType, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildView:
    """A child order of the slice, ended ones included."""

    id: int
    venue: str
    state: ChildState
    time_in_force: TimeInForce
    price: Decimal | None
    quantity: Decimal
    filled_quantity: Decimal
    decided_at: datetime
    confirmed_at: datetime | None
    """When the venue last confirmed the order by an answer; none when it never did."""
    cancel_requested_at: datetime | None
    nudged_at: datetime | None
    """When the venue's stream told last that something happened to the order, beyond executions that it told of by themselves."""

    @property
    def was_turned_away(self) -> bool:
        """Tell whether the venue did not let the order in: refused, or a post-only one that it accepted and withdrew by itself.

        Some venues (OKX, Bybit) acknowledge a post-only order that would take and then cancel it; others refuse it.
        """
        if self.state is ChildState.REJECTED:
            return True
        is_withdrawn_by_venue = self.state is ChildState.CANCELLED and self.cancel_requested_at is None
        return is_withdrawn_by_venue and self.time_in_force is TimeInForce.POST_ONLY and not self.filled_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceView:
    """A released slice. `is_closing`: withdraw everything, place nothing. `worst_price` joins limit price and slippage cap."""

    side: Side
    quantity: Decimal
    filled_quantity: Decimal
    start_at: datetime
    end_at: datetime
    worst_price: Decimal | None
    is_closing: bool
    is_last: bool
    """No later slice can take what is left over, and it is to be taken."""
    patience: float
    """Share of the window, 0 to 1, that is spent resting before the rest is crossed; at 1 only a last slice crosses, at its end.

    A preset that weighs costs takes half and more for 1 where resting is worth it.
    """
    max_book_age: timedelta
    would_price: Decimal | None = None
    """What stands here or better is taken at once, at any time of the slice."""
    max_venues: int | None = None
    """Most venues to rest on or to take from at a time; none: the tactic's own."""
    order_end_at: datetime | None = None
    """When the order ends, if its rest is then to be taken: until then a slice may go on resting; none: not beyond its own end."""
    preset: TacticPreset = UNLESS_CHOSEN
    recent: RecentMarket = NOTHING_RECENT
    children: tuple[ChildView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Send a new child order."""

    venue: str
    order_type: OrderType
    time_in_force: TimeInForce
    price: Decimal | None
    quantity: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Withdraw a child order."""

    child_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Ask the venue what became of a child order."""

    child_id: int
    reason: str


Action = Place | Cancel | Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A tactic's answer. `is_done`: the slice has no live child and wants no more; otherwise look again at `next_action_at`.

    `route`: how what is crossed was split, and who got nothing and why; none when nothing was to be crossed.
    """

    actions: tuple[Action, ...]
    next_action_at: datetime
    is_done: bool
    reason: str
    route: Route | None = None
