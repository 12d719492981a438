"""Work released slices: decide, commit the intents, send, record what came of it.

Two transactions a batch. What is to be sent is committed before it is sent, so a process that dies in between leaves rows that the next
holder of the lease looks up at the venue; nothing is ever sent a second time.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from django.conf import settings

from dipmaster.domain.sides import Side
from execution.domain import decisions
from execution.domain.actions import Cancel, ChildView, Lookup, Place, SliceView, Step
from execution.domain.algorithms.base import Remainder
from execution.domain.algorithms.parameters import MAX_VENUES
from execution.domain.decisions import DecisionInputs
from execution.domain.lifecycle import LIVE_CHILDREN, ChildState, OrderState, SliceState, move_slice
from execution.domain.planning import REFUSAL_RETRY, patience_of, preset_of, tightest_cap, worst_allowed_price
from execution.domain.routing import NO_LIMITS
from execution.domain.tactic_presets import RecentMarket
from execution.domain.venue_orders import TimeInForce
from execution.market.volumes import Market
from execution.models import ChildOrder, Decision, ParentOrder, Slice, Venue
from execution.selectors.recent import RECENT
from execution.selectors.room import Room
from execution.selectors.venue_records import penalties_of
from execution.selectors.work import OrderMarket, markets_of
from execution.services import claims
from execution.services.change import Change, change
from execution.services.isolation import one_by_one
from execution.services.leaving_out import note_left_out, with_left_out
from execution.services.position_locks import lock_position_limits
from execution.services.sending import Request, RequestKind, send
from execution.services.settling import settle
from risk.domain.decisions import Approved, Refused
from risk.services import gate, violations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placement:
    """A placement that a tactic asked for, before the risk gate, and the whole decision that it is part of."""

    part: Slice
    order: ParentOrder
    place: Place
    mid: Decimal
    parent_remaining: Decimal
    decision: decisions.Decision

    @property
    def venue_room(self) -> Decimal | None:
        """Return what the venue's position limit left for it, none without one."""
        return self.decision.inputs.limits.get(self.place.venue, NO_LIMITS).position_room


def work_slices(claimed: Sequence[claims.Claim], *, clock: Callable[[], datetime]) -> None:
    """Take one step with each claimed slice."""
    requests = one_by_one(claimed, lambda some: commit_intents(dict(some), clock()), what="work slices")
    if requests:
        outcomes = send(requests, clock=clock)
        settle(requests, outcomes, epochs=dict(claimed), now=clock())


def commit_intents(epochs: dict[int, int], now: datetime) -> list[Request]:
    """Ask the tactics, put their wishes before the risk gate and commit the intents."""
    orders = {part.parent_id: part.parent for part in Slice.objects.filter(pk__in=epochs).select_related("parent__instrument")}
    markets = markets_of(orders.values(), now)
    penalties = penalties_of((market.traded for market in markets.values()), now)
    recent = RECENT.of((market.traded for market in markets.values()), now)
    with change(orders, now=now) as changing:
        locked = Slice.objects.select_for_update().filter(pk__in=epochs).order_by("pk")  # against claims, which need no parent's lock
        held = [part for part in locked if claims.holds(part, epochs[part.pk])]
        claims.renew(held, now)
        lock_position_limits(markets.values())
        batch = _Batch(changing, held, markets, recent, Room.of(markets.values(), now, penalties))
        batch.note_left_out()
        for part in held:
            batch.step(part)
        batch.place()
        return batch.finish()


