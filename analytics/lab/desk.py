"""A virtual desk: one parent order through the real algorithm and the real tactic, by the rules of the services.

What the services keep in rows is kept in memory here, and a market's events take the place of venues' answers. A slice waits for the
answers to what it sent before it is stepped again, as a slice's lease makes it wait. A lookup is answered at once from what the desk has
heard: in the lab nothing is lost on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile

from analytics.domain.fills import PricedFill
from analytics.lab.children import after, intended, ordered
from analytics.lab.knowledge import Knowledge
from analytics.lab.market import EventKind, LabEvent
from analytics.lab.parents import LONGEST_ANSWER, LabParent, MarketDidNotAnswer, Worked, priced
from analytics.lab.watching import Watched
from dipmaster.domain.books import Book, consolidated_mid
from execution.domain import tactics
from execution.domain.actions import Action, Cancel, ChildView, Lookup, Place, SliceView
from execution.domain.algorithms.base import Market, OrderTerms, Plan
from execution.domain.algorithms.parameters import MAX_VENUES
from execution.domain.algorithms.registry import get_algorithm
from execution.domain.lifecycle import LIVE_CHILDREN, LIVE_SLICES, ChildState, OrderState, SliceState, move_order, move_slice
from execution.domain.planning import (
    NO_MARKET_RETRY,
    REFUSAL_RETRY,
    SHORTEST_REVIEW_INTERVAL,
    is_dust,
    patience_of,
    preset_of,
    progress_of,
    tightest_cap,
    worst_allowed_price,
)
from execution.domain.pretrade import CostEstimate, estimate
from execution.domain.pretrade_book import fees_of, sweep_of
from execution.domain.strategy import Strategy
from execution.domain.tactic_presets import RecentMarket, TacticPreset
from risk.domain.rules import Trade, check_parent

MAX_BOOK_AGE = timedelta(seconds=2)
MOST_ROUNDS = 200
"""So many steps without time passing mean that plan and tactic send a quantity back and forth."""


class DeskGoesInCircles(RuntimeError):
    """Plan and tactic hand a quantity to each other without time passing."""


@dataclass(slots=True, kw_only=True)
class _Slice:
    """A slice and its children by id."""

    quantity: Decimal
    start_at: datetime
    end_at: datetime
    next_action_at: datetime
    urgency: float | None = None
    state: SliceState = SliceState.PENDING
    filled: Decimal = Decimal(0)
    children: dict[int, ChildView] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def is_waiting(self) -> bool:
        """Tell whether an answer to something sent is outstanding."""
        return any(
            child.state is ChildState.INTENT or (child.cancel_requested_at is not None and child.state in LIVE_CHILDREN)
            for child in self.children.values()
        )


def work(
    market: Watched, parent: LabParent, strategy: Strategy, knowledge: Knowledge | None = None, preset: TacticPreset | None = None
) -> Worked:
    """Work the parent to its end: filled, or its time over and nothing of it live; by `preset`, if it is none of the product's.

    Raises:
        MarketDidNotAnswer: an order of ours never ended.
        DeskGoesInCircles: plan and tactic can't agree.
    """
    desk = Desk(market, parent, strategy, knowledge or Knowledge(market, None), preset)
    while not desk.is_over:
        desk.hear(market.advance(desk.due_at))
        desk.act()
    return Worked(fills=tuple(desk.fills), children=desk.sent, refusals=desk.refusals, expected=desk.expected)


def tradable(market: Watched) -> tuple[Book, ...]:
    """Return the books that are fresh and not crossed."""
    return tuple(book for book in market.books() if book.is_tradable(market.now, MAX_BOOK_AGE))


class Desk:
    """The state that the services keep in rows: order, slices, children, fills."""

    def __init__(
        self, market: Watched, parent: LabParent, strategy: Strategy, knowledge: Knowledge, preset: TacticPreset | None = None
    ) -> None:
        self._market = market
        self._knowledge = knowledge
        self._parent = parent
        self._parameters = strategy.parameters
        self._preset = preset or preset_of(strategy.parameters)
        self._algorithm = get_algorithm(strategy.algorithm).plan
        self._terms = OrderTerms(
            side=parent.side,
            quantity=parent.quantity,
            limit_price=parent.limit_price,
            start_at=parent.start_at,
            end_at=parent.end_at,
            parameters=strategy.parameters,
            seed=parent.seed,
        )
        self._state = OrderState.PENDING
        self._arrival_mid: Decimal | None = None
        self._worst_price: Decimal | None = None
        self._next_review_at: datetime | None = parent.start_at
        self._pending: list[_Slice] = []
        self._live: list[_Slice] = []
        self._slices: dict[int, _Slice] = {}
        self._paced_until: datetime | None = None
        self._books: tuple[datetime, tuple[Book, ...]] | None = None
        self.filled = Decimal(0)
        self.fills: list[PricedFill] = []
        self.sent = 0
        self.expected: CostEstimate | None = None
        self.refusals = 0

    @property
    def is_over(self) -> bool:
        """Tell whether the order has ended."""
        return self._state in (OrderState.FILLED, OrderState.EXPIRED)

    @property
    def due_at(self) -> datetime:
        """Return when the desk has something to do, unless it hears something before.

        Raises:
            MarketDidNotAnswer: nothing is left to do but to wait for an answer that is long overdue.
        """
        latest = self._parent.end_at + LONGEST_ANSWER
        if self._market.now >= latest:
            raise MarketDidNotAnswer(f"an order of ours still has no end {LONGEST_ANSWER.total_seconds():.0f} s after its parent's")
        times = [part.next_action_at for part in (*self._live, *self._pending[:1]) if not part.is_waiting]
        if self._next_review_at is not None:
            times.append(self._next_review_at)
        return min([*times, latest])

    def hear(self, events: Sequence[LabEvent]) -> None:
        """Take over what the market tells; a slice is due at once when something filled or ended."""
        for event in events:
            part = self._slices[event.order_id]
            part.children[event.order_id] = child = after(part.children[event.order_id], event, self._market.now)
            if event.kind is EventKind.FILLED:
                fill = priced(event, self._market.listings[child.venue], self._market.mid())
                self.fills.append(fill)
                self.filled += fill.quantity
                part.filled += fill.quantity
            if event.kind is not EventKind.ACCEPTED:
                part.next_action_at = self._market.now
                if part.state not in LIVE_SLICES:
                    self._review_at(self._market.now)

    def act(self) -> None:
        """Review the order and step its slices until nothing is due."""
        for _ in range(MOST_ROUNDS):
            if self._next_review_at is not None and self._next_review_at <= self._market.now:
                self._review()
            due = self._due()
            if not due:
                return
            for part in due:
                self._step(part)
        raise DeskGoesInCircles(f"{self._market.now:%H:%M:%S.%f}: the same quantity is planned and given back again and again")

    def _due(self) -> list[_Slice]:
        """Return the slices to step now; planned ones begin in their order."""
        if self.is_over:
            return []
        now = self._market.now
        live = [part for part in self._live if part.next_action_at <= now and not part.is_waiting]
        return [*live, *takewhile(lambda part: part.next_action_at <= now, self._pending)]

    def _review_at(self, at: datetime) -> None:
        self._next_review_at = at if self._next_review_at is None else min(at, self._next_review_at)

    def _tradable(self) -> tuple[Book, ...]:
        """Return the books that are fresh and not crossed; read once a moment."""
        now = self._market.now
        if self._books is None or self._books[0] != now:
            self._books = (now, tradable(self._market))
        return self._books[1]

    # Planning, as execution.services.planning does it.

    def _review(self) -> None:
        self._next_review_at = None
        self._withdraw_excess()
        if self._parent.quantity <= self.filled:
            self._end_when_quiet(OrderState.FILLED)
        elif self._market.now >= self._parent.end_at:
            self._end_when_quiet(OrderState.EXPIRED)
        elif self._state is OrderState.PENDING:
            self._start()
        else:
            self._plan()

    def _withdraw_excess(self) -> None:
        """Close the live slices when they could fill more than is wanted."""
        if self.filled + sum((max(part.left, Decimal(0)) for part in self._live), Decimal(0)) <= self._parent.quantity:
            return
        for part in self._live:
            if part.state is SliceState.WORKING:
                part.state = move_slice(part.state, SliceState.CLOSING)
                part.next_action_at = self._market.now

    def _end_when_quiet(self, state: OrderState) -> None:
        self._pending.clear()
        if not self._live:
            self._state = move_order(self._state, state)

    def _start(self) -> None:
        mid = consolidated_mid(self._tradable())
        if mid is None:
            self._review_at(self._market.now + NO_MARKET_RETRY)
            return
        self._state = move_order(self._state, OrderState.WORKING)
        self._arrival_mid = mid
        cap = tightest_cap(self._parent.max_slippage_bps, self._parameters)
        self._worst_price = worst_allowed_price(self._parent.side, self._parent.limit_price, mid, cap)
        self._plan()

    def _plan(self) -> None:
        """Ask the algorithm again and keep what is planned when it answers the same."""
        now = self._market.now
        live = ((part.left, part.end_at) for part in self._live)
        early = [] if self._paced_until is None or self._paced_until <= now else [self._paced_until]
        progress = replace(progress_of(self.filled, live, early), market_quantity=self._market.traded())
        to_plan = self._parent.quantity - progress.done
        self._review_at(self._parent.end_at)
        facts = self._knowledge.facts(self._tradable(), side=self._parent.side, quantity=self._parent.quantity)
        if facts is None:
            self._review_at(now + NO_MARKET_RETRY)
            return
        if not self._live and is_dust(to_plan, self._parent.quantity, facts):
            self._end_when_quiet(OrderState.FILLED)
            return
        terms = replace(self._terms, arrival_mid=self._arrival_mid)
        plan = self._algorithm(terms, progress, facts, now)
        if self.expected is None:
            self.expected = self._estimate(terms, plan, facts)
        self._replace(plan)
        if plan.next_review_at is not None:
            self._review_at(max(plan.next_review_at, now + SHORTEST_REVIEW_INTERVAL))

    def _estimate(self, terms: OrderTerms, plan: Plan, facts: Market) -> CostEstimate | None:
        """Return what pre-trade says of the first plan."""
        books = self._tradable()
        fees = fees_of(terms.side, self._market.listings, books)
        sweep = sweep_of(terms.side, books, float(facts.mid))
        return None if fees is None else estimate(terms, plan, facts, fees=fees, sweep=sweep)

    def _replace(self, plan: Plan) -> None:
        self._pending = [
            _Slice(
                quantity=one.quantity,
                start_at=one.start_at,
                end_at=one.end_at,
                next_action_at=max(one.start_at, self._market.now),
                urgency=one.urgency,
            )
            for one in plan.slices
        ]

    # Working, as execution.services.working does it.

    def _step(self, part: _Slice) -> None:
        if part.state is SliceState.PENDING:
            part.state = move_slice(part.state, SliceState.WORKING)
            self._pending.remove(part)
            self._live.append(part)
        step = tactics.step(self._view(part), self._tradable(), self._market.listings, self._market.now)
        part.next_action_at = step.next_action_at
        for action in step.actions:
            self._do(part, action)
        if step.is_done and not step.actions:
            self._end(part)

    def _view(self, part: _Slice) -> SliceView:
        return SliceView(
            side=self._parent.side,
            quantity=part.quantity,
            filled_quantity=part.filled,
            start_at=part.start_at,
            end_at=part.end_at,
            worst_price=self._worst_price,
            is_closing=part.state is SliceState.CLOSING,
            is_last=part.end_at >= self._parent.end_at,
            patience=patience_of(self._parameters, part.urgency),
            max_venues=self._parameters.get(MAX_VENUES.name),
            max_book_age=MAX_BOOK_AGE,
            order_end_at=self._parent.end_at,
            preset=self._preset,
            recent=RecentMarket(volatility_bps=self._market.volatility_bps()),
            children=tuple(part.children.values()),
        )

    def _do(self, part: _Slice, action: Action) -> None:
        now = self._market.now
        match action:
            case Place():
                self._place(part, action)
            case Cancel():
                part.children[action.child_id] = replace(part.children[action.child_id], cancel_requested_at=now)
                self._market.cancel(action.child_id)
            case Lookup():
                part.children[action.child_id] = replace(part.children[action.child_id], confirmed_at=now)

    def _place(self, part: _Slice, place: Place) -> None:
        """Send what the risk rules let through: never more than the parent has left."""
        trade = Trade(symbol="", side=self._parent.side, quantity=place.quantity, price=place.price, mid=None)
        if check_parent(trade, self._sendable()) is not None:
            self.refusals += 1
            part.next_action_at = self._market.now + REFUSAL_RETRY
            return
        self.sent += 1
        part.children[self.sent] = intended(self.sent, place, self._market.now)
        self._slices[self.sent] = part
        self._market.place(ordered(self.sent, self._parent.side, place))

    def _sendable(self) -> Decimal:
        """Return the parent's quantity less what is filled and what is live at venues."""
        live = (child for part in self._live for child in part.children.values() if child.state in LIVE_CHILDREN)
        return self._parent.quantity - self.filled - sum((max(c.quantity - c.filled_quantity, Decimal(0)) for c in live), Decimal(0))

    def _end(self, part: _Slice) -> None:
        part.state = move_slice(part.state, SliceState.DONE)
        self._live.remove(part)
        if part.filled > part.left:
            self._paced_until = max(part.end_at, self._paced_until or part.end_at)
        self._review_at(self._market.now)
