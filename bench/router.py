"""What routing costs and what it saves: time of a route, its gap to a solver's, and other ways to split the same quantities.

    make bench BENCH=router [BENCH_ARGS="--problems 500"]

Time: 4 venues of 50 levels with the lots and fees of BTC, quantities from 0.1 % to all of what is shown, log-uniform. A problem is routed
several times and its fastest counts, which the rest of the machine disturbed least. Books are `Book`s with decimal levels; a book adds up
its levels once, when it is first routed over, and keeps the sums. That is not in `median_us` and `p99_us`, but shown apart: "fresh" books
were never routed over.

Gap: 2 to 4 venues whose lots, minimums, maximums and number of venues bind often, solved by HiGHS (a mixed-integer program) as well. The
gap is the worst of ours above its cost, in bps of the notional, both counted exactly from the levels. Where it routes more, or cannot do
what we did, or we paid less than it says one must, that is an error. Solver ratio: HiGHS' time over ours on these, both summed.

Saving: against one venue after the other at its best price without regard to fees, and against shares in proportion to what is shown; on
the random books, and on recorded ones: Binance spot and USD-M of the same minutes as two venues at 10 and 5 bps, if there are any.

Exit code 1 when the gap is more than 0.001 bps, or at an error.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from analytics.lab.finding import NoData, Session, recorded_sessions
from bench.measuring import Spread, conclude, say
from bench.router_solver import Problem, desk_problem, small_problem, solve
from dipmaster.domain.money import BPS
from dipmaster.domain.quantize import floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.routing import Route

PROBLEMS = 2000
ROUNDS = 5
LARGEST_GAP_BPS = 0.001
RECORDED = ("BTCUSDT", "ETHUSDT")
RECORDED_USD = (10_000, 100_000, 500_000)
RECORDED_EVERY_NS = 5_000_000_000
TAKER_FEES_BPS = {"": Decimal(10), "-PERP": Decimal(5)}


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=router", description="Time, gap and saving of a route.")
    parser.add_argument("--problems", type=int, default=PROBLEMS, help="of each kind (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="the fastest one counts (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.problems < 1 or given.rounds < 1:
        parser.error("there must be at least one problem and one round")
    draw = np.random.default_rng(given.seed)
    desk = [desk_problem(draw) for _ in range(given.problems)]
    small = [small_problem(draw) for _ in range(given.problems)]
    kept, fresh = times_us(desk, given.rounds), times_us(desk, given.rounds, is_fresh=True)
    say(f"{given.problems:,} problems, the fastest of {given.rounds} rounds each, microseconds")
    say(f"{'4 venues x 50 levels':24s} {'median':>8s} {'p90':>8s} {'p99':>8s} {'largest':>8s}")
    for name, spread in (("books routed before", kept), ("fresh books", fresh)):
        say(f"{name:24s} {spread.p50:8.1f} {spread.p90:8.1f} {spread.p99:8.1f} {spread.largest:8.1f}")
    figures: dict[str, Any] = {"bench": "router", "problems": given.problems}
    figures |= {"median_us": round(kept.p50, 1), "p99_us": round(kept.p99, 1)}
    figures |= {"fresh_median_us": round(fresh.p50, 1), "fresh_p99_us": round(fresh.p99, 1)}
    compared = compare_to_solver(small)
    figures |= compared
    say(f"HiGHS: gap at most {compared['max_gap_bps']:.6f} bps, {compared['wrong']} wrong; {compared['solver_ratio']:.0f} times our time")
    say(f"{'saving, bps':24s} {'fee-blind':>10s} {'in proportion':>14s} {'routes':>8s}")
    figures |= saving("random", desk)
    try:
        figures |= recorded_savings()
    except NoData as missing:
        say(f"No recorded books: {missing}")
    is_right = not compared["wrong"] and compared["max_gap_bps"] <= LARGEST_GAP_BPS
    conclude(figures | {"ok": is_right})
    return 0 if is_right else 1


def times_us(problems: Sequence[Problem], rounds: int, *, is_fresh: bool = False) -> Spread:
    """Return how long problems take; each has been routed once before, or has books that were not."""
    fastest = [float("inf")] * len(problems)
    for problem in problems:
        problem.route()
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for number, problem in enumerate(problems):
            asked = replace(problem, books=tuple(replace(book) for book in problem.books)) if is_fresh else problem
            begun = time.perf_counter_ns()
            asked.route()
            fastest[number] = min(fastest[number], (time.perf_counter_ns() - begun) / 1000)
    gc.enable()
    return Spread.of(fastest)


def compare_to_solver(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the worst gap in bps, how often less than possible was routed, and the solver's time over ours."""
    ours = theirs = 0.0
    gap, wrong = 0.0, 0
    for problem in problems:
        begun = time.perf_counter()
        route = problem.route()
        ours += time.perf_counter() - begun
        begun = time.perf_counter()
        most = solve(problem) if route.unrouted_quantity else None
        best = solve(problem, route.quantity) if route.quantity else None
        theirs += time.perf_counter() - begun
        excess = _excess_bps(problem, route, best) if best else 0.0
        gap = max(gap, excess)
        if (most and sum(most.values()) > route.quantity) or (route.quantity and not best) or excess < -LARGEST_GAP_BPS:
            say(f"WRONG: HiGHS routes {most or best}, the router {route}, asked {problem}")
            wrong += 1
    return {"max_gap_bps": round(gap, 9), "wrong": wrong, "solver_ratio": round(theirs / ours, 1)}


