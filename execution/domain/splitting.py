"""The cheapest split of a quantity over several price ladders with lots, minimums and maximums: exact, in decimals.

A split that may cut lots takes the cheapest levels first; prefix sums and a search for the price where it ends find it without walking the
levels. Where it keeps every lot, minimum and the number of venues, it is the best split. Where it does not, the problem is branched on the
rule it breaks, and the branch with the best bound is solved next, so the first split that keeps all rules is the best one.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from math import inf
from operator import sub

from dipmaster.domain.books import Depth

ZERO = Decimal(0)
FEW_DIVISIONS = 8
"""So long it is left open which venues are used: mostly the split in whole lots is next to the one that cuts them."""
MOST_DIVISIONS = 20_000
"""Lots that venues have need a few dozen, odd ones some thousand. Where lots have no small common multiple and sums miss the quantity,
countless parts tie: then amounts are cut to whole lots, which routes up to a lot of each venue less than could be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One side of a venue's book and what the venue takes.

    `factor`: what a unit costs, all in, is this times its price in `depth` (negative for what a sale brings).
    `levels`: how many levels may be taken. `lot`, `least`, `most`: base currency; an order is of whole lots from least to most, both whole
    lots and no more than the levels show, or none.
    """

    venue: str
    depth: Depth
    factor: Decimal
    levels: int
    lot: Decimal
    least: Decimal
    most: Decimal

    @property
    def best_rate(self) -> Decimal:
        """Return what a unit costs at the best price."""
        return self.depth.prices[0] * self.factor

    def last_rate(self, quantity: Decimal) -> Decimal:
        """Return what a unit costs at the deepest level that a quantity takes from."""
        return self.depth.prices[self.depth.levels(quantity) - 1] * self.factor

    def cost(self, quantity: Decimal) -> Decimal:
        """Return what a quantity costs."""
        return self.depth.value(quantity) * self.factor


@dataclass(frozen=True, slots=True)
class _Split:
    """Quantities by ladder, and their sum. `cost` is beyond that of the split that all parts come from.

    `rate` is that of the dearest level taken, none when all ladders gave all they could.
    """

    amounts: tuple[Decimal, ...]
    total: Decimal
    cost: Decimal
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Least and most of each ladder. A ladder that may still be left out, with its minimum undecided, has a least of zero."""

    low: tuple[Decimal, ...]
    high: tuple[Decimal, ...]

    def within(self, index: int, low: Decimal, high: Decimal) -> "_Bounds":
        """Return the same with other bounds of one ladder."""
        return _Bounds((*self.low[:index], low, *self.low[index + 1 :]), (*self.high[:index], high, *self.high[index + 1 :]))

    def is_undecided(self, index: int) -> bool:
        """Tell whether the ladder may either be left out or used."""
        return self.high[index] > 0 and self.low[index] == 0


@dataclass(order=True, slots=True)
class _Open:
    """A part of the problem: no split in it routes more than `-rank[0]`, or as much at less than `rank[1]`.

    `split` is the one that the part was divided from, and the best one once `is_solved`.
    """

    rank: tuple[Decimal, Decimal]
    number: int
    bounds: _Bounds = field(compare=False)
    split: _Split = field(compare=False)
    is_solved: bool = field(default=False, compare=False)


def best_split(ladders: Sequence[Ladder], quantity: Decimal, max_venues: int | None) -> tuple[Decimal, ...]:
    """Return the quantities by ladder that route the most of `quantity`, and of those the cheapest, over at most `max_venues` ladders.

    All are zero when no split is allowed.
    """
    return _Search(ladders, quantity, max_venues).best()


