"""The markets that a maker posts in on both sides: a path of the model, and a recording."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from analytics.lab.facts.modelled import GRID_SECONDS, SETTLING_SECONDS, path_of, price_of
from analytics.lab.facts.observed import FloatArray
from analytics.lab.facts.round_trips import sizes_of
from analytics.lab.facts.two_sided import Heard, fills_of_posting, posting_rows
from analytics.lab.replay import kernel
from analytics.lab.replay.referee import BUY, Event, Replay
from analytics.lab.replay.sources import open_recording
from analytics.lab.replay.tape import Tape
from execution.market_model.path import MarketPath
from execution.market_model.records import EventKind, OrderKind, OwnEvent, Recording

QUOTE = 1  # which of the sizes that are traded on nothing is quoted on each side
SECOND_NS = 1_000_000_000
_MidAt = Callable[[FloatArray], FloatArray]
OPENING_SECONDS = 1.0  # after a recording's first whole book


def posting_on_path(symbol: str, *, seed: np.random.SeedSequence, seconds: float, horizons: Sequence[float]) -> dict[float, FloatArray]:
    """Return `posting_rows` by horizon of quotes on the main venue of a path of the model."""
    path = path_of(symbol, seed, Recording(tape=False, sample_seconds=GRID_SECONDS))
    path.advance(SETTLING_SECONDS)
    fills = fills_of_posting(_PathMarket(path, sizes_of(symbol)[QUOTE]), SETTLING_SECONDS, seconds)
    fills[:, 2] = price_of(fills[:, 2])
    path.advance(seconds, stops_at_events=False)
    mid = price_of(path.samples.mid)

    def mid_at(times: FloatArray) -> FloatArray:
        return mid[np.minimum(np.round(times / GRID_SECONDS).astype(np.int64), mid.size - 1)]

    return _rows(fills, mid_at, horizons, seconds)


def posting_on_recording(symbol: str, *, paths: Sequence[Path], horizons: Sequence[float]) -> dict[float, FloatArray]:
    """Return `posting_rows` by horizon of quotes on a recording, in the order of time."""
    tape = open_recording(paths)
    market = _RecordedMarket(tape, sizes_of(symbol)[QUOTE])
    fills = fills_of_posting(market, OPENING_SECONDS, tape.seconds)

    def mid_at(times: FloatArray) -> FloatArray:
        mids: FloatArray = tape.mid_at(tape.opens_ns + np.round(times * SECOND_NS).astype(np.int64))
        return mids

    return _rows(fills, mid_at, horizons, tape.seconds)


def _rows(fills: FloatArray, mid_at: _MidAt, horizons: Sequence[float], end: float) -> dict[float, FloatArray]:
    return {horizon: posting_rows(fills, mid_at, horizon_seconds=horizon, end=end) for horizon in horizons}


class _PathMarket:
    """The main venue of a path; prices in bps from its start."""

    def __init__(self, path: MarketPath, usd: float) -> None:
        self._path, self._venue, self._usd = path, path.venues[0].name, usd

    def best(self) -> tuple[float, float]:
        return self._path.touch_bps(self._venue)

    def post(self, sign: int, price: float, *, arrival: float) -> int:
        return self._path.place(
            venue=self._venue, side=sign, kind=OrderKind.POST_ONLY, usd=self._usd, price_bps=price, arrival_seconds=arrival
        )

    def cancel(self, order: int, *, arrival: float) -> None:
        self._path.cancel(order, arrival_seconds=arrival)

    def advance(self, until: float) -> Sequence[Heard]:
        return [_heard(event) for event in self._path.advance(until, stops_at_events=False)]


def _heard(event: OwnEvent) -> Heard:
    is_fill = event.kind is EventKind.FILLED
    return Heard(
        order=event.order_id,
        time=event.time_seconds,
        price=event.price_bps,
        usd=event.usd if is_fill else 0.0,
        has_ended=event.kind in {EventKind.ENDED, EventKind.REJECTED},
    )


class _RecordedMarket:
    """A recording; seconds count from its first whole book, prices in USD."""

    def __init__(self, tape: Tape, usd: float) -> None:
        self._tape, self._replay = tape, Replay(tape, slots=2)
        self._now_ns = tape.opens_ns
        self._lots = max(round(usd / float(tape.mid_at(tape.opens_ns)) / tape.lot), 1)

    def best(self) -> tuple[float, float]:
        row = max(int(np.searchsorted(self._tape.top_ns, self._now_ns, side="right")) - 1, 0)
        return float(self._tape.price_of(self._tape.top_bid[row])), float(self._tape.price_of(self._tape.top_ask[row]))

    def post(self, sign: int, price: float, *, arrival: float) -> int:
        order = 0 if sign == BUY else 1
        level = round(price / self._tape.tick) - self._tape.lowest
        self._replay.place(order, side=sign, kind=kernel.POST_ONLY, price=level, quantity=self._lots, arrives_ns=self._ns(arrival))
        return order

    def cancel(self, order: int, *, arrival: float) -> None:
        self._replay.cancel(order, arrives_ns=self._ns(arrival))

    def advance(self, until: float) -> Sequence[Heard]:
        self._now_ns = self._ns(until)
        events = self._replay.advance(self._now_ns)
        self._replay.forget()
        return [self._heard(event) for event in events if event.what != kernel.RESTED]

    def _heard(self, event: Event) -> Heard:
        price, has_ended = float(self._tape.price_of(event.price)), event.what == kernel.ENDED
        return Heard(
            order=event.order,
            time=(event.at_ns - self._tape.opens_ns) / SECOND_NS,
            price=price,
            usd=0.0 if has_ended else event.quantity * self._tape.lot * price,
            has_ended=has_ended,
        )

    def _ns(self, seconds: float) -> int:
        return self._tape.opens_ns + round(seconds * SECOND_NS)
