"""The cheapest split of a quantity over several price ladders with lots, minimums and maximums, in whole numbers.

Levels become blocks of whole lots at their all-in cost (fee included). Without minimums the cheapest blocks are the best split. Minimums
make every set of venues a problem of its own, so the sets are searched, best bound first; venues with different lots are searched lot by
lot around the split that ignores the coarser lot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import gcd, lcm

from dipmaster.domain.books import Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.pricing import smallest_quantity


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lots of one venue at one cost. `rate`: cost per unit of quantity, times the common multiple of the lots."""

    rate: int
    venue: int
    amount: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A venue in whole units; `forced` is the cost of its minimum, `blocks` what lies beyond it."""

    name: str
    lot: int
    least: int
    most: int
    forced: int
    blocks: tuple[_Block, ...]


@dataclass(frozen=True, slots=True)
class _Split:
    """Amounts by venue index, and their sum and cost. More is better, then cheaper."""

    amounts: dict[int, int]
    total: int
    cost: int

    @property
    def rank(self) -> tuple[int, int]:
        return (-self.total, self.cost)


_NOTHING = _Split({}, 0, 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """The problem in whole numbers: quantities in `unit`, costs in rates x units (negative for what a sell brings in)."""

    unit: Decimal
    target: int
    venues: tuple[_Candidate, ...]
    blocks: tuple[_Block, ...]

    @classmethod
    def of(cls, side: Side, quantity: Decimal, sources: Sequence[tuple[Sequence[Level], Listing]]) -> "Grid":
        """Build the grid; venues whose depth is below their minimum are left out."""
        sizes = [quantity, *(size for levels, listing in sources for size in (listing.lot, *(level.quantity for level in levels)))]
        unit = _finest(sizes)
        price_unit = _finest([level.price for levels, _ in sources for level in levels] or [Decimal(1)])
        fee_unit = _finest([listing.taker_fee_bps for _, listing in sources] or [Decimal(1)])
        multiple = lcm(*(int(listing.lot / unit) for _, listing in sources))
        venues: list[_Candidate] = []
        for levels, listing in sources:
            fee = int((BPS + side.sign * listing.taker_fee_bps) / fee_unit)
            steps = [(side.sign * int(level.price / price_unit) * fee, int(level.quantity / unit)) for level in levels]
            lot = int(listing.lot / unit)
            least = int(smallest_quantity(listing, min(levels[0].price, levels[-1].price)) / unit)
            blocks = _lot_blocks(steps, lot, multiple // lot, int(listing.max_quantity / unit) // lot * lot, len(venues))
            most = sum(block.amount for block in blocks)
            if most >= least:
                forced, beyond = _cut(blocks, least)
                venues.append(_Candidate(listing.venue, lot, least, most, forced, beyond))
        merged = sorted((block for venue in venues for block in venue.blocks), key=lambda block: (block.rate, block.venue))
        return cls(unit, int(quantity / unit), tuple(venues), tuple(merged))

    def best_split(self, max_venues: int | None) -> dict[str, Decimal]:
        """Return the best quantities by venue name."""
        count = len(self.venues)
        sizes = range(1, min(count, count if max_venues is None else max_venues) + 1)
        sets = [frozenset(chosen) for size in sizes for chosen in combinations(range(count), size)]
        bounds = [(bound.rank, sorted(chosen)) for chosen in sets if (bound := self._bound(chosen))]
        best = _NOTHING
        for rank, chosen in sorted(bounds):
            if rank >= best.rank:
                break
            found = self._exact(frozenset(chosen), self.target)
            if found and found.rank < best.rank:
                best = found
        return {self.venues[i].name: amount * self.unit for i, amount in sorted(best.amounts.items())}

    def _bound(self, chosen: frozenset[int]) -> _Split | None:
        """Return a split that no split in whole lots can beat: lots are cut down to the step that every sum of lots keeps to."""
        step = gcd(*(self.venues[i].lot for i in chosen))
        return self._cheapest(chosen, self.target // step * step)

    def _cheapest(self, chosen: frozenset[int], target: int) -> _Split | None:
        """Return the cheapest split over exactly these venues, cutting lots where the target does; none when the minimums exceed it."""
        amounts = {i: self.venues[i].least for i in chosen}
        left = target - sum(amounts.values())
        if left < 0:
            return None
        cost = sum(self.venues[i].forced for i in chosen)
        for block in self.blocks:
            if left == 0:
                break
            if block.venue in chosen:
                amount = min(block.amount, left)
                amounts[block.venue] += amount
                cost += amount * block.rate
                left -= amount
        return _Split(amounts, target - left, cost)

    def _exact(self, chosen: frozenset[int], target: int) -> _Split | None:
        """Return the best split in whole lots.

        With one lot size the cheapest blocks are exact. Otherwise the venue with the coarsest lot is tried at every lot within n M of the
        split that cuts lots, M being the common multiple of the n lots: in a split further away another venue would be M or more off in
        the other direction, and moving M between the two keeps every lot and, costs being convex, makes nothing dearer.
        """
        lots = {self.venues[i].lot for i in chosen}
        if len(lots) == 1:
            return self._cheapest(chosen, target // max(lots) * max(lots))
        bound = self._cheapest(chosen, target)
        if bound is None:
            return None
        coarse = max(chosen, key=lambda i: (self.venues[i].lot, i))
        best: _Split | None = None
        for amount in self._around(coarse, bound.amounts[coarse], len(chosen) * lcm(*lots)):
            others = self._exact(chosen - {coarse}, target - amount)
            if others is None:
                continue
            found = _Split({**others.amounts, coarse: amount}, others.total + amount, others.cost + self._cost(coarse, amount))
            if best is None or found.rank < best.rank:
                best = found
        return best

    def _around(self, index: int, amount: int, reach: int) -> range:
        venue = self.venues[index]
        centre = amount // venue.lot * venue.lot
        return range(max(venue.least, centre - reach), min(venue.most, centre + reach + venue.lot) + 1, venue.lot)

    def _cost(self, index: int, amount: int) -> int:
        venue = self.venues[index]
        return venue.forced + _cut(venue.blocks, amount - venue.least)[0]


def _finest(values: Sequence[Decimal]) -> Decimal:
    """Return the power of ten that all values are whole multiples of, at most 1."""
    exponents = [value.normalize().as_tuple().exponent for value in values]
    return Decimal(1).scaleb(min(0, *(e for e in exponents if isinstance(e, int))))


def _lot_blocks(steps: Sequence[tuple[int, int]], lot: int, scale: int, most: int, venue: int) -> list[_Block]:
    """Cut (price, quantity) steps into whole lots, at most `most` units; a lot across levels costs the sum of its parts."""
    blocks: list[_Block] = []
    open_amount = open_cost = 0
    for price, quantity in steps:
        part = min(quantity, lot - open_amount) if open_amount else 0
        open_amount, open_cost = open_amount + part, open_cost + part * price
        if open_amount == lot:
            blocks.append(_Block(open_cost * scale, venue, lot))
            open_amount = open_cost = 0
        whole = (quantity - part) // lot * lot
        if whole:
            blocks.append(_Block(price * lot * scale, venue, whole))
        rest = quantity - part - whole
        open_amount, open_cost = open_amount + rest, open_cost + rest * price
    return _limited(blocks, most)


def _limited(blocks: Sequence[_Block], most: int) -> list[_Block]:
    kept: list[_Block] = []
    for block in blocks:
        amount = min(block.amount, most)
        if amount <= 0:
            break
        kept.append(_Block(block.rate, block.venue, amount))
        most -= amount
    return kept


def _cut(blocks: Sequence[_Block], amount: int) -> tuple[int, tuple[_Block, ...]]:
    """Return the cost of the first `amount` units, and the blocks beyond them."""
    cost = 0
    for position, block in enumerate(blocks):
        if block.amount > amount:
            rest = _Block(block.rate, block.venue, block.amount - amount)
            return cost + amount * block.rate, (rest, *blocks[position + 1 :])
        cost += block.amount * block.rate
        amount -= block.amount
    return cost, ()