class _Batch:
    """The slices of one task under their orders' locks."""

    def __init__(
        self,
        changing: Change,
        held: list[Slice],
        markets: dict[int, OrderMarket],
        recent: Mapping[Market, RecentMarket],
        room: Room,
    ) -> None:
        self.changing = changing
        self.held = held
        self.markets = markets
        self.recent = recent
        self.children = _children_of(held)
        self.live = _live_of(changing.orders)
        self.sendable = {pk: order.remaining_quantity - _held(self.live[pk]) for pk, order in changing.orders.items()}
        self.room = room
        self.venues = {venue.name: venue for venue in Venue.objects.all()}
        self.titles = {venue.name: venue.title for venue in self.venues.values()}
        self.last_ends = {order.pk: order.end_at for order in changing.orders.values()}
        self.placements: list[_Placement] = []
        self.requests: list[Request] = []

    def note_left_out(self) -> None:
        """Have each order's log say which venues it does without."""
        for pk in sorted({part.parent_id for part in self.held}):
            note_left_out(self.changing, self.changing.orders[pk], self.markets[pk], self.titles, self.live[pk])

    def step(self, part: Slice) -> None:
        """Release the slice when it is due, ask its tactic and note what it wants."""
        order = self.changing.orders[part.parent_id]
        if part.state == SliceState.PENDING and not self._release(part, order):
            return
        market = self.markets[order.pk]
        inputs = DecisionInputs(
            slice=_view(part, order, self.children[part.pk], self.recent[market.traded]),
            books=market.open_books,
            listings=market.listings,
            now=self.changing.now,
            limits=self.room.limits(order.instrument, Side(order.side), market),
            left=market.left,
        )
        step = inputs.decide()
        part.next_action_at = step.next_action_at
        part.last_reason = with_left_out(step.reason, market, self.titles, self.children[part.pk])[:200]
        if order.state != OrderState.WORKING and part.state == SliceState.WORKING:
            part.state = move_slice(SliceState.WORKING, SliceState.CLOSING)
        self._note(part, order, inputs, step, market)
        if step.is_done and not step.actions:
            self._end(part, order)
        self.changing.touch(order)

    def _release(self, part: Slice, order: ParentOrder) -> bool:
        if order.state != OrderState.WORKING:
            part.next_action_at = None
            return False
        part.state = move_slice(SliceState.PENDING, SliceState.WORKING)
        part.released_at = self.changing.now
        size = f"{part.quantity.normalize():f} {order.instrument.base}"
        self.changing.log(order, "slice_released", f"Slice {part.number} released, {size}", slice=part.number, quantity=str(part.quantity))
        return True

    def _note(self, part: Slice, order: ParentOrder, inputs: DecisionInputs, step: Step, market: OrderMarket) -> None:
        decision: decisions.Decision | None = None
        children = {child.pk: child for child in self.children[part.pk]}
        for action in step.actions:
            match action:
                case Place():
                    decision = decision or self._decision(order, inputs, step)
                    self._note_placement(part, order, action, market, decision)
                case Cancel():
                    children[action.child_id].cancel_requested_at = self.changing.now
                    self._request(RequestKind.CANCEL, part, children[action.child_id])
                    self.changing.log(order, "cancel_sent", f"Withdraw {children[action.child_id]}: {action.reason}")
                case Lookup():
                    self._request(RequestKind.LOOKUP, part, children[action.child_id])

    def _decision(self, order: ParentOrder, inputs: DecisionInputs, step: Step) -> decisions.Decision:
        """Return what is kept of a step. Until something of the order is live or filled, the books are kept as deep as all of it goes:
        what it would have cost at once is measured against its first decision.
        """
        is_untouched = self.sendable[order.pk] == order.quantity
        kept = decisions.trimmed(inputs, order.quantity if is_untouched else Decimal(0))
        return decisions.Decision(inputs=kept, outcome=decisions.outcome_of(step))

    def _note_placement(self, part: Slice, order: ParentOrder, place: Place, market: OrderMarket, decision: decisions.Decision) -> None:
        mid = market.mid
        if mid is None:
            raise ValueError(f"a tactic placed an order for {order} without a market")
        remaining = self.sendable[order.pk]
        self.placements.append(_Placement(part=part, order=order, place=place, mid=mid, parent_remaining=remaining, decision=decision))
        self.sendable[order.pk] = remaining - place.quantity
        self.room.take(place.venue, order.instrument, Side(order.side), quantity=place.quantity, price=place.price or mid)

    def _request(self, kind: RequestKind, part: Slice, child: ChildOrder, approval: Approved | None = None) -> None:
        order = self.changing.orders[part.parent_id]
        self.requests.append(
            Request(
                kind=kind,
                child=child,
                symbol=order.instrument.symbol,
                side=Side(order.side),
                lease_until=part.lease_until,
                approval=approval,
            )
        )

    def _end(self, part: Slice, order: ParentOrder) -> None:
        part.state = move_slice(SliceState(part.state), SliceState.DONE)
        part.done_at = self.changing.now
        part.next_action_at = None
        part.returned_quantity = max(part.quantity - part.filled_quantity, Decimal(0))
        rest = f", {part.returned_quantity.normalize():f} back to the plan" if part.returned_quantity else ""
        filled = f"{part.filled_quantity.normalize():f} of {part.quantity.normalize():f}"
        self.changing.log(order, "slice_done", f"Slice {part.number} done: {filled}{rest}", slice=part.number)
        self.changing.review(order, self.changing.now)

    def place(self) -> None:
        """Put the placements before the risk gate and create the rows of those that it approves."""
        decisions = gate.admit_children(requests=[_to_gate(placement) for placement in self.placements], now=self.changing.now)
        created: list[tuple[_Placement, ChildOrder, Approved]] = []
        numbers = {pk: max((child.number for child in children), default=0) for pk, children in self.children.items()}
        refused: set[tuple[int, str]] = set()  # one word a slice: its placements at several venues are refused for the same reason
        for placement, decision in zip(self.placements, decisions, strict=True):
            if isinstance(decision, Refused):
                if (placement.part.pk, decision.code) not in refused:
                    self._refuse(placement, decision)
                refused.add((placement.part.pk, decision.code))
                continue
            numbers[placement.part.pk] += 1
            created.append((placement, self._child(placement, numbers[placement.part.pk]), decision))
        self._keep_decisions([(placement, child) for placement, child, _ in created])
        ChildOrder.objects.bulk_create([child for _, child, _ in created])
        for placement, child, approval in created:
            self._request(RequestKind.PLACE, placement.part, child, approval)

    def _keep_decisions(self, created: Sequence[tuple[_Placement, ChildOrder]]) -> None:
        """Store once each decision that made children, and have them name it."""
        rows = {placement.part.pk: Decision.of(placement.decision) for placement, _ in created}
        Decision.objects.bulk_create(rows.values())
        for placement, child in created:
            child.decision = rows[placement.part.pk]

    def _child(self, placement: _Placement, number: int) -> ChildOrder:
        place, part, order = placement.place, placement.part, placement.order
        child = ChildOrder(
            slice=part,
            parent=order,
            venue=self.venues[place.venue],
            number=number,
            client_order_id=client_order_id(order, part.pk, number),
            order_type=place.order_type.value,
            time_in_force=place.time_in_force.value,
            price=place.price,
            quantity=place.quantity,
            reason=place.reason[:200],
            mid_at_decision=placement.mid,
            decided_at=self.changing.now,
        )
        price = "market" if place.price is None else f"{place.price.normalize():f}"
        self.changing.log(
            order,
            "child_sent",
            f"{child} to {child.venue.title}: {place.quantity.normalize():f} at {price}, {place.time_in_force}. {place.reason}",
            child=str(child),
            client_order_id=child.client_order_id,
        )
        return child

    def _refuse(self, placement: _Placement, refused: Refused) -> None:
        order = placement.order
        placement.part.next_action_at = self.changing.now + REFUSAL_RETRY
        placement.part.last_reason = refused.reason[:200]
        self.changing.log(order, "child_refused", f"{refused.code}: {refused.reason}", code=refused.code.value)
        violations.store(
            desk_id=order.desk_id,
            at=self.changing.now,
            refused=refused,
            symbol=order.instrument.symbol,
            order_reference=order.reference,
            child_reference=f"S{placement.part.number}",
        )

    def finish(self) -> list[Request]:
        """Write the slices; those that wait for a venue keep their lease, the others give it back."""
        withdrawn = [request.child for request in self.requests if request.kind is RequestKind.CANCEL]
        ChildOrder.objects.bulk_update(withdrawn, ["cancel_requested_at"])
        fields = ["state", "next_action_at", "last_reason", "released_at", "done_at", "returned_quantity", "lease_until"]
        Slice.objects.bulk_update(self.held, fields)
        busy = {request.child.slice_id for request in self.requests}
        claims.give_back([part for part in self.held if part.pk not in busy])
        return self.requests


