"""What posting is worth on recorded books: the policies of the comparison on the recordings, beside an independent simulator's figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from types import MappingProxyType

import numpy as np

from analytics.lab.replay.policies import Bench, Desk, Policy, Result, paired, starts
from analytics.lab.replay.tape import Tape

POLICIES = (
    Policy(name="one market order", clips=1, patience_seconds=0.0),
    Policy(name="equal clips at market, 5 s", clips=24, patience_seconds=0.0),
    Policy(name="join best, cross after 10 s", clips=24, patience_seconds=10.0),
    Policy(name="join best, cross after 30 s", clips=24, patience_seconds=30.0),
)
WHOLE = (
    Policy(name="one order, join best, cross after 10 s", clips=1, patience_seconds=10.0),
    Policy(name="one order, join best, cross after 30 s", clips=1, patience_seconds=30.0),
)
SIZES_BTC = (0.1, 0.25, 0.5, 1.0, 2.0)
TAIL_SECONDS = 6.0  # an order's last messages, and the markout of its last fill
REPLICATES = 2000
WITHIN_BPS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """A venue's fees in bps of notional."""

    maker_bps: float
    taker_bps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An independent simulator's figures for one policy."""

    all_in_bps: float
    low: float
    high: float
    slippage_bps: float
    maker_share: float


PERPETUAL, SPOT = "perpetual", "spot"
MARKETS = {"usdm": PERPETUAL, "spot": SPOT}
FEES = {PERPETUAL: Fees(maker_bps=2.0, taker_bps=5.0), SPOT: Fees(maker_bps=10.0, taker_bps=10.0)}
ORACLE = {
    (PERPETUAL, POLICIES[0].name): Figures(all_in_bps=5.10, low=5.09, high=5.12, slippage_bps=0.10, maker_share=0.0),
    (PERPETUAL, POLICIES[1].name): Figures(all_in_bps=5.02, low=5.01, high=5.02, slippage_bps=0.02, maker_share=0.0),
    (PERPETUAL, POLICIES[2].name): Figures(all_in_bps=3.38, low=3.20, high=3.55, slippage_bps=0.80, maker_share=0.81),
    (PERPETUAL, POLICIES[3].name): Figures(all_in_bps=3.13, low=3.05, high=3.21, slippage_bps=0.97, maker_share=0.94),
    (SPOT, POLICIES[0].name): Figures(all_in_bps=10.23, low=10.19, high=10.28, slippage_bps=0.23, maker_share=0.0),
    (SPOT, POLICIES[1].name): Figures(all_in_bps=10.02, low=10.01, high=10.02, slippage_bps=0.02, maker_share=0.0),
    (SPOT, POLICIES[2].name): Figures(all_in_bps=11.44, low=11.17, high=11.76, slippage_bps=1.45, maker_share=0.92),
    (SPOT, POLICIES[3].name): Figures(all_in_bps=11.68, low=11.43, high=11.95, slippage_bps=1.68, maker_share=0.99),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy on one kind of market; the interval is the 95 % one of `all_in_bps`."""

    market: str
    policy: str
    orders: int
    all_in_bps: float
    low: float
    high: float
    slippage_bps: float
    maker_share: float
    seconds: float
    markout_1s_bps: float | None
    markout_5s_bps: float | None
    oracle: Figures | None

    @property
    def difference_bps(self) -> float | None:
        """Return ours less the independent figure."""
        return None if self.oracle is None else self.all_in_bps - self.oracle.all_in_bps


def compare(
    tapes: Sequence[Tape],
    *,
    policies: Sequence[Policy] = POLICIES,
    sizes: Sequence[float] = SIZES_BTC,
    desk: Desk | None = None,
    every_seconds: float = 5.0,
    oracle: Mapping[tuple[str, str], Figures] = MappingProxyType(ORACLE),
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[Row, ...]:
    """Work every policy, size and side from every start time on every tape of spot and USD-M.

    Sizes are in BTC; on another coin the quantity is worth as much USD at the opening mids of the tapes that began together.
    """
    desk = desk or Desk()
    found: dict[tuple[str, str], list[list[Result]]] = {}
    for tape in tapes:
        lots = lots_of(tape, tapes, sizes)
        worked = _work(tape, policies, lots, desk, every_seconds)
        for policy, groups in worked.items():
            found.setdefault((MARKETS.get(tape.market, tape.market), policy), []).extend(groups)
        tell(f"{tape.name}: {sum(len(group) for groups in worked.values() for group in groups)} orders")
    return tuple(_row(market, policy, groups, oracle.get((market, policy))) for (market, policy), groups in found.items() if groups)


def lots_of(tape: Tape, tapes: Iterable[Tape], sizes: Sequence[float]) -> list[int]:
    """Return sizes in BTC as lots of a tape, worth as much there."""
    return [round(size * _btc_price(tape, tapes) / float(tape.mid_at(tape.opens_ns)) / tape.lot) for size in sizes]


def _btc_price(tape: Tape, tapes: Iterable[Tape]) -> float:
    """Return BTC's opening mid on the tape of the same market nearest in time; the tape's own when none records BTC."""
    bitcoins = [other for other in tapes if other.symbol.startswith("BTC") and other.market == tape.market]
    nearest = min(bitcoins, key=lambda other: abs(other.opens_ns - tape.opens_ns), default=tape)
    return float(nearest.mid_at(nearest.opens_ns))


def _work(tape: Tape, policies: Sequence[Policy], lots: Sequence[int], desk: Desk, every: float) -> dict[str, list[list[Result]]]:
    """Return, by policy, the results from each start: both sides, all sizes."""
    bench = Bench(tape, desk)
    worked: dict[str, list[list[Result]]] = {policy.name: [] for policy in policies}
    for start_ns, policy in product(starts(tape, desk, every_seconds=every, tail_seconds=TAIL_SECONDS), policies):
        worked[policy.name].append([result for size in lots for result in paired(bench, policy, lots=size, start_ns=start_ns)])
    return worked


def _row(market: str, policy: str, groups: list[list[Result]], oracle: Figures | None) -> Row:
    fees = FEES.get(market, FEES[SPOT])
    results = [result for group in groups for result in group]
    costs = [fmean(result.all_in_bps(maker_bps=fees.maker_bps, taker_bps=fees.taker_bps) for result in group) for group in groups]
    low, high = interval(costs)
    return Row(
        market=market,
        policy=policy,
        orders=len(results),
        all_in_bps=fmean(costs),
        low=low,
        high=high,
        slippage_bps=fmean(result.slippage_bps for result in results),
        maker_share=fmean(result.maker_share for result in results),
        seconds=fmean(result.seconds for result in results),
        markout_1s_bps=_markout(results, 0),
        markout_5s_bps=_markout(results, 1),
        oracle=oracle,
    )


def _markout(results: Sequence[Result], which: int) -> float | None:
    """Return the mean over the orders that had maker fills."""
    known = [move for result in results if (move := result.markouts_bps[which]) is not None]
    return fmean(known) if known else None


def interval(values: Sequence[float], *, seed: int = 1) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean of values, each the mean of one start time's orders."""
    array = np.asarray(values)
    drawn = np.random.default_rng(seed).integers(0, len(array), (REPLICATES, len(array)))
    low, high = np.quantile(array[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)
