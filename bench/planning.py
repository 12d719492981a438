"""What planning costs: a thousand different orders of 30 slices, each planned once, by every algorithm of the product.

    make bench BENCH=planning [BENCH_ARGS="--rounds 5"]

Sizes, sides, horizons, progress, times, caps and urgencies vary from order to order; volume forecast, volatility and impact are those that
a desk has. Half of the orders begin, half are on their way. Each round plans other orders, so nothing that is kept from one round helps the
next; the figures are those of the fastest round, which the rest of the machine disturbed least. Linear algebra runs on one thread.

Exit code 1 when a plan could not be followed (it is checked as a custom algorithm's is). Figures do not fail it.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from bench.measuring import conclude, say
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.algorithms.checking import check_plan
from execution.domain.algorithms.registry import AlgorithmSpec, algorithm_names, get_algorithm
from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.volume_curve import MINUTES_A_DAY, fit_curve
from execution.domain.volume_forecast import VolumeForecast, forecast_from

ORDERS = 1000
SLICES = 30
DAYS = 20
FORECASTS = 40
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
LOT = Decimal("0.00001")
IMPACT = ImpactCoefficients(
    y=Estimate(value=0.6, standard_error=0.1), exponent=Estimate(value=0.5, standard_error=0.1), observations=0, source="assumed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a plan is made from."""

    order: OrderTerms
    progress: Progress
    market: Market
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one plan on average: CPU and elapsed milliseconds, slices; and how many plans could not be followed."""

    cpu_ms: float
    wall_ms: float
    slices: float
    wrong: int


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=planning", description="CPU time of a plan, by algorithm.")
    parser.add_argument("--orders", type=int, default=ORDERS, help="of each algorithm in each round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="the fastest one counts (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.orders < 1 or given.rounds < 1:
        parser.error("there must be at least one order and one round")
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):  # read once, when numpy is first imported
        os.execve(sys.executable, [sys.executable, "-m", "bench.planning", *sys.argv[1:]], os.environ | ONE_THREAD)  # noqa: S606 - itself
    forecasts = forecasts_of(np.random.default_rng(given.seed))
    say(
        f"{given.orders:,} orders of {SLICES} slices, each planned once by each algorithm; the fastest of {given.rounds} rounds, one thread"
    )
    say(f"{'algorithm':14s} {'CPU ms':>8s} {'wall ms':>8s} {'slices left':>12s}")
    costs: dict[str, Cost] = {}
    for number, name in enumerate(algorithm_names()):
        rounds = [measure(name, given.orders, forecasts, [given.seed, number, one]) for one in range(given.rounds)]
        costs[name] = cost = min(rounds, key=lambda found: found.cpu_ms)
        say(f"{name:14s} {cost.cpu_ms:8.3f} {cost.wall_ms:8.3f} {cost.slices:12.1f}")
    wrong = sum(cost.wrong for cost in costs.values())
    figures: dict[str, Any] = {"bench": "planning", "orders": given.orders, "slices": SLICES}
    figures |= {f"{name}_ms": round(cost.cpu_ms, 4) for name, cost in costs.items()}
    figures |= {f"{name}_wall_ms": round(cost.wall_ms, 4) for name, cost in costs.items()}
    conclude(figures | {"ok": not wrong})
    return 1 if wrong else 0


def forecasts_of(draw: np.random.Generator) -> list[VolumeForecast]:
    """Return forecasts of markets that trade between a tenth and a thousand units a minute, each at another minute of a day."""
    found = []
    for level in np.exp(draw.uniform(np.log(0.1), np.log(1000.0), FORECASTS)):
        volumes = level * np.exp(draw.normal(0.0, 0.8, (DAYS + 1, MINUTES_A_DAY)))
        minute = int(draw.integers(MINUTES_A_DAY))
        as_of = FIRST_DAY + timedelta(days=DAYS, minutes=minute)
        closed = volumes.ravel()[minute : DAYS * MINUTES_A_DAY + minute]
        forecast = forecast_from(fit_curve(volumes[:DAYS], FIRST_DAY.date()), closed, as_of)
        assert forecast is not None
        found.append(forecast)
    return found


def measure(name: str, count: int, forecasts: Sequence[VolumeForecast], seed: Sequence[int]) -> Cost:
    """Plan other orders than any round before, each once."""
    spec, draw = get_algorithm(name), np.random.default_rng(list(seed))
    cases = [case_of(spec, forecasts[int(draw.integers(len(forecasts)))], draw) for _ in range(count)]
    gc.collect()
    gc.disable()
    wall, cpu = time.perf_counter(), time.process_time()
    plans = [spec.plan(case.order, case.progress, case.market, case.now) for case in cases]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    gc.enable()
    wrong = 0
    for case, plan in zip(cases, plans, strict=True):
        complaint = check_plan(plan, case.order, case.progress, case.market, case.now)
        if complaint:
            say(f"WRONG: {name}: {complaint}")
            wrong += 1
    slices = sum(len(plan.slices) for plan in plans) / count
    return Cost(cpu_ms=1000 * cpu / count, wall_ms=1000 * wall / count, slices=slices, wrong=wrong)


def case_of(spec: AlgorithmSpec, forecast: VolumeForecast, draw: np.random.Generator) -> Case:
    """Return an order of 0.5 to 20 % of what others are expected to trade in 10 minutes to 4 hours, at its start or on its way."""
    minutes = float(np.exp(draw.uniform(np.log(10), np.log(240))))
    elapsed = float(draw.uniform(0.0, 0.8)) if draw.random() < 0.5 else 0.0
    now = forecast.as_of + timedelta(seconds=float(draw.uniform(0, 60)))
    start_at = now - timedelta(minutes=minutes * elapsed)
    end_at = start_at + timedelta(minutes=minutes)
    others = float(forecast.expected((forecast.as_of, forecast.as_of + (end_at - start_at)))[0])
    lots = max(int(others * float(draw.uniform(0.005, 0.2)) / float(LOT)), 1000 * SLICES)
    filled = int(lots * min(max(elapsed + float(draw.normal(0, 0.05)), 0.0), 0.95)) if elapsed else 0
    mid = Decimal(repr(round(float(np.exp(draw.uniform(0, 11))), 2)))
    order = OrderTerms(
        side=Side.BUY if draw.random() < 0.5 else Side.SELL,
        quantity=lots * LOT,
        limit_price=None,
        arrival_mid=mid * Decimal("1.001"),
        start_at=start_at,
        end_at=end_at,
        parameters=parameters_of(spec, draw),
        seed=int(draw.integers(1 << 31)),
    )
    progress = Progress(filled_quantity=filled * LOT, committed_quantity=Decimal(0), committed_until=None, market_quantity=others * elapsed)
    market = Market(
        mid=mid,
        lot=LOT,
        min_quantity=100 * LOT,
        spread_bps=float(draw.uniform(0.5, 5)),
        liquidity=float(draw.uniform(0, 1)),
        minute_volatility_bps=float(draw.uniform(2, 15)),
        volume=forecast,
        impact=IMPACT,
    )
    return Case(order=order, progress=progress, market=market, now=now)


def parameters_of(spec: AlgorithmSpec, draw: np.random.Generator) -> dict[str, Any]:
    """Return parameters as an order has them: complete; 30 slices, a cap for every other order, any urgency, always the solved optimum."""
    wanted: dict[str, Any] = {
        "slice_count": SLICES,
        "participation_cap": float(draw.uniform(0.1, 0.4)) if draw.random() < 0.5 else None,
        "urgency": float(draw.uniform(0, 1)),
        "profile": "optimal",
        "tilt": float(draw.uniform(0, 1)),
    }
    known = {parameter.name for parameter in spec.parameters}
    return spec.read({name: value for name, value in wanted.items() if name in known})


if __name__ == "__main__":
    sys.exit(main())