def _children_of(held: Sequence[Slice]) -> dict[int, list[ChildOrder]]:
    found: dict[int, list[ChildOrder]] = {part.pk: [] for part in held}
    for child in ChildOrder.objects.filter(slice__in=held).select_related("venue", "slice").order_by("number"):
        found[child.slice_id].append(child)
    return found


def _live_of(orders: Iterable[int]) -> dict[int, list[ChildOrder]]:
    """Return what is live at venues of each parent, of all its slices."""
    live: dict[int, list[ChildOrder]] = {pk: [] for pk in orders}
    for child in ChildOrder.objects.filter(parent__in=live, state__in=LIVE_CHILDREN).select_related("venue"):
        live[child.parent_id].append(child)
    return live


def _held(children: Iterable[ChildOrder]) -> Decimal:
    """Return what may still fill: a parent may send its quantity less what is filled and this."""
    return sum((max(child.remaining_quantity, Decimal(0)) for child in children), Decimal(0))


def _to_gate(placement: _Placement) -> gate.ChildRequest:
    order = placement.order
    return gate.ChildRequest(
        desk_id=order.desk_id,
        symbol=order.instrument.symbol,
        side=Side(order.side),
        quantity=placement.place.quantity,
        price=placement.place.price,
        mid=placement.mid,
        parent_remaining=placement.parent_remaining,
        venue=placement.place.venue,
        venue_room=placement.venue_room,
    )