def _excess_bps(problem: Problem, route: Route, best: dict[str, Decimal]) -> float:
    found, lowest = problem.cost({leg.venue: leg.quantity for leg in route.legs}), problem.cost(best)
    return float((found - lowest) / abs(lowest) * BPS)


def saving(name: str, problems: Iterable[Problem]) -> dict[str, float]:
    """Print and return what other splits of the routed quantities cost beyond the router's, on average, in bps."""
    blind, shared = [], []
    for problem in problems:
        route = problem.route()
        if not route.quantity:
            continue
        ours = problem.cost({leg.venue: leg.quantity for leg in route.legs})
        asked = replace(problem, quantity=route.quantity)
        without_fees = {venue: replace(listing, taker_fee_bps=Decimal(0)) for venue, listing in problem.listings.items()}
        other = {leg.venue: leg.quantity for leg in replace(asked, listings=without_fees).route().legs}
        for amounts, found in ((other, blind), (in_proportion(asked), shared)):
            if sum(amounts.values()) == route.quantity:
                found.append(float((problem.cost(amounts) - ours) / abs(ours) * BPS))
    averages = [float(np.mean(found)) if found else float("nan") for found in (blind, shared)]
    say(f"{name:24s} {averages[0]:10.3f} {averages[1]:14.3f} {len(shared):8d}")
    key = name.replace(" ", "_").lower()
    return {f"{key}_saving_vs_fee_blind_bps": round(averages[0], 4), f"{key}_saving_vs_proportional_bps": round(averages[1], 4)}


def in_proportion(problem: Problem) -> dict[str, Decimal]:
    """Return shares in proportion to what venues show, in whole lots; what is left over goes to the finest lots with room for it."""
    shown = {book.venue: sum((level.quantity for level in book.opposite(problem.side)), Decimal(0)) for book in problem.books}
    share = problem.quantity / sum(shown.values())
    amounts = {venue: floor_to_step(min(depth * share, depth), problem.listings[venue].lot) for venue, depth in shown.items()}
    for venue in sorted(amounts, key=lambda name: problem.listings[name].lot):
        left = problem.quantity - sum(amounts.values())
        amounts[venue] += floor_to_step(min(left, shown[venue] - amounts[venue]), problem.listings[venue].lot)
    return amounts


def recorded_savings() -> dict[str, float]:
    """Measure on recorded books of spot and perpetual, where both were recorded in the same minutes.

    Raises:
        NoData: there is no data folder.
    """
    sessions = recorded_sessions()
    figures: dict[str, float] = {}
    for symbol in RECORDED:
        pairs = [
            (spot, future)
            for spot in sessions.get(symbol, [])
            for future in sessions.get(f"{symbol}-PERP", [])
            if spot.name.rpartition("_")[2] == future.name.rpartition("_")[2]
        ]
        for spot, future in pairs:
            figures |= _recorded(symbol, {"": spot, "-PERP": future})
    return figures


def _recorded(symbol: str, sessions: dict[str, Session]) -> dict[str, float]:
    from analytics.lab.replay.market import RecordedMarket, listing_of  # compiles the replay
    from analytics.lab.replay.sources import open_recording

    tapes = {suffix: open_recording(session.paths, market=session.market) for suffix, session in sessions.items()}
    start, end = max(tape.opens_ns for tape in tapes.values()), min(tape.closes_ns for tape in tapes.values())
    markets = {}
    for suffix, tape in tapes.items():
        venue = f"binance{suffix.lower()}"
        fee = TAKER_FEES_BPS[suffix]
        listing = replace(listing_of(tape, venue=venue, symbol=symbol, maker_fee_bps=fee, taker_fee_bps=fee), min_notional=Decimal(5))
        markets[venue] = RecordedMarket(tape, listing, start_ns=start, delay_seconds=0)
    problems: dict[int, list[Problem]] = {usd: [] for usd in RECORDED_USD}
    listings = {venue: market.listings[venue] for venue, market in markets.items()}
    begun = next(iter(markets.values())).now
    for at_ns in range(0, end - start, RECORDED_EVERY_NS):
        for market in markets.values():
            market.advance(begun + timedelta(microseconds=at_ns // 1000))
        books = tuple(book for market in markets.values() for book in market.books())
        for usd, side in ((usd, side) for usd in RECORDED_USD for side in Side):
            quantity = floor_to_step(usd / books[0].asks[0].price, max(listing.lot for listing in listings.values()))
            problems[usd].append(Problem(side=side, quantity=quantity, books=books, listings=listings))
    return {key: value for usd, found in problems.items() for key, value in saving(f"{symbol} {usd // 1000}k", found).items()}


if __name__ == "__main__":
    sys.exit(main())
