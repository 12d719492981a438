"""The life of one slice: rest post-only, follow the best price, take at a good moment, cross what is left at the end.

When to do which is `timing`'s; here it becomes orders. A tactic keeps nothing between steps. What is live (intents, open and unknown
children) stays counted until the venue has proven its end, so the slice can never send more than its quantity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.quantize import decimal_places
from execution.domain.actions import Action, Cancel, ChildView, Lookup, Place, SliceView, Step
from execution.domain.confirmation import LONGEST_LOOKUP_INTERVAL, holds_up, is_ioc, is_owed, lookup_reason, may_cancel, next_lookup
from execution.domain.lifecycle import LIVE_CHILDREN, ChildState
from execution.domain.pricing import crossing_price, even_parts, is_beyond, is_far, resting_price, smallest_quantity
from execution.domain.routing import NO_LIMITS, Route, VenueLimits, find_best_route
from execution.domain.timing import Tactic, Timing, TimingAction, Window, determine_execution_timing
from execution.domain.venue_orders import OrderType, TimeInForce

MOST_RESTING_VENUES = 3
REST_INTERVAL = timedelta(milliseconds=500)
RETRY_INTERVAL = timedelta(milliseconds=250)
REPEG_AFTER = timedelta(seconds=2)
WATCH_INTERVAL = timedelta(milliseconds=100)
"""How often the touch is looked at while a slice waits for a good moment: the lean of a touch lasts about a second."""
FIRST_REJECTION_PAUSE = timedelta(milliseconds=500)
LONGEST_REJECTION_PAUSE = timedelta(seconds=8)
MOST_TICKS_AWAY = 3
NOTIONAL_MARGIN = Decimal("1.0005")
"""Minimum notionals are taken this much higher, since a crossing sell is priced a collar below the level it aims at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What a step decides from: tradable books only, live children only, and the quantity that nothing live holds."""

    part: SliceView
    now: datetime
    blind: str
    """Why no book can be traded on; empty when one can."""
    books: Mapping[str, Book]
    listings: Mapping[str, Listing]
    limits: Mapping[str, VenueLimits]
    left: Mapping[str, str]
    live: tuple[ChildView, ...]
    free: Decimal
    timing: Timing

    @property
    def takeable(self) -> list[Book]:
        """Return the books of venues that are not paused after rejections; of those that owe an answer only when there are no others."""
        open_books = [book for venue, book in self.books.items() if _paused_until(self, venue) <= self.now]
        owing = {child.venue for child in self.live if is_owed(child, self.now)}
        return [book for book in open_books if book.venue not in owing] or open_books


def step(
    slice: SliceView,
    books: Sequence[Book],
    listings: Mapping[str, Listing],
    now: datetime,
    *,
    limits: Mapping[str, VenueLimits] = MappingProxyType({}),
    left: Mapping[str, str] = MappingProxyType({}),
) -> Step:
    """Return what to do now for a slice.

    `limits` are of the venues that the desk limits further than their terms do. `left` are venues that do not serve, and why: their books
    are not among `books`, and what rests there is withdrawn. While they do not answer it stays counted.
    """
    view = _look(slice, books, listings, now, limits=limits, left=left)
    over = _why_over(view)
    if over:
        return _withdraw(view, over)
    if now < slice.start_at:
        return _wait(view, [], "Waits for its start", slice.start_at)
    return _work(view)


def _work(view: _View) -> Step:
    timing, now = view.timing, view.now
    if not view.books:
        return _cross(view) if now >= timing.cross_at else _rest(view)
    at_would_price = _bounded(view, view.part.would_price)
    if at_would_price is not None and now < timing.cross_at and _can_cross(at_would_price):
        return _cross(at_would_price, "the market is at the would price")
    if timing.action is TimingAction.WAIT:
        return _hold(view)
    if timing.tactic.is_taking:
        return _cross(_bounded(view, timing.deepest_price) or view, timing.reason)
    return _rest(view)


def _why_over(view: _View) -> str:
    """Return why nothing more is wanted, empty while something is."""
    if view.part.is_closing:
        return "it is being closed"
    if view.now >= view.timing.end_at:
        return "its time is over"
    if view.part.filled_quantity >= view.part.quantity:
        return "filled"
    if not view.live and not view.listings:
        return "no venue takes the instrument at the moment"
    if not view.live and _is_too_small(view):
        return f"the rest of {_amount(view.free)} is below every venue's minimum"
    return ""


def _look(
    part: SliceView,
    books: Sequence[Book],
    listings: Mapping[str, Listing],
    now: datetime,
    *,
    limits: Mapping[str, VenueLimits],
    left: Mapping[str, str],
) -> _View:
    live = tuple(child for child in part.children if child.state in LIVE_CHILDREN)
    faults = {book.venue: _fault(book, part, now) for book in books if book.venue in listings}
    fresh = {book.venue: book for book in books if faults.get(book.venue) == ""}
    terms = {venue: _working_terms(one) for venue, one in listings.items()}
    free = part.quantity - part.filled_quantity - sum((_remaining(child) for child in live), Decimal(0))
    timing = determine_execution_timing(
        side=part.side,
        quantity=max(free, Decimal(0)),
        books=tuple(fresh.values()),
        listings=terms,
        worst_price=part.worst_price,
        window=Window(
            start_at=part.start_at, end_at=part.end_at, patience=part.patience, is_last=part.is_last, order_end_at=part.order_end_at
        ),
        preset=part.preset,
        recent=part.recent,
        now=now,
    )
    told = ", ".join(f"{venue}: {fault}" for venue, fault in sorted(faults.items()))
    blind = "" if fresh else f"No tradable book ({told or 'none'})"
    return _View(
        part=part, now=now, blind=blind, books=fresh, listings=terms, limits=limits, left=left, live=live, free=free, timing=timing
    )


def _fault(book: Book, part: SliceView, now: datetime) -> str:
    """Return why a book is not traded on, empty when it is."""
    if not (book.bids and book.asks):
        return "a side is empty"
    if not all(one.quantity > 0 and one.price > 0 for one in (book.bids[0], book.asks[0])):
        return "nothing stands at the touch"
    if book.is_crossed:
        return "crossed"
    return "" if book.is_tradable(now, part.max_book_age) else f"{book.age(now).total_seconds():.0f} s old"


def _working_terms(listing: Listing) -> Listing:
    """Return the venue's terms with a margin for prices off the mid."""
    return replace(listing, min_notional=listing.min_notional * NOTIONAL_MARGIN)