def _view(part: Slice, order: ParentOrder, children: Sequence[ChildOrder], recent: RecentMarket) -> SliceView:
    return SliceView(
        side=Side(order.side),
        quantity=part.quantity,
        filled_quantity=part.filled_quantity,
        start_at=part.start_at,
        end_at=part.end_at,
        worst_price=worst_price(order),
        is_closing=part.state == SliceState.CLOSING or order.state != OrderState.WORKING,
        is_last=part.end_at >= order.end_at and order.remainder == Remainder.CROSS,
        patience=patience_of(order.parameters, part.urgency),
        would_price=order.would_price,
        max_venues=order.parameters.get(MAX_VENUES.name),
        order_end_at=order.end_at if order.remainder == Remainder.CROSS else None,
        preset=preset_of(order.parameters),
        recent=recent,
        max_book_age=timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS),
        children=tuple(_child_view(child) for child in children),
    )


def _child_view(child: ChildOrder) -> ChildView:
    return ChildView(
        id=child.pk,
        venue=child.venue.name,
        state=ChildState(child.state),
        time_in_force=TimeInForce(child.time_in_force),
        price=child.price,
        quantity=child.quantity,
        filled_quantity=child.filled_quantity,
        decided_at=child.decided_at,
        confirmed_at=child.confirmed_at,
        cancel_requested_at=child.cancel_requested_at,
        nudged_at=child.nudged_at,
    )


def worst_price(order: ParentOrder) -> Decimal | None:
    """Return the worse end of what the order may pay: its limit, or arrival plus its slippage cap, whichever binds first."""
    cap = tightest_cap(order.max_slippage_bps, order.parameters)
    return worst_allowed_price(Side(order.side), order.limit_price, order.arrival_mid, cap)


def client_order_id(order: ParentOrder, slice_id: int, number: int) -> str:
    """Return the id under which the venue knows a child: at most 32 of [a-z0-9], the same whenever it is asked for.

    The digest keeps two databases that trade on one venue account apart.
    """
    salt = hashlib.sha256(f"{order.created_at.isoformat()} {order.client_order_id}".encode()).hexdigest()[:10]
    return f"dm{np.base_repr(slice_id, 36)}n{np.base_repr(number, 36)}x{salt}".lower()