class _Search:
    """Branch and bound, best bound first."""

    def __init__(self, ladders: Sequence[Ladder], quantity: Decimal, max_venues: int | None) -> None:
        self._ladders = ladders
        self._quantity = quantity
        self._most_venues = inf if max_venues is None else max_venues
        self._waiting: list[_Open] = []
        self._numbered = self._divisions = 0

    def best(self) -> tuple[Decimal, ...]:
        """Return the quantities of the best split."""
        nothing = (ZERO,) * len(self._ladders)
        bounds = _Bounds(nothing, tuple([ladder.most for ladder in self._ladders]))
        split = self._first(bounds)
        if self._is_allowed(split):
            return split.amounts
        self._divide(bounds, split)
        while self._waiting:
            part = heapq.heappop(self._waiting)
            if part.is_solved:
                return part.split.amounts
            found = self._moved(part.bounds, part.split)
            if found is None:
                continue
            if self._is_allowed(found):
                rank = (-found.total, found.cost)
                heapq.heappush(self._waiting, _Open(rank, part.number, part.bounds, found, is_solved=True))
            elif self._divisions < MOST_DIVISIONS:
                self._divide(part.bounds, found)
            elif not any(part.bounds.is_undecided(index) for index in range(len(self._ladders))) and self._uses_few(found):
                return tuple([amount - amount % ladder.lot for ladder, amount in zip(self._ladders, found.amounts, strict=True)])
        return nothing

    def _divide(self, bounds: _Bounds, split: _Split) -> None:
        self._divisions += 1
        for divided, extra in self._branches(bounds, split):
            self._numbered += 1
            heapq.heappush(self._waiting, _Open((-split.total, split.cost + extra), self._numbered, divided, split))

    def _first(self, bounds: _Bounds) -> _Split:
        """Return the cheapest split of the whole that may cut lots and fall below minimums."""
        target, most = self._target(bounds), sum(bounds.high, ZERO)
        if most <= target:
            return _Split(bounds.high, most, ZERO, None)
        rate, amounts = self._last_rate(bounds.high, target)
        left = target - sum(amounts)
        for index, ladder in enumerate(self._ladders):
            if not left:
                break
            count = bisect_right(ladder.depth.prices, rate / ladder.factor, 0, ladder.levels)
            part = min(left, min(ladder.depth.reached[count], bounds.high[index]) - amounts[index])
            amounts[index] += part
            left -= part
        return _Split(tuple(amounts), target, ZERO, rate)

    def _target(self, bounds: _Bounds) -> Decimal:
        """Return the most that whole lots can sum to: the quantity cut to the step that every sum of their lots keeps to."""
        step = common_step(tuple([ladder.lot for ladder, high in zip(self._ladders, bounds.high, strict=True) if high]))
        return self._quantity - self._quantity % step if step else ZERO

    def _last_rate(self, most: Sequence[Decimal], target: Decimal) -> tuple[Decimal, list[Decimal]]:
        """Return the lowest rate up to which all levels together reach the target, and what each ladder gives at lower rates.

        All levels up to a rate either reach the target or not: each step tries the middle of the longest run of levels in doubt. Rates are
        compared as prices, rate / factor: the quotient is a price itself where the two are equal, so rounding it cannot mistake them.
        """
        parts = [(one.depth.prices, one.depth.reached, one.factor, high) for one, high in zip(self._ladders, most, strict=True)]
        first, last = [0] * len(parts), [min(ladder.levels, ladder.depth.levels(target)) for ladder in self._ladders]
        rate, below = ZERO, [ZERO] * len(parts)
        doubt = last[:]
        while widest := max(doubt):
            index = doubt.index(widest)
            middle = first[index] + widest // 2
            tried = parts[index][0][middle] * parts[index][2]
            counts, amounts, total = [], [], ZERO
            for (prices, reached, factor, high), start, end in zip(parts, first, last, strict=True):
                count = bisect_right(prices, tried / factor, start, end)
                amount = reached[count]
                amount = high if amount > high else amount
                counts.append(count)
                amounts.append(amount)
                total += amount
            if total < target:
                first, below = counts, amounts
            else:
                rate, last = tried, counts
                last[index] = middle
            doubt = list(map(sub, last, first))
        return rate, below

    def _moved(self, bounds: _Bounds, split: _Split) -> _Split | None:
        """Return the cheapest split within bounds that may cut lots, from the cheapest within wider ones; none when leasts are too much.

        Cut to the new bounds, every ladder still gives what is best at the rate of the split, so adding what is missing at the lowest
        rates, or taking back what is too much at the highest, keeps the split the cheapest.
        """
        target = self._target(bounds)
        if sum(bounds.low) > target:
            return None
        amounts = [min(max(ends), high) for *ends, high in zip(split.amounts, bounds.low, bounds.high, strict=True)]
        cost = split.cost
        for ladder, before, amount in zip(self._ladders, split.amounts, amounts, strict=True):
            if amount != before:
                cost += ladder.cost(amount) - ladder.cost(before)
        missing, rate = target - sum(amounts), split.rate
        while missing > 0:
            steps = [
                self._step_up(index, amount, bounds.high[index]) for index, amount in enumerate(amounts) if amount < bounds.high[index]
            ]
            if not steps:
                return _Split(tuple(amounts), target - missing, cost, None)
            rate, index, most = min(steps)
            part = min(missing, most)
            amounts[index] += part
            cost += part * rate
            missing -= part
        while missing < 0:
            steps = [
                self._step_down(index, amount, bounds.low[index]) for index, amount in enumerate(amounts) if amount > bounds.low[index]
            ]
            rate, index, most = max(steps)
            part = min(-missing, most)
            amounts[index] -= part
            cost -= part * rate
            missing += part
        return _Split(tuple(amounts), target, cost, rate)

    def _step_up(self, index: int, amount: Decimal, high: Decimal) -> tuple[Decimal, int, Decimal]:
        """Return the rate at which a ladder gives more, its index, and how much it gives at that rate."""
        ladder = self._ladders[index]
        level = bisect_right(ladder.depth.reached, amount)
        return ladder.depth.prices[level - 1] * ladder.factor, index, min(ladder.depth.reached[level], high) - amount

    def _step_down(self, index: int, amount: Decimal, low: Decimal) -> tuple[Decimal, int, Decimal]:
        """Return the rate of a ladder's last level, its index, and how much it gives at that rate."""
        ladder = self._ladders[index]
        level = ladder.depth.levels(amount) - 1
        return ladder.depth.prices[level] * ladder.factor, index, amount - max(ladder.depth.reached[level], low)

    def _is_allowed(self, split: _Split) -> bool:
        for ladder, amount in zip(self._ladders, split.amounts, strict=True):
            if amount and (amount < ladder.least or amount % ladder.lot):
                return False
        return self._uses_few(split)

    def _uses_few(self, split: _Split) -> bool:
        return sum([amount > 0 for amount in split.amounts]) <= self._most_venues

    def _extra(self, split: _Split, index: int, amount: Decimal) -> Decimal:
        """Return at least how much dearer the split becomes when one ladder gives another amount, at the rate of the rest.

        With rate r of the split, no split of the same total costs less than the sum over the ladders of the least of cost(q) - r q, plus r
        times the total (the Lagrangian bound), and each ladder's amount is where its term is least.
        """
        if split.rate is None:
            return ZERO
        ladder, before = self._ladders[index], split.amounts[index]
        return ladder.cost(amount) - ladder.cost(before) - split.rate * (amount - before)

    def _branches(self, bounds: _Bounds, split: _Split) -> Iterator[tuple[_Bounds, Decimal]]:
        """Divide a part whose best split breaks a rule, with what each division costs at least; no allowed split is lost."""
        undecided = [index for index in range(len(self._ladders)) if bounds.is_undecided(index)]
        used = [index for index in undecided if split.amounts[index]]
        below = [index for index in used if split.amounts[index] < self._ladders[index].least]
        if below or sum(amount > 0 for amount in split.amounts) > self._most_venues:
            for index in (below or used)[:1]:
                yield self._without(bounds, split, index)
                yield self._with(bounds, split, index)
            return
        if self._divisions <= FEW_DIVISIONS and len({ladder.lot for ladder in self._ladders}) > 1:
            yield from self._between_lots(bounds, split)
            return
        for index in undecided:
            left_out, taken_in = self._without(bounds, split, index), self._with(bounds, split, index)
            (bounds, _), other = (taken_in, left_out) if split.amounts[index] else (left_out, taken_in)
            yield other
        if split.total > self._target(bounds):
            yield bounds, ZERO
        else:
            yield from self._in_lots(bounds, split)

    def _without(self, bounds: _Bounds, split: _Split, index: int) -> tuple[_Bounds, Decimal]:
        return bounds.within(index, ZERO, ZERO), self._extra(split, index, ZERO)

    def _with(self, bounds: _Bounds, split: _Split, index: int) -> tuple[_Bounds, Decimal]:
        least = self._ladders[index].least
        extra = self._extra(split, index, least) if split.amounts[index] < least else ZERO
        return bounds.within(index, least, bounds.high[index]), extra

    def _in_lots(self, bounds: _Bounds, split: _Split) -> Iterator[tuple[_Bounds, Decimal]]:
        """Divide by lots near the split, once it is decided which ladders are used.

        The best split is within n M of the one that cuts lots, M being the common multiple of the n lots: in a split further away another
        ladder would be M or more off in the other direction, and moving M between the two keeps lots and bounds and, costs being convex,
        makes nothing dearer.
        """
        lots = tuple([ladder.lot for ladder, high in zip(self._ladders, bounds.high, strict=True) if high])
        reach = len(lots) * common_multiple(lots)
        below = [amount - amount % ladder.lot for ladder, amount in zip(self._ladders, split.amounts, strict=True)]
        near = _Bounds(
            tuple([max(low, amount - reach) for low, amount in zip(bounds.low, below, strict=True)]),
            tuple([min(high, amount + reach) for high, amount in zip(bounds.high, below, strict=True)]),
        )
        if len(set(lots)) == 1:
            yield self._lot_by_lot(near, split, lots[0])
        else:
            yield from self._between_lots(near, split)

    def _between_lots(self, bounds: _Bounds, split: _Split) -> Iterator[tuple[_Bounds, Decimal]]:
        """Divide where a ladder's amount is between two lots: at most the lower one, at least the upper one."""
        index = next(index for index, ladder in enumerate(self._ladders) if split.amounts[index] % ladder.lot)
        lot = self._ladders[index].lot
        down = split.amounts[index] - split.amounts[index] % lot
        yield bounds.within(index, bounds.low[index], down), self._extra(split, index, down)
        if down + lot <= bounds.high[index]:
            yield bounds.within(index, down + lot, bounds.high[index]), self._extra(split, index, down + lot)

    def _lot_by_lot(self, bounds: _Bounds, split: _Split, lot: Decimal) -> tuple[_Bounds, Decimal]:
        """Return the one best split in lots of one size, and what it costs more: from the leasts on, each next lot is the cheapest left.

        It is where levels are no whole lots, so that no ladder's share of the split that cuts lots need be.
        """
        amounts = list(bounds.low)
        nexts = [self._next_lot(index, amounts[index], bounds, lot) for index in range(len(amounts))]
        for _ in range(int((split.total - sum(amounts)) / lot)):
            index = nexts.index(min(nexts))
            amounts[index] += lot
            nexts[index] = self._next_lot(index, amounts[index], bounds, lot)
        costs = [ladder.cost(now) - ladder.cost(before) for ladder, now, before in zip(self._ladders, amounts, split.amounts, strict=True)]
        return _Bounds(tuple(amounts), tuple(amounts)), sum(costs, ZERO)

    def _next_lot(self, index: int, amount: Decimal, bounds: _Bounds, lot: Decimal) -> Decimal:
        """Return what a ladder's next lot costs, infinity beyond its most."""
        if amount + lot > bounds.high[index]:
            return Decimal("Infinity")
        return self._ladders[index].cost(amount + lot) - self._ladders[index].cost(amount)


@lru_cache(maxsize=1024)
def common_step(steps: tuple[Decimal, ...]) -> Decimal:
    """Return the largest step that all steps are whole multiples of, zero without steps."""
    found = ZERO
    for step in steps:
        rest = step
        while rest:
            found, rest = rest, found % rest
    return found


@lru_cache(maxsize=1024)
def common_multiple(steps: tuple[Decimal, ...]) -> Decimal:
    """Return the smallest quantity that is a whole multiple of every step."""
    found = steps[0]
    for step in steps[1:]:
        found = found / common_step((found, step)) * step
    return found