def _remaining(child: ChildView) -> Decimal:
    return max(child.quantity - child.filled_quantity, Decimal(0))


def _is_too_small(view: _View) -> bool:
    mid = consolidated_mid(tuple(view.books.values()))
    return all(view.free < smallest_quantity(listing, mid) for listing in view.listings.values())


def _bounded(view: _View, price: Decimal | None) -> _View | None:
    """Return the view with a price as its worst one, unless that is tighter; none without a book or a price."""
    worst, side = view.part.worst_price, view.part.side
    if price is None or not view.books:
        return None
    if worst is not None and is_beyond(side, price, worst):
        price = worst
    return replace(view, part=replace(view.part, worst_price=price))


def _can_cross(view: _View) -> bool:
    """Tell whether some venue offers a price within the worst one; else the order keeps resting there."""
    side, worst = view.part.side, view.part.worst_price
    return any(not is_beyond(side, book.opposite(side)[0].price, worst) for book in view.books.values())


# The three phases: withdraw, cross, rest.


def _withdraw(view: _View, why: str) -> Step:
    if not view.live:
        return Step(actions=(), next_action_at=view.now + RETRY_INTERVAL, is_done=True, reason=f"Done: {why}")
    cancels = [_cancel(child, f"Cancel: {why}") for child in view.live if may_cancel(child, view.now)]
    return _wait(view, cancels, f"Withdraws {_orders(len(view.live))}: {why}", _answers_at(view))


