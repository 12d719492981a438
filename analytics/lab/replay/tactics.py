"""What the product's tactics pay on recorded books: the desk's own code on the referee, beside the simple policies of the comparison.

Each order is a TWAP of the balanced mode, as the desk would work it by default, on one venue with given fees. Every row trades the same
orders, so that differences are paired by start time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from statistics import fmean
from types import MappingProxyType
from typing import Any

from analytics.lab.desk import work
from analytics.lab.parents import LabParent, Worked
from analytics.lab.replay.comparison import MARKETS, PERPETUAL, POLICIES, SPOT, TAIL_SECONDS, Fees, interval, lots_of
from analytics.lab.replay.market import RecordedMarket, listing_of
from analytics.lab.replay.policies import Bench, Desk, Policy, paired, starts
from analytics.lab.replay.tape import Tape
from analytics.lab.watching import Watched
from dipmaster.domain.sides import Side
from execution.domain.strategy import DEFAULT_MODE, MODES, Strategy, decide
from execution.domain.tactic_presets import DEFAULT, JOIN, OWNER, TacticPreset

SETTINGS: Mapping[str, tuple[tuple[str, Fees], ...]] = MappingProxyType(
    {
        PERPETUAL: (("perpetual 2/5", Fees(maker_bps=2.0, taker_bps=5.0)),),
        SPOT: (("spot 10/10", Fees(maker_bps=10.0, taker_bps=10.0)), ("spot 0/10", Fees(maker_bps=0.0, taker_bps=10.0))),
    }
)
"""The fees that each kind of market is worked with."""
HORIZON_SECONDS = 120.0
DATA_AND_ORDER_SECONDS = 0.04
"""The desk sees the book 20 ms late, and what it sends takes as long."""
SIMPLE = tuple(policy for policy in POLICIES if policy.name != "equal clips at market, 5 s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A way of working orders: a preset and parameters that differ from the mode's."""

    name: str
    preset: TacticPreset
    parameters: Mapping[str, Any] = field(default_factory=dict)


