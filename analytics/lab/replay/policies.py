"""Work a parent order on a replay with one of the policies of the comparison, and say what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.lab.replay import kernel, policy_kernel
from analytics.lab.replay.policy_kernel import Seen, Timing
from analytics.lab.replay.referee import BUY, Replay
from analytics.lab.replay.tape import Integers, Tape

SECOND_NS = 1_000_000_000
MARKOUTS_SECONDS = (1.0, 5.0)
CLIP_SECONDS = 5.0


class EmptyOrder(ValueError):
    """The quantity is less than a lot."""


class NotFilled(ValueError):
    """The recording ended before the order was filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Split into clips released one after the other; each joins the best price, and crosses when it has waited long enough."""

    name: str
    clips: int
    patience_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How the desk works: the time of the whole order, of a decision to the next, and of messages to and from the exchange."""

    horizon_seconds: float = 120.0
    decision_seconds: float = 0.1
    order_seconds: float = 0.02
    answer_seconds: float = 0.02

    def timing(self, policy: Policy, start_ns: int) -> Timing:
        """Return the times of an order that starts then."""
        horizon, patience, step, order, answer = (
            round(seconds * SECOND_NS)
            for seconds in (self.horizon_seconds, policy.patience_seconds, self.decision_seconds, self.order_seconds, self.answer_seconds)
        )
        return Timing(start_ns, start_ns + horizon, patience, step, order, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one order cost; bps of the arrival mid, positive is cost, markouts positive when the price moved our way."""

    slippage_bps: float
    maker_share: float
    seconds: float
    maker_lots: int
    markouts_bps: tuple[float | None, ...]

    def all_in_bps(self, *, maker_bps: float, taker_bps: float) -> float:
        """Return slippage and fees; fees are of the notional at arrival, which differs by less than a bp of them."""
        return self.slippage_bps + maker_bps * self.maker_share + taker_bps * (1 - self.maker_share)


class Bench:
    """Work many orders on one tape, each as if alone."""

    def __init__(self, tape: Tape, desk: Desk) -> None:
        self.tape, self.desk = tape, desk
        self._head, self._work = Replay(tape), Replay(tape)
        self._seen = Seen(tape.top_seen_ns, tape.top_bid, tape.top_ask)
        self._head_ns = 0

    def work(self, policy: Policy, *, side: int, lots: int, start_ns: int) -> Result:
        """Work one order; orders that start later are worked later.

        Raises:
            EmptyOrder: less than a lot.
            NotFilled: the recording is over too soon.
        """
        if lots < 1:
            raise EmptyOrder("an order of less than a lot cannot be worked")
        self._start(start_ns)
        timing = self.desk.timing(policy, start_ns)
        quantities = _split(lots, policy.clips)
        releases = start_ns + np.arange(policy.clips, dtype=np.int64) * round(CLIP_SECONDS * SECOND_NS)
        work = self._work
        left = policy_kernel.run(
            work.rows,
            work.book,
            work.orders,
            work.log,
            work.cursor,
            self._seen,
            side,
            releases[quantities > 0],
            quantities[quantities > 0],
            timing,
            self.tape.closes_ns,
        )
        if left:
            raise NotFilled(f"{left} of {lots} lots were left when {self.tape.name} was over")
        return self._judge(work.log[: work.cursor[kernel.LOGGED]], side, start_ns)

    def _start(self, start_ns: int) -> None:
        if start_ns < self._head_ns:
            self._head, self._head_ns = Replay(self.tape), 0
        self._head.advance(start_ns)
        self._head_ns = start_ns
        self._work.follow(self._head)

    def _judge(self, log: Integers, side: int, start_ns: int) -> Result:
        arrival = float(self.tape.mid_at(start_ns))
        fills = log[log[:, kernel.LOG_WHAT] <= kernel.TOOK]
        made = fills[fills[:, kernel.LOG_WHAT] == kernel.MADE]
        quantity = fills[:, kernel.LOG_QUANTITY]
        paid = float((self.tape.price_of(fills[:, kernel.LOG_PRICE]) * quantity).sum() / quantity.sum())
        return Result(
            slippage_bps=1e4 * side * (paid - arrival) / arrival,
            maker_share=float(made[:, kernel.LOG_QUANTITY].sum() / quantity.sum()),
            seconds=float((fills[-1, kernel.LOG_NS] - start_ns) / SECOND_NS),
            maker_lots=int(made[:, kernel.LOG_QUANTITY].sum()),
            markouts_bps=tuple(self._markout(made, side, seconds) for seconds in MARKOUTS_SECONDS),
        )

    def _markout(self, made: Integers, side: int, seconds: float) -> float | None:
        """Return the mean move of the mid from the price of maker fills, weighted by quantity; None without any.

        Fills so near the end that the recording does not show it are left out.
        """
        later = made[:, kernel.LOG_NS] + round(seconds * SECOND_NS)
        shown = later <= self.tape.closes_ns
        if not shown.any():
            return None
        price = self.tape.price_of(made[shown, kernel.LOG_PRICE])
        moves = 1e4 * side * (self.tape.mid_at(later[shown]) - price) / price
        return float(np.average(moves, weights=made[shown, kernel.LOG_QUANTITY]))


def _split(lots: int, clips: int) -> Integers:
    """Return whole clips that add up, as equal as lots allow."""
    steps = np.arange(clips + 1, dtype=np.int64) * lots // clips
    return np.diff(steps)


def starts(tape: Tape, desk: Desk, *, every_seconds: float, tail_seconds: float) -> Sequence[int]:
    """Return start times a fixed time apart, so that every order and its end fit into the recording."""
    first = tape.opens_ns + SECOND_NS
    last = tape.closes_ns - round((desk.horizon_seconds + tail_seconds) * SECOND_NS)
    return range(first, last, round(every_seconds * SECOND_NS))


def paired(bench: Bench, policy: Policy, *, lots: int, start_ns: int) -> tuple[Result, Result]:
    """Work a buy and a sell of the same quantity from the same time."""
    return (
        bench.work(policy, side=BUY, lots=lots, start_ns=start_ns),
        bench.work(policy, side=-BUY, lots=lots, start_ns=start_ns),
    )