def _answers_at(view: _View) -> datetime:
    """Return when to look for answers: soon for what is being cancelled; what is unknown is asked for at its own pace."""
    is_any_open = any(child.state is ChildState.OPEN for child in view.live)
    return view.now + (RETRY_INTERVAL if is_any_open else LONGEST_LOOKUP_INTERVAL)


def _cross(view: _View, why: str = "patience is over") -> Step:
    cancels = [_cancel(c, f"Cancel: {why}, the rest will be crossed") for c in view.live if not is_ioc(c) and may_cancel(c, view.now)]
    held_up = [child for child in view.live if holds_up(child, view.now)]
    if held_up:
        return _wait(view, cancels, f"Crosses when {_orders(len(held_up))} ended", view.now + RETRY_INTERVAL)
    if view.free <= 0:
        return _wait(view, cancels, f"Waits for proof of what became of {_orders(len(view.live))}", _answers_at(view))
    if not view.books:
        return _wait(view, cancels, f"{view.blind}: waits", view.now + RETRY_INTERVAL)
    if _free_now(view) <= 0:
        return _wait(view, cancels, f"Waits with {_amount(view.free)}: {view.timing.reason}", view.now + RETRY_INTERVAL)
    route = _route(view)
    places = [_take(view, route, index, why) for index in range(len(route.legs))]
    reason = f"Crosses {_amount(route.quantity)}" if places else f"Cannot cross {_amount(view.free)} at the moment: {_why_nowhere(route)}"
    return replace(_wait(view, [*cancels, *places], reason, view.now + RETRY_INTERVAL), route=route)


def _rest(view: _View) -> Step:
    cancels = [
        _cancel(child, reason)
        for child in view.live
        if may_cancel(child, view.now) and (reason := _why_left(view, child) or _repeg_reason(view, child))
    ]
    if not view.books:
        return _wait(view, cancels, f"{view.blind}: waits", view.now + RETRY_INTERVAL)
    places = _posts(view)
    return _wait(view, [*cancels, *places], _resting_reason(view, len(places)), _no_later_than_crossing(view, REST_INTERVAL))


def _hold(view: _View) -> Step:
    """Send nothing; what rests stays, unless it is to be withdrawn or lies beyond the worst price."""
    why = f"Cancel: {view.timing.reason}" if view.timing.withdraws else ""
    resting = [child for child in view.live if not is_ioc(child) and may_cancel(child, view.now)]
    cancels = [_cancel(child, reason) for child in resting if (reason := why or _why_left(view, child) or _beyond_reason(view, child))]
    return _wait(view, cancels, f"Waits: {view.timing.reason}", _no_later_than_crossing(view, WATCH_INTERVAL))


def _no_later_than_crossing(view: _View, interval: timedelta) -> datetime:
    until, cross_at = view.now + interval, view.timing.cross_at
    return min(until, cross_at) if cross_at > view.now else until


def _wait(view: _View, actions: Sequence[Action], reason: str, until: datetime) -> Step:
    """End the step: add the lookups that are due and come back in time for the next one and for the slice's end."""
    cancelled = {action.child_id for action in actions if isinstance(action, Cancel)}
    lookups = [Lookup(child_id=c.id, reason=why) for c in view.live if c.id not in cancelled and (why := lookup_reason(c, view.now))]
    times = [until, *(next_lookup(child, view.now) for child in view.live if child.state is not ChildState.OPEN)]
    if view.timing.end_at > view.now:
        times.append(view.timing.end_at)
    return Step(actions=(*lookups, *actions), next_action_at=min(times), is_done=False, reason=reason)


def _cancel(child: ChildView, reason: str) -> Cancel:
    return Cancel(child_id=child.id, reason=reason)


# Resting.


