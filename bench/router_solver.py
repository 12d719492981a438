"""Random routing problems, and their best splits found by a solver that knows nothing of the router: a mixed-integer program for HiGHS."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.routing import Route, find_best_route

RECEIVED_AT = datetime(2026, 1, 5, tzinfo=UTC)
TICK = Decimal("0.01")
ROOM = 1e-6
"""How far HiGHS may be from a whole number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What the router is asked."""

    side: Side
    quantity: Decimal
    books: tuple[Book, ...]
    listings: dict[str, Listing]
    max_venues: int | None = None

    def route(self) -> Route:
        """Return the router's answer."""
        return find_best_route(
            side=self.side,
            quantity=self.quantity,
            books=self.books,
            listings=self.listings,
            worst_price=None,
            max_venues=self.max_venues,
        )

    def cost(self, amounts: dict[str, Decimal]) -> Decimal:
        """Return what amounts by venue cost all in, level by level; negative for what a sale brings.

        Raises:
            ValueError: a book shows less.
        """
        total = Decimal(0)
        for book in self.books:
            fee = 1 + self.side.sign * self.listings[book.venue].taker_fee_bps / BPS
            left = amounts.get(book.venue, Decimal(0))
            for level in book.opposite(self.side):
                part = min(left, level.quantity)
                total += self.side.sign * part * level.price * fee
                left -= part
            if left:
                raise ValueError(f"{book.venue} shows {left} less")
        return total


def small_problem(draw: np.random.Generator) -> Problem:
    """Return 2 to 4 venues of 1 to 20 levels whose lots, minimums and maximums bind often; every third problem allows one venue less.

    The sizes of every other problem are whole lots, as venues show them; of the rest they are not.
    """
    side = Side.BUY if draw.random() < 0.5 else Side.SELL
    is_whole = bool(draw.random() < 0.5)
    books, listings = [], {}
    for venue in "ABCD"[: int(draw.integers(2, 5))]:
        lot = int(draw.choice([1, 1, 2, 3, 5, 10]))
        sizes = draw.integers(1, 30, int(draw.integers(1, 21)))
        books.append(_book(draw, venue, [int(size) * (lot if is_whole else 1) for size in sizes], Decimal("0.001"), first=10_000))
        listings[venue] = _listing(
            venue,
            lot=Decimal(lot) / 1000,
            min_quantity=Decimal(int(draw.choice([0, 0, 7, 20]))) / 1000,
            max_quantity=Decimal(int(draw.choice([40, 10**6, 10**6]))) / 1000,
            min_notional=Decimal(int(draw.choice([0, 1, 3]))),
            taker_fee_bps=Decimal(int(draw.integers(-4, 41))) / 4,
        )
    shown = sum(level.quantity for book in books for level in book.opposite(side))
    quantity = Decimal(max(int(float(shown) * 1000 * draw.uniform(0.01, 1.1)), 1)) / 1000
    max_venues = len(books) - 1 if draw.random() < 1 / 3 else None
    return Problem(side=side, quantity=quantity, books=tuple(books), listings=listings, max_venues=max_venues)


DESK = (("binance", "0.00001", "10"), ("okx", "0.00000001", "10"), ("bybit", "0.000001", "10"), ("coinbase", "0.00000001", "12"))
"""Lot of BTC and taker fee in bps."""


def desk_problem(draw: np.random.Generator) -> Problem:
    """Return 4 venues of 50 levels with the lots and fees of BTC there, and a quantity between 0.1 % and all of what is shown.

    Quantities are log-uniform, in whole lots of the coarsest venue: small ones as slices are, and those that empty the books.
    """
    side = Side.BUY if draw.random() < 0.5 else Side.SELL
    books, listings = [], {}
    for venue, lot, fee in DESK:
        sizes = [max(int(size / float(lot)), 1) for size in draw.exponential(0.4, 50)]
        books.append(_book(draw, venue, sizes, Decimal(lot), first=6_000_000))
        listings[venue] = _listing(
            venue,
            lot=Decimal(lot),
            min_quantity=Decimal(lot),
            max_quantity=Decimal(9000),
            min_notional=Decimal(5),
            taker_fee_bps=Decimal(fee),
        )
    shown = sum(level.quantity for book in books for level in book.opposite(side))
    lots = float(shown) * 1e5 * float(np.exp(draw.uniform(np.log(0.001), 0)))
    return Problem(side=side, quantity=int(lots) * Decimal("0.00001"), books=tuple(books), listings=listings)


