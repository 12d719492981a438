"""Turn recorded Binance messages into what facts are measured on.

Times are the recorder's own clock (the messages of all streams in the order they came); parents are joined by the exchange's
trade time in milliseconds. The touch is the last best quote, the depth is the book kept from the snapshot and its changes.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analytics.lab.facts.book import DEPTH_BPS, IMMEDIATE_USD, ShallowBook, depth_within, immediate_cost_bps
from analytics.lab.facts.observed import FloatArray, InvalidObservation, Observed, join_parents
from execution.paper.recording import Message, RecordingError, play, symbol_of

GRID_SECONDS = 0.1
DEPTH_SECONDS = 1.0
NEAR = 0.02  # levels further from the mid than this do not matter to any fact


@dataclass(slots=True)
class _Book:
    """The recorded book: quantity by price, kept in order of update ids."""

    contract_usd: float | None
    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)
    last_update: int = 0
    is_known: bool = False
    early: list[dict[str, Any]] = field(default_factory=list)

    def apply(self, message: Message) -> None:
        """Follow a snapshot or a change; changes before the snapshot wait for it."""
        if message.event == "snapshot":
            self.bids, self.asks = _levels(message.data["bids"]), _levels(message.data["asks"])
            self.last_update, self.is_known = message.data["lastUpdateId"], True
            for change in self.early:
                self._change(change)
        elif message.event == "depth":
            self._change(message.data) if self.is_known else self.early.append(message.data)

    def _change(self, data: dict[str, Any]) -> None:
        if data["u"] <= self.last_update:
            return
        self.last_update = data["u"]
        for side, name in ((self.bids, "b"), (self.asks, "a")):
            for price, quantity in _levels(data[name]).items():
                if quantity:
                    side[price] = quantity
                else:
                    side.pop(price, None)

    def side(self, levels: dict[float, float], mid: float, *, is_bid: bool) -> tuple[FloatArray, FloatArray]:
        """Return (prices, USD) of a side near the mid, best first."""
        near = sorted((price for price in levels if abs(price / mid - 1) < NEAR), reverse=is_bid)
        prices = np.array(near, dtype=np.float64)
        quantities = np.array([levels[price] for price in near], dtype=np.float64)
        return prices, _usd(prices, quantities, self.contract_usd)


@dataclass(slots=True)
class _Notes:
    """What is written down while a recording is played."""

    trades: list[tuple[int, float, float, float, float]] = field(default_factory=list)  # ms, time, sign, price, quantity
    quotes: list[tuple[float, float, float, float, float]] = field(default_factory=list)  # time, bid, ask, their quantities
    depths: list[tuple[float, ...]] = field(default_factory=list)
    costs: list[tuple[float, ...]] = field(default_factory=list)


def observe_recording(paths: Sequence[Path], *, contract_usd: float | None = None) -> Observed:
    """Observe one symbol's files, in the order given, from the snapshot on.

    Args:
        contract_usd: USD per contract where quantities count contracts (COIN-M); None: they count base coin.

    Raises:
        RecordingError: a file cannot be read.
        InvalidObservation: no snapshot, no quote or no trade in it.
    """
    try:
        symbol, _ = symbol_of(paths[0])
        start, end, notes = _play(play(symbol, paths), _Book(contract_usd))
    except (EOFError, OSError, zlib.error) as error:
        raise RecordingError(f"{paths[0].name} cannot be read to its end: {error}") from error
    if not (notes.quotes and notes.trades and notes.depths):
        raise InvalidObservation(f"{paths[0].name} holds no snapshot, no best quote or no trade")
    return _observed(notes, start / 1e6, end / 1e6, contract_usd)


def _play(messages: Iterator[Message], book: _Book) -> tuple[int, int, _Notes]:
    notes, start, end, due = _Notes(), 0, 0, 0
    for message in messages:
        book.apply(message)
        if not book.is_known:
            continue
        start, end = start or message.time_us, message.time_us
        due = due or start + int(DEPTH_SECONDS * 1e6)
        _note(message, notes)
        if message.time_us >= due and message.event == "depth":
            _sample(book, notes)
            due += int(DEPTH_SECONDS * 1e6)
    return start, end, notes


def _note(message: Message, notes: _Notes) -> None:
    data, time = message.data, message.time_us / 1e6
    if message.event == "bookTicker":
        notes.quotes.append((time, float(data["b"]), float(data["a"]), float(data["B"]), float(data["A"])))
    elif message.event == "trade" and data.get("X", "MARKET") == "MARKET":
        notes.trades.append((data["T"], time, -1.0 if data["m"] else 1.0, float(data["p"]), float(data["q"])))


def _sample(book: _Book, notes: _Notes) -> None:
    """Write down depth and immediate cost: the mean of both sides; a size that a side cannot fill is written as nothing."""
    mid = (max(book.bids) + min(book.asks)) / 2
    sides = (book.side(book.bids, mid, is_bid=True), book.side(book.asks, mid, is_bid=False))
    notes.depths.append(tuple(sum(depth_within(*side, mid=mid, bps=bps) for side in sides) / 2 for bps in DEPTH_BPS))
    notes.costs.append(tuple(_cost(sides, mid, size) for size in IMMEDIATE_USD))


def _cost(sides: tuple[tuple[FloatArray, FloatArray], ...], mid: float, size_usd: float) -> float:
    try:
        return sum(immediate_cost_bps(*side, mid=mid, size_usd=size_usd) for side in sides) / 2
    except ShallowBook:
        return float("nan")


def _observed(notes: _Notes, start: float, end: float, contract_usd: float | None) -> Observed:
    quotes = np.array(notes.quotes)
    start = max(start, float(quotes[0, 0]))  # the grid begins with the first quote
    grid = np.arange(start, end, GRID_SECONDS)
    _, bid, ask, bid_quantity, ask_quantity = quotes[np.searchsorted(quotes[:, 0], grid, side="right") - 1].T
    times, signs, usd, prices = _parents(notes, start, contract_usd)
    depths, costs = np.array(notes.depths).T, np.array(notes.costs).T
    return Observed(
        seconds=end - start,
        trade_times=times,
        trade_signs=signs,
        trade_usd=usd,
        trade_prices=prices,
        bid=bid,
        ask=ask,
        bid_usd=_usd(bid, bid_quantity, contract_usd),
        ask_usd=_usd(ask, ask_quantity, contract_usd),
        grid_seconds=GRID_SECONDS,
        depth_usd=dict(zip(DEPTH_BPS, depths, strict=True)),
        immediate_cost_bps={size: cost[np.isfinite(cost)] for size, cost in zip(IMMEDIATE_USD, costs, strict=True)},
    )


def _parents(notes: _Notes, start: float, contract_usd: float | None) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    milliseconds, times, signs, prices, quantities = np.array([trade for trade in notes.trades if trade[1] >= start]).T
    usd = _usd(prices, quantities, contract_usd)
    return join_parents(milliseconds.astype(np.int64), times - start, signs, usd, prices)


def _usd(prices: FloatArray, quantities: FloatArray, contract_usd: float | None) -> FloatArray:
    """Return USD of base-coin quantities, or of contracts of a fixed USD value."""
    return quantities * (prices if contract_usd is None else contract_usd)


def _levels(levels: Sequence[tuple[str, str]]) -> dict[float, float]:
    return {float(price): float(quantity) for price, quantity in levels}