def _why_left(view: _View, child: ChildView) -> str:
    """Return why a resting child must go whatever its price: its venue does not serve; empty to leave it."""
    why = view.left.get(child.venue)
    if why is None and child.venue not in view.listings:
        why = "it takes no orders any more"
    return "" if why is None else f"Cancel: {child.venue} is left: {why}"


def _beyond_reason(view: _View, child: ChildView) -> str:
    """Return why a child beyond the worst price must go, empty when it is not."""
    worst, listing = view.part.worst_price, view.listings.get(child.venue)
    if worst is None or child.price is None or listing is None or not is_beyond(view.part.side, child.price, worst):
        return ""
    return f"Cancel: {_price(child.price, listing)} is beyond the worst price {_price(worst, listing)}"


def _repeg_reason(view: _View, child: ChildView) -> str:
    """Return why a resting child must go: beyond the worst price, or left behind by where it should rest; empty to leave it."""
    side, listing = view.part.side, view.listings.get(child.venue)
    if child.price is None or listing is None or is_ioc(child):
        return ""
    beyond, book = _beyond_reason(view, child), view.books.get(child.venue)
    if beyond or book is None or view.now - child.decided_at < REPEG_AFTER:
        return beyond
    best = _resting_price(view, book)
    behind = side.sign * (best - child.price)
    if behind >= listing.tick and float(behind / best * BPS) > view.part.preset.follows_beyond_bps:
        return f"Cancel: the best price moved from {_price(child.price, listing)} to {_price(best, listing)}"
    return ""


def _posts(view: _View) -> list[Action]:
    """Post the free quantity: venues without an order of ours first, then the lowest maker fee, then the best price."""
    free, side = _free_now(view), view.part.side
    if free <= 0:
        return []
    resting = {child.venue for child in view.live if child.venue not in view.left}
    ranked = sorted(
        (book for book in view.takeable if book.venue in view.timing.venues),
        key=lambda b: (b.venue in resting, view.listings[b.venue].maker_fee_bps, -side.sign * b.own(side)[0].price, b.venue),
    )
    most = view.part.max_venues
    if most is not None and len(resting) >= most:
        ranked = [book for book in ranked if book.venue in resting]
    prices = {book.venue: _post_price(view, book) for book in ranked}
    offers = [
        (_allowed_terms(view, venue), price) for venue, price in prices.items() if price > 0 and not is_far(price, view.books[venue].mid)
    ]
    parts = even_parts(free, offers, max(1, (most or MOST_RESTING_VENUES) - len(resting)))
    return [_post(view, venue, prices[venue], quantity) for venue, quantity in parts]


def _allowed_terms(view: _View, venue: str) -> Listing:
    """Return a venue's terms with the most that an order there may be."""
    listing = view.listings[venue]
    return replace(listing, max_quantity=view.limits.get(venue, NO_LIMITS).most(listing.max_quantity))


def _free_now(view: _View) -> Decimal:
    """Return what may be sent now: less than what is free where only a share of the slice is to be worked."""
    return view.free - view.part.quantity * (1 - Decimal(repr(view.timing.quantity_share)))


def _post_price(view: _View, book: Book) -> Decimal:
    ticks_away = min(len(_rejections(view, book.venue)), MOST_TICKS_AWAY)
    return _resting_price(view, book, ticks_away)


def _resting_price(view: _View, book: Book, ticks_away: int = 0) -> Decimal:
    """Return where a venue's book is to be rested on, never beyond the worst price; on the tick."""
    side, listing, timing = view.part.side, view.listings[book.venue], view.timing
    best, spread = book.own(side)[0].price, book.asks[0].price - book.bids[0].price
    inside = Decimal(0)
    if timing.spread_share is not None:
        inside = spread * (Decimal(repr(timing.spread_share)) + Decimal("0.5"))
    elif timing.tactic is Tactic.IMPROVE and spread >= (view.part.preset.improves_from_ticks or 0) * listing.tick:
        inside = listing.tick
    inside -= best * Decimal(repr(timing.behind_bps)) / BPS
    return resting_price(side, book, listing, view.part.worst_price, inside=inside, ticks_away=ticks_away)


