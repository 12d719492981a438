"""Others' liquidity in one book, as a recording or a model shows it; own orders keep their places in its queues.

What own orders met on its way in stays taken: the quantity shown at that price is the one shown by the source less what was
taken, until the source empties that level or shows less than was taken.
"""

from collections.abc import Iterable
from itertools import takewhile

from execution.paper.engine import Fill, Side
from execution.paper.pair import Pair
from execution.paper.venue import Venue

Place = tuple[Side, int]


class Background:
    """The others in one book: what they show, and what they take."""

    def __init__(self, venue: Venue, pair: Pair) -> None:
        self.venue, self.pair, self.book = venue, pair, pair.book
        self._taken: dict[Place, int] = {}

    def note_taken(self, side: Side, price: int, quantity: int) -> None:
        """Remember what an own order took of the level that `side` shows at a price."""
        self._taken[side, price] = self._taken.get((side, price), 0) + quantity

    def show(self, side: Side, price: int, quantity: int, now_ms: int) -> None:
        """Make what others show at a price this quantity, less what own orders took of it; what crosses own orders fills them."""
        key = (side, price)
        taken = min(self._taken.get(key, 0), quantity)
        if taken:
            self._taken[key] = taken
        else:
            self._taken.pop(key, None)
        change = quantity - taken - self.book.background_at(side, price)
        if change < 0:
            self.book.cancel_background(side, price, -change)
        elif change > 0:
            self._add(side, price, change, now_ms)

    def take(self, side: Side, limit: int, quantity: int, now_ms: int) -> None:
        """Let a taker trade down to a limit; what the book does not show down there was traded all the same, at the limit."""
        fills = self.book.take_background(side, limit, quantity)
        left = quantity - sum(fill.quantity for fill in fills)
        unseen = (Fill(limit, left, side, None, None),) if left else ()
        self.settle((*fills, *unseen), now_ms)

    def settle(self, fills: Iterable[Fill], now_ms: int) -> None:
        """Print fills and settle the own orders in them."""
        self.venue.apply_fills(self.pair, fills, now_ms)

    def better_than(self, side: Side, price: int) -> list[int]:
        """Return the prices of a side that are better than a price."""
        return list(takewhile(lambda other: (other - price) * side > 0, self.book.ladder(side).prices()))

    def drop(self, side: Side, price: int) -> None:
        """Remove what others show at a price."""
        self.book.cancel_background(side, price, self.book.background_at(side, price))

    def _add(self, side: Side, price: int, quantity: int, now_ms: int) -> None:
        for crossed in self.better_than(side.opposite, price - side.opposite):  # others never cross each other: that side is gone
            self.drop(side.opposite, crossed)
        fills = self.book.add_background(side, price, quantity)
        if fills:
            self.note_taken(side, price, sum(fill.quantity for fill in fills))
            self.settle(fills, now_ms)