def solve(problem: Problem, total: Decimal | None = None) -> dict[str, Decimal] | None:
    """Return HiGHS' amounts by venue: the cheapest that sum to `total`, or those that sum to the most; none when there are none.

    Variables are quantities by level, whole lots by venue, and whether a venue is used. Costs rise with the levels, so the cheapest are
    taken first without being told to. They are counted in bps from the first price: what counts is the difference.

    Raises:
        ArithmeticError: its whole numbers are not whole.
    """
    unit = min(listing.lot for listing in problem.listings.values())
    sign = problem.side.sign
    ladders = [book.opposite(problem.side) for book in problem.books]
    count, levels = len(ladders), sum(map(len, ladders))
    rates, high, rows, low_ends, high_ends = [], [], [], [], []
    reference = ladders[0][0].price
    at = 0
    for index, (book, ladder) in enumerate(zip(problem.books, ladders, strict=True)):
        listing = problem.listings[book.venue]
        fee = 1 + sign * listing.taker_fee_bps / BPS
        rates += [float(sign * (level.price * fee / reference - 1) * BPS) for level in ladder]
        high += [float(level.quantity / unit) for level in ladder]
        mine = np.zeros((3, levels + 2 * count))
        mine[:, at : at + len(ladder)] = 1
        mine[0, levels + index] = -float(listing.lot / unit)  # whole lots
        mine[1, levels + count + index] = -float(_least(listing, problem, ladder) / unit)  # at least the minimum if used
        mine[2, levels + count + index] = -float(min(listing.max_quantity, problem.quantity) / unit)  # at most the maximum if used
        rows.append(mine)
        low_ends += [0.0, 0.0, -np.inf]
        high_ends += [0.0, np.inf, 0.0]
        at += len(ladder)
    every = np.concatenate((np.ones(levels), np.zeros(2 * count)))
    used = np.concatenate((np.zeros(levels + count), np.ones(count)))
    wanted = float((problem.quantity if total is None else total) / unit)
    rows += [every[None], used[None]]
    low_ends += [0.0 if total is None else wanted, 0.0]
    high_ends += [wanted, float(count if problem.max_venues is None else problem.max_venues)]
    found = milp(
        -every if total is None else np.concatenate((rates, np.zeros(2 * count))),
        constraints=LinearConstraint(np.vstack(rows), low_ends, high_ends),
        integrality=np.concatenate((np.zeros(levels), np.ones(2 * count))),
        bounds=Bounds(0, np.concatenate((high, np.full(count, np.inf), np.ones(count)))),
        options={"mip_rel_gap": 0},
    )
    if found.x is None:
        return None
    lots = found.x[levels : levels + count].tolist()
    if any(abs(amount - round(amount)) > ROOM * max(1.0, amount) for amount in lots):
        raise ArithmeticError(f"HiGHS gives {lots} as whole numbers")
    return {
        book.venue: round(amount) * problem.listings[book.venue].lot
        for book, amount in zip(problem.books, lots, strict=True)
        if round(amount)
    }


def _least(listing: Listing, problem: Problem, ladder: Sequence[Level]) -> Decimal:
    """Return the smallest order: a sale's notional is judged at the deepest bid that the whole quantity would reach."""
    price, seen = ladder[0].price, Decimal(0)
    for level in ladder:
        if problem.side is Side.BUY or seen >= problem.quantity:
            break
        price, seen = level.price, seen + level.quantity
    return max(listing.min_quantity, listing.lot, listing.min_notional / price)


def _book(draw: np.random.Generator, venue: str, sizes: Sequence[int], lot: Decimal, *, first: int) -> Book:
    """Return a book with these sizes on both sides, its touch up to 5 bps from the first price, its levels some ticks apart."""
    near, step = first // 2000, max(first // 50_000, 2)
    sides = []
    for sign in (-1, 1):
        ticks = first + sign * (np.cumsum(draw.integers(1, step + 1, len(sizes))) + int(draw.integers(0, near + 1)))
        sides.append(tuple(Level(price=int(tick) * TICK, quantity=size * lot) for tick, size in zip(ticks, sizes, strict=True)))
    return Book(venue=venue, symbol="BTCUSDT", bids=sides[0], asks=sides[1], received_at=RECEIVED_AT)


def _listing(venue: str, **terms: Decimal) -> Listing:
    return Listing(venue=venue, symbol="BTCUSDT", tick=TICK, maker_fee_bps=Decimal(0), **terms)