def _post(view: _View, venue: str, price: Decimal, quantity: Decimal) -> Place:
    book = view.books[venue]
    name = "bid" if view.part.side.sign > 0 else "ask"
    better = view.part.side.sign * (price - book.own(view.part.side)[0].price)
    where = f"at best {name}" if not better else f"{'inside' if better > 0 else 'behind'} best {name}, at"
    return Place(
        venue=venue,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.POST_ONLY,
        price=price,
        quantity=quantity,
        reason=f"Post {where} {_price(price, view.listings[venue])}: {_plan_in_words(view)}",
    )


def _plan_in_words(view: _View) -> str:
    timing = view.timing
    seconds = (timing.cross_at - view.now).total_seconds()
    why = f"{timing.reason}; " if timing.reason else ""
    if seconds <= 0:
        return timing.reason
    return f"{why}rest {max(seconds, 1):,.0f} s, then {'cross' if timing.cross_at < timing.end_at else 'withdraw'}"


def _resting_reason(view: _View, posted: int) -> str:
    count = len(view.live) + posted
    if not count:
        mid, worst = consolidated_mid(tuple(view.books.values())), view.part.worst_price
        if mid is not None and worst is not None and is_far(worst, mid):
            return f"Waits: the worst price {_amount(worst)} is {abs(worst / mid - 1):.1%} from the market, too far to rest there"
        why = "waits" if _has_room(view) else "balances and position limits leave no room"
        return f"Cannot post {_amount(view.free)} at the moment: {why}"
    return f"{_orders(count)} resting: {_plan_in_words(view)}"


def _has_room(view: _View) -> bool:
    """Tell whether the limits leave some venue at least its smallest order."""
    terms = {venue: _allowed_terms(view, venue) for venue in view.books}
    return any(smallest_quantity(one, view.books[venue].mid) <= one.max_quantity for venue, one in terms.items())


def _rejections(view: _View, venue: str) -> list[ChildView]:
    """Return the children that the venue turned away since it last accepted one of this slice."""
    found: list[ChildView] = []
    for child in sorted(view.part.children, key=lambda c: (c.decided_at, c.id), reverse=True):
        if child.venue != venue:
            continue
        if not child.was_turned_away:
            break
        found.append(child)
    return found


def _paused_until(view: _View, venue: str) -> datetime:
    """Return until when a venue that keeps rejecting is left alone: not at all after the first time, then twice as long each time."""
    rejected = _rejections(view, venue)
    if len(rejected) <= 1:
        return view.now
    pause: timedelta = min(FIRST_REJECTION_PAUSE * (1 << min(len(rejected) - 2, 10)), LONGEST_REJECTION_PAUSE)
    return rejected[0].decided_at + pause


# Crossing.


def _route(view: _View) -> Route:
    return find_best_route(
        side=view.part.side,
        quantity=_free_now(view),
        books=view.takeable,
        listings=view.listings,
        worst_price=view.part.worst_price,
        limits=view.limits,
        max_venues=view.part.max_venues,
    )


def _why_nowhere(route: Route) -> str:
    return ", ".join(f"{one.venue}: {one.reason}" for one in route.rejected) or "waits"


def _take(view: _View, route: Route, index: int, why: str) -> Place:
    leg = route.legs[index]
    listing = view.listings[leg.venue]
    price = crossing_price(view.part.side, leg.worst_price, listing, view.part.worst_price)
    return Place(
        venue=leg.venue,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        price=price,
        quantity=leg.quantity,
        reason=f"Cross to {_price(leg.worst_price, listing)}, limit {_price(price, listing)}: {why}",
    )


def _price(price: Decimal, listing: Listing) -> str:
    return f"{price:,.{decimal_places(listing.tick)}f}"


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"
