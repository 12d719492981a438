"""What an execution is compared with: everything at once at market, equal clips at market, and an oracle.

The two that trade use the product's own router at each clip, so they are as good as immediate orders get. They rest nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from analytics.domain.fills import PricedFill
from analytics.lab.market import EventKind, LabEvent, LabOrder
from analytics.lab.parents import LONGEST_ANSWER, LabParent, MarketDidNotAnswer, Worked, priced
from analytics.lab.watching import Series, Watched
from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.money import fee_of
from dipmaster.domain.quantize import floor_to_step
from execution.domain.algorithms.slots import default_slice_count
from execution.domain.planning import market_for_planning
from execution.domain.routing import find_best_route
from execution.domain.venue_orders import OrderType, TimeInForce

RETRY_INTERVAL = timedelta(milliseconds=250)
MOST_TRIES = 20


def market_order(market: Watched, parent: LabParent, undisturbed: Series) -> Worked:
    """Take everything at once at market, routed over the venues' books."""
    taker = _Taker(market, parent)
    taker.take(parent.quantity)
    return taker.worked


def equal_clips(market: Watched, parent: LabParent, undisturbed: Series) -> Worked:
    """Take equal quantities at equal times at market, as often as a TWAP has slices; what a clip leaves is added to the next one."""
    taker = _Taker(market, parent)
    count = _clip_count(market, parent)
    for index in range(1, count + 1):
        due = parent.quantity * index / count
        taker.take(due - taker.filled if index < count else parent.quantity - taker.filled)
        _wait_until(market, parent.start_at + (parent.end_at - parent.start_at) * index / count)
    return taker.worked


def oracle(market: Watched, parent: LabParent, undisturbed: Series) -> Worked:
    """Fill each second's share of the volume at what others paid in that second, moving nothing, at the lowest maker fee.

    It knows the volume of the path from the start, so it is the interval VWAP of the path without the order: a bound, not an execution.
    """
    lot = max(listing.lot for listing in market.listings.values())
    cheapest = min(market.listings.values(), key=lambda listing: (listing.maker_fee_bps, listing.venue))
    shares = (undisturbed.quantities - undisturbed.quantities[0]) / max(undisturbed.quantity, np.finfo(float).tiny)
    fills: list[PricedFill] = []
    done = Decimal(0)
    for index in range(1, len(shares)):
        is_last = index == len(shares) - 1
        due = parent.quantity if is_last else floor_to_step(parent.quantity * Decimal(repr(float(shares[index]))), lot)
        if due > done:
            price = _second_price(undisturbed, index)
            fills.append(
                PricedFill(
                    at=undisturbed.start_at + undisturbed.interval * index,
                    venue=cheapest.venue,
                    price=price,
                    quantity=due - done,
                    fee=fee_of(price * (due - done), cheapest.maker_fee_bps),
                    mid=Decimal(repr(float(undisturbed.mids[index]))),
                    is_maker=True,
                )
            )
            done = due
    return Worked(fills=tuple(fills), children=0)


BASELINES = {"market": market_order, "clips": equal_clips, "oracle": oracle}


def _second_price(series: Series, index: int) -> Decimal:
    """Return the average price that others paid in the second before a sample; its mid when nobody traded."""
    quantity = float(series.quantities[index] - series.quantities[index - 1])
    notional = float(series.notionals[index] - series.notionals[index - 1])
    return Decimal(repr(notional / quantity if quantity > 0 else float(series.mids[index])))


def _clip_count(market: Watched, parent: LabParent) -> int:
    """Return as many clips as a TWAP has slices, fewer where the venues' minimums forbid as many."""
    count = default_slice_count((parent.end_at - parent.start_at).total_seconds())
    mid = consolidated_mid(tuple(market.books()))
    facts = market_for_planning(market.listings, mid) if mid else None
    return max(1, min(count, int(parent.quantity / facts.min_quantity))) if facts else count


def _wait_until(market: Watched, at: datetime) -> None:
    while market.now < at:
        market.advance(at)


class _Taker:
    """Takes quantities at market and waits for what came of it."""

    def __init__(self, market: Watched, parent: LabParent) -> None:
        self._market = market
        self._parent = parent
        self._lot = min(listing.lot for listing in market.listings.values())
        self._venues: dict[int, str] = {}
        self._fills: list[PricedFill] = []
        self.filled = Decimal(0)

    @property
    def worked(self) -> Worked:
        return Worked(fills=tuple(self._fills), children=len(self._venues))

    def take(self, quantity: Decimal) -> None:
        """Take a quantity in whole lots; try again for what did not fill, a few times, unless no venue takes so little."""
        target = self.filled + floor_to_step(quantity, self._lot)
        for _ in range(MOST_TRIES):
            books = [book for book in self._market.books() if book.bids and book.asks and not book.is_crossed]
            orders = self._orders(target - self.filled, books)
            if books and not orders:
                return
            for order in orders:
                self._venues[order.order_id] = order.venue
                self._market.place(order)
            self._hear_out({order.order_id for order in orders})
            if self.filled >= target or self._market.now >= self._parent.end_at:
                return
            _wait_until(self._market, self._market.now + RETRY_INTERVAL)

    def _orders(self, quantity: Decimal, books: Sequence[Book]) -> list[LabOrder]:
        parts = self._split(quantity, books)
        return [self._order(number, venue, part) for number, (venue, part) in enumerate(parts.items(), start=len(self._venues) + 1)]

    def _split(self, quantity: Decimal, books: Sequence[Book]) -> dict[str, Decimal]:
        """Route a quantity; what lies deeper than the books show goes to the venue that gets most anyway."""
        listings = self._market.listings
        route = find_best_route(side=self._parent.side, quantity=quantity, books=books, listings=listings, worst_price=None)
        parts = {leg.venue: leg.quantity for leg in route.legs}
        if parts:
            deepest = max(parts, key=lambda venue: (parts[venue], venue))
            rest = floor_to_step(route.unrouted_quantity, listings[deepest].lot)
            parts[deepest] = min(parts[deepest] + rest, floor_to_step(listings[deepest].max_quantity, listings[deepest].lot))
        return parts

    def _order(self, number: int, venue: str, quantity: Decimal) -> LabOrder:
        return LabOrder(
            order_id=number,
            venue=venue,
            side=self._parent.side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            price=None,
            quantity=quantity,
        )

    def _hear_out(self, waiting: set[int]) -> None:
        """Let time pass until every order has ended.

        Raises:
            MarketDidNotAnswer: one never does.
        """
        latest = self._market.now + LONGEST_ANSWER
        while waiting:
            for event in self._market.advance(latest):
                if event.kind is EventKind.FILLED:
                    self._fill(event)
                if event.kind in (EventKind.ENDED, EventKind.REJECTED):
                    waiting.discard(event.order_id)
            if waiting and self._market.now >= latest:
                raise MarketDidNotAnswer(f"{len(waiting)} market orders have no end after {LONGEST_ANSWER.total_seconds():.0f} s")

    def _fill(self, event: LabEvent) -> None:
        fill = priced(event, self._market.listings[self._venues[event.order_id]], self._market.mid())
        self._fills.append(fill)
        self.filled += fill.quantity
