"""What an experiment of the lab asks and what it found, as it is stored and shown.

Costs, slippages and risk are in bps of the arrival value; positive is cost. Fees are included where a name says cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BASELINES = ("market", "clips", "oracle")
"""Ways of trading to compare with; they exist in the lab only."""
FORESIGHT = "oracle"
"""It knows what is to come: a bound that nobody trades at."""
REFERENCE = "market"
"""Differences are taken to this one, path by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSettings:
    """What is run: every algorithm at every size on the same `paths` of each source, symbol and horizon.

    Sizes are texts: 8000 (USD at the arrival mid), 5% (of the volume that others trade in the time). An algorithm works in the balanced
    mode unless one is named after a colon.
    """

    symbols: tuple[str, ...]
    algorithms: tuple[str, ...]
    sizes: tuple[str, ...]
    minutes: tuple[float, ...]
    sources: tuple[str, ...]
    paths: int
    seed: int

    @property
    def paths_in_all(self) -> int:
        """Return how many paths are run, each with every order."""
        return len(self.symbols) * len(self.minutes) * len(self.sources) * self.paths

    @property
    def orders(self) -> int:
        """Return how many parent orders are worked in all."""
        return self.paths_in_all * len(self.algorithms) * len(self.sizes)

    @property
    def order_minutes(self) -> float:
        """Return how many minutes of orders are worked in all."""
        return sum(self.minutes) * self.orders / max(len(self.minutes), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval; a single path allows none."""

    mean: float
    low: float | None
    high: float | None

    @property
    def excludes_zero(self) -> bool:
        """Tell whether the sign is known at 95 %."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One source, symbol, horizon, size and algorithm over all paths.

    `cost` is reduced by the path without the order as a control variate, `cost_raw` is not; `cost_median` is of raw costs.
    `to_market` (reduced, and raw) is the paired difference to the market order, negative is cheaper; none for that order itself, or
    when it was not run.
    Slippages leave fees out. `risk_bps` is the standard deviation of cost between paths; shares are of one.
    """

    source: str
    symbol: str
    minutes: float
    size: str
    algorithm: str
    paths: int
    cost: Interval
    cost_raw: Interval
    cost_median: float
    to_market: Interval | None
    to_market_raw: Interval | None
    slippage_arrival_bps: float | None
    slippage_vwap_bps: float | None
    slippage_twap_bps: float | None
    risk_bps: float | None
    fill_rate: float
    maker_share: float | None
    duration_seconds: float
    seconds_per_order: float | None = None


def difference(after: Interval, before: Interval) -> Interval:
    """Return after − before of two estimates taken as independent: half widths add in squares.

    Estimates on shared paths vary less against each other than this says: the interval is then too wide, never too narrow, as long
    as costs on the same path move together.
    """
    mean = after.mean - before.mean
    if after.high is None or after.low is None or before.high is None or before.low is None:
        return Interval(mean=mean, low=None, high=None)
    half = ((after.high - after.low) ** 2 + (before.high - before.low) ** 2) ** 0.5 / 2
    return Interval(mean=mean, low=mean - half, high=mean + half)


def frontier(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Return which of (risk, cost) nothing else dominates, from the least risk to the most.

    One dominates another that has neither less risk nor less cost, and more of one of them.
    """
    ordered = sorted(range(len(points)), key=lambda each: points[each])
    kept: list[int] = []
    for each in ordered:
        if not kept or points[each][1] < points[kept[-1]][1] or points[each] == points[kept[-1]]:
            kept.append(each)
    return tuple(kept)