CONTENDERS = (
    Contender(name="always cross", preset=JOIN, parameters={"patience": 0}),
    Contender(name="desk: join", preset=JOIN),
    Contender(name="desk: owner", preset=OWNER),
    Contender(name="desk: default", preset=DEFAULT),
)
ABLATIONS = (
    Contender(name="default, rests whatever it costs", preset=replace(DEFAULT, weighs_costs=False)),
    Contender(name="default, takes at any moment", preset=replace(DEFAULT, takes_above=None)),
    Contender(name="default, never behind the best", preset=replace(DEFAULT, step_back=0.0)),
    Contender(name="default, gives back at its end", preset=replace(DEFAULT, lingers=0.0)),
    Contender(name="default, withdraws when leaned on", preset=replace(DEFAULT, withdraws_below=-0.7)),
    Contender(name="default, improves from 2 ticks", preset=replace(DEFAULT, improves_from_ticks=2)),
)
"""The default with one of its rules off, or with one that is off by default on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one order paid, bps of the arrival mid; what stayed unfilled counts at the mid of the end."""

    slippage_bps: float
    maker_share: float
    filled_share: float

    def all_in_bps(self, fees: Fees) -> float:
        """Return slippage and fees."""
        return self.slippage_bps + fees.maker_bps * self.maker_share + fees.taker_bps * (1 - self.maker_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticRow:
    """One way of working orders on one kind of market; intervals are 95 %, over start times. `against`: less the default, paired."""

    market: str
    name: str
    orders: int
    all_in_bps: float
    low: float
    high: float
    slippage_bps: float
    maker_share: float
    filled_share: float
    against: tuple[float, float, float] | None


def compare_tactics(
    tapes: Sequence[Tape],
    *,
    sizes: Sequence[float],
    every_seconds: float,
    contenders: Sequence[Contender] = CONTENDERS,
    settings: Mapping[str, Sequence[tuple[str, Fees]]] = SETTINGS,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[TacticRow, ...]:
    """Work every contender, size and side from every start time on every tape, with each of its market's fees."""
    found: dict[tuple[str, str], list[list[tuple[Cost, Fees]]]] = {}
    for tape in tapes:
        lots = lots_of(tape, tapes, sizes)
        times = starts(tape, Desk(horizon_seconds=HORIZON_SECONDS), every_seconds=every_seconds, tail_seconds=TAIL_SECONDS)
        kind = MARKETS.get(tape.market, tape.market)
        for (market, fees), contender in product(settings.get(kind, settings[SPOT]), contenders):
            groups = [[(order, fees) for order in _worked(tape, contender, fees, lots, start_ns)] for start_ns in times]
            found.setdefault((market, contender.name), []).extend(groups)
            tell(f"{tape.name}, {market}, {contender.name}: {sum(map(len, groups))} orders")
        for market, fees in settings.get(kind, settings[SPOT]):
            for policy, costs in _simple(tape, lots, times).items():
                found.setdefault((market, policy), []).extend([[(cost, fees) for cost in group] for group in costs])
    return tuple(_row(market, name, groups, found.get((market, "desk: default"))) for (market, name), groups in found.items() if groups)


def _worked(tape: Tape, contender: Contender, fees: Fees, lots: Sequence[int], start_ns: int) -> list[Cost]:
    """Return the costs of both sides and all sizes from one start."""
    return [_cost(tape, contender, fees, side=side, lots=size, start_ns=start_ns) for size in lots for side in (Side.BUY, Side.SELL)]


def _cost(tape: Tape, contender: Contender, fees: Fees, *, side: Side, lots: int, start_ns: int) -> Cost:
    listing = listing_of(
        tape,
        venue="recorded",
        symbol=tape.symbol,
        maker_fee_bps=Decimal(repr(fees.maker_bps)),
        taker_fee_bps=Decimal(repr(fees.taker_bps)),
    )
    market = RecordedMarket(tape, listing, start_ns=start_ns, delay_seconds=DATA_AND_ORDER_SECONDS)
    arrival, length = market.mid(), timedelta(seconds=HORIZON_SECONDS)
    watched = Watched(market, length)
    parent = LabParent(side=side, quantity=lots * listing.lot, start_at=watched.now, end_at=watched.now + length, seed=start_ns)
    worked = work(watched, parent, _strategy(contender), preset=contender.preset)
    return _judge(worked, parent, arrival, market.mid())


def _strategy(contender: Contender) -> Strategy:
    return decide(mode=MODES[DEFAULT_MODE], algorithm="twap", duration_seconds=HORIZON_SECONDS, overrides=contender.parameters)


def _judge(worked: Worked, parent: LabParent, arrival: float, last: float) -> Cost:
    quantity = float(parent.quantity)
    filled = sum(float(fill.quantity) for fill in worked.fills)
    paid = sum(float(fill.quantity) * float(fill.price) for fill in worked.fills) + (quantity - filled) * last
    made = sum(float(fill.quantity) for fill in worked.fills if fill.is_maker)
    return Cost(
        slippage_bps=1e4 * parent.side.sign * (paid / quantity - arrival) / arrival,
        maker_share=made / quantity,
        filled_share=filled / quantity,
    )


def _simple(tape: Tape, lots: Sequence[int], times: Sequence[int]) -> dict[str, list[list[Cost]]]:
    bench = Bench(tape, Desk())
    worked: dict[str, list[list[Cost]]] = {policy.name: [] for policy in SIMPLE}
    for start_ns, policy in product(times, SIMPLE):
        worked[policy.name].append([cost for size in lots for cost in _paired(bench, policy, size, start_ns)])
    return worked


def _paired(bench: Bench, policy: Policy, lots: int, start_ns: int) -> list[Cost]:
    results = paired(bench, policy, lots=lots, start_ns=start_ns)
    return [Cost(slippage_bps=one.slippage_bps, maker_share=one.maker_share, filled_share=1.0) for one in results]


def _row(market: str, name: str, groups: list[list[tuple[Cost, Fees]]], base: list[list[tuple[Cost, Fees]]] | None) -> TacticRow:
    costs, orders = _means(groups), [cost for group in groups for cost, _ in group]
    low, high = interval(costs)
    against = None
    if base is not None and base is not groups:
        differences = [one - other for one, other in zip(costs, _means(base), strict=True)]
        against = (fmean(differences), *interval(differences))
    return TacticRow(
        market=market,
        name=name,
        orders=len(orders),
        all_in_bps=fmean(costs),
        low=low,
        high=high,
        slippage_bps=fmean(cost.slippage_bps for cost in orders),
        maker_share=fmean(cost.maker_share for cost in orders),
        filled_share=fmean(cost.filled_share for cost in orders),
        against=against,
    )


def _means(groups: list[list[tuple[Cost, Fees]]]) -> list[float]:
    """Return the mean cost all in of each start time's orders."""
    return [fmean(cost.all_in_bps(fees) for cost, fees in group) for group in groups]
