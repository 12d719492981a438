"""Match orders by price, then time, in whole ticks and lots. Pure: no clock, no I/O, no money.

The background (other traders' liquidity) and own orders rest in the same queues. Background quantity is anonymous: it is
added behind what rests already and cancelled from behind, so that a cancellation never moves an own order forward while
background quantity stands behind it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Side(IntEnum):
    """Buy or sell; the value is the sign of the position change."""

    BUY = 1
    SELL = -1

    @property
    def opposite(self) -> "Side":
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Duration(StrEnum):
    """How long an order works: good till cancelled, immediate or cancel, fill or kill."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An order that reaches the book; `limit` None is a market order, `budget` caps its ticks times lots."""

    order_id: int
    owner: str
    side: Side
    quantity: int
    limit: int | None = None
    duration: Duration = Duration.GTC
    post_only: bool = False
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """One match; an id of None is the background."""

    price: int
    quantity: int
    taker_side: Side
    taker_id: int | None
    maker_id: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an incoming order: its fills, own resting orders it expired, what rests, whether it was refused."""

    fills: tuple[Fill, ...] = ()
    expired_makers: tuple[int, ...] = ()
    resting: int = 0
    would_take: bool = False


@dataclass(slots=True)
class Resting:
    """A place in a queue; `order_id` None is background quantity."""

    quantity: int
    order_id: int | None = None
    owner: str | None = None


class Level:
    """The first-in-first-out queue at one price."""

    __slots__ = ("background", "queue", "total")

    def __init__(self) -> None:
        self.queue: list[Resting] = []
        self.total = 0
        self.background = 0


class Ladder:
    """One side of the book; keys are prices signed so that the best is the smallest."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side is Side.BUY else 1
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    @property
    def best(self) -> int | None:
        """Return the best price, None when the side is empty."""
        return self.keys[0] * self.sign if self.keys else None

    def prices(self) -> Iterator[int]:
        """Yield the prices from the best on."""
        return (key * self.sign for key in self.keys)

    def open_level(self, price: int) -> Level:
        """Return the level at a price, creating it if it is empty."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level()
            insort(self.keys, price * self.sign)
        return level

    def close_level(self, price: int) -> None:
        """Remove an empty level."""
        del self.levels[price]
        del self.keys[bisect_left(self.keys, price * self.sign)]


@dataclass(slots=True)
class _Taker:
    """An incoming order while it matches."""

    side: Side
    remaining: int
    limit: int | None
    order_id: int | None
    owner: str | None
    budget: int | None
    fills: list[Fill] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)

    def affordable(self, price: int, wanted: int) -> int:
        return wanted if self.budget is None else min(wanted, self.budget // price)

    def accepts(self, price: int) -> bool:
        return self.limit is None or (self.limit - price) * self.side >= 0


class OrderBook:
    """A limit order book of one symbol on one venue."""

    def __init__(self) -> None:
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)
        self.update_id = 1
        self.changes: set[tuple[Side, int]] = set()
        self._where: dict[int, tuple[Side, int]] = {}

    @property
    def holds_own(self) -> bool:
        """Tell whether own orders rest."""
        return bool(self._where)

    def ladder(self, side: Side) -> Ladder:
        """Return the side on which orders of `side` rest."""
        return self.bids if side is Side.BUY else self.asks

    def quantity_at(self, side: Side, price: int) -> int:
        """Return the total quantity resting at a price."""
        level = self.ladder(side).levels.get(price)
        return level.total if level else 0

    def background_at(self, side: Side, price: int) -> int:
        """Return the background quantity resting at a price."""
        level = self.ladder(side).levels.get(price)
        return level.background if level else 0

    def depth(self, side: Side, limit: int) -> list[tuple[int, int]]:
        """Return (price, quantity) of the best `limit` levels."""
        ladder = self.ladder(side)
        return [(key * ladder.sign, ladder.levels[key * ladder.sign].total) for key in ladder.keys[:limit]]

    def submit(self, order: Incoming) -> Outcome:
        """Match an order and rest what is left of a good-till-cancelled limit order."""
        if order.post_only and self.crosses(order):
            return Outcome(would_take=True)
        if order.duration is Duration.FOK and self.fillable(order)[0] < order.quantity:
            return Outcome()
        taker = _Taker(order.side, order.quantity, order.limit, order.order_id, order.owner, order.budget)
        self._match(taker)
        resting = taker.remaining if order.limit is not None and order.duration is Duration.GTC else 0
        if resting and order.limit is not None:
            self._rest(order.side, order.limit, Resting(resting, order.order_id, order.owner))
        return Outcome(tuple(taker.fills), tuple(taker.expired), resting)

    def fillable(self, order: Incoming) -> tuple[int, int]:
        """Return (lots, ticks times lots) that the order would trade now, its owner's own orders left out."""
        taker = _Taker(order.side, order.quantity, order.limit, None, order.owner, order.budget)
        ladder, notional = self.ladder(order.side.opposite), 0
        for price in ladder.prices():
            if taker.remaining == 0 or not taker.accepts(price):
                break
            others = sum(entry.quantity for entry in ladder.levels[price].queue if entry.owner != order.owner)
            quantity = taker.affordable(price, min(taker.remaining, others))
            taker.remaining -= quantity
            notional += quantity * price
            if taker.budget is not None:
                taker.budget -= quantity * price
                if quantity < others:
                    break
        return order.quantity - taker.remaining, notional

    def cancel(self, order_id: int) -> int:
        """Remove a resting own order and return what was left of it, 0 when it does not rest."""
        place = self._where.pop(order_id, None)
        if place is None:
            return 0
        side, price = place
        level = self.ladder(side).levels[price]
        entry = next(item for item in level.queue if item.order_id == order_id)
        level.queue.remove(entry)
        level.total -= entry.quantity
        self._touch(side, price, level)
        return entry.quantity

    def add_background(self, side: Side, price: int, quantity: int) -> tuple[Fill, ...]:
        """Rest background quantity behind what is there; what crosses trades first, at the resting orders' prices."""
        taker = _Taker(side, quantity, price, None, None, None)
        opposite = self.ladder(side.opposite)
        if opposite.keys and taker.accepts(opposite.keys[0] * opposite.sign):
            self._match(taker)
        if taker.remaining:
            self._rest(side, price, Resting(taker.remaining))
        return tuple(taker.fills)

    def cancel_background(self, side: Side, price: int, quantity: int) -> int:
        """Cancel background quantity at a price, from behind, and return what was cancelled."""
        level = self.ladder(side).levels.get(price)
        if level is None or level.background == 0:
            return 0
        wanted = left = min(quantity, level.background)
        for index in range(len(level.queue) - 1, -1, -1):
            entry = level.queue[index]
            if entry.order_id is not None:
                continue
            taken = min(left, entry.quantity)
            entry.quantity -= taken
            left -= taken
            if entry.quantity == 0:
                del level.queue[index]
            if left == 0:
                break
        level.background -= wanted
        level.total -= wanted
        self._touch(side, price, level)
        return wanted

    def withdraw_background(self, side: Side, limit: int, *, keep: int) -> None:
        """Cancel background quantity at a limit or better, but for the best `keep` lots."""
        for price in list(self.ladder(side).prices()):
            if (price - limit) * side < 0:
                break
            kept = min(keep, self.background_at(side, price))
            self.cancel_background(side, price, self.background_at(side, price) - kept)
            keep -= kept

    def take_background(self, side: Side, limit: int, quantity: int) -> tuple[Fill, ...]:
        """Trade as an anonymous immediate-or-cancel order down to a limit."""
        taker = _Taker(side, quantity, limit, None, None, None)
        self._match(taker)
        return tuple(taker.fills)

    def crosses(self, order: Incoming) -> bool:
        """Tell whether a limit order would trade at once."""
        best = self.ladder(order.side.opposite).best
        return best is not None and order.limit is not None and (order.limit - best) * order.side >= 0

    def _match(self, taker: _Taker) -> None:
        side = taker.side.opposite
        ladder = self.ladder(side)
        while taker.remaining and ladder.keys:
            price = ladder.keys[0] * ladder.sign
            if not taker.accepts(price):
                break
            level = ladder.levels[price]
            exhausted = self._match_level(taker, level, price)
            self._touch(side, price, level)
            if exhausted:
                break

    def _match_level(self, taker: _Taker, level: Level, price: int) -> bool:
        """Trade against one queue from its front; return True when the taker's budget ends here."""
        queue, done = level.queue, 0
        while taker.remaining and done < len(queue):
            entry = queue[done]
            if entry.order_id is not None and entry.owner == taker.owner:
                self._expire(taker, level, entry)
                done += 1
                continue
            quantity = taker.affordable(price, min(taker.remaining, entry.quantity))
            if quantity == 0:
                del queue[:done]
                return True
            self._trade(taker, level, entry, price, quantity)
            done += entry.quantity == 0
        del queue[:done]
        return False

    def _trade(self, taker: _Taker, level: Level, entry: Resting, price: int, quantity: int) -> None:
        entry.quantity -= quantity
        level.total -= quantity
        taker.remaining -= quantity
        if taker.budget is not None:
            taker.budget -= quantity * price
        if entry.order_id is None:
            level.background -= quantity
        elif entry.quantity == 0:
            del self._where[entry.order_id]
        self._note(taker, Fill(price, quantity, taker.side, taker.order_id, entry.order_id))

    def _note(self, taker: _Taker, fill: Fill) -> None:
        """Append a fill, joining background pieces of one queue that differ in nothing."""
        last = taker.fills[-1] if taker.fills else None
        if last is not None and fill.maker_id is None and last.maker_id is None and last.price == fill.price:
            taker.fills[-1] = Fill(fill.price, last.quantity + fill.quantity, fill.taker_side, fill.taker_id, None)
        else:
            taker.fills.append(fill)

    def _expire(self, taker: _Taker, level: Level, entry: Resting) -> None:
        assert entry.order_id is not None
        level.total -= entry.quantity
        del self._where[entry.order_id]
        taker.expired.append(entry.order_id)

    def _rest(self, side: Side, price: int, entry: Resting) -> None:
        level = self.ladder(side).open_level(price)
        last = level.queue[-1] if level.queue else None
        if entry.order_id is None and last is not None and last.order_id is None:
            last.quantity += entry.quantity
        else:
            level.queue.append(entry)
        level.total += entry.quantity
        if entry.order_id is None:
            level.background += entry.quantity
        else:
            self._where[entry.order_id] = (side, price)
        self._touch(side, price, level)

    def _touch(self, side: Side, price: int, level: Level) -> None:
        self.update_id += 1
        self.changes.add((side, price))
        if level.total == 0:
            self.ladder(side).close_level(price)
