"""Make recorded Binance messages the market of one venue.

Files of one symbol are played one after the other, different symbols side by side (their format: `recording`).

How own orders meet the recording
* They queue behind the quantity recorded at their price when they arrive, and behind nothing that was recorded later.
* A recorded trade trades first against what rests better than its price (own orders only: the recording's own better
  levels were already gone), then through the queue at its price, at most its own size in all.
* When the recorded book crosses an own order, the crossing quantity fills it at its price.
* What own orders took from the recording stays taken, as `background` says.
The recorded market does not react to own orders. At the end the last book stays.
"""

import heapq
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from execution.paper.accounts import Trade
from execution.paper.background import Background, Place
from execution.paper.engine import Side
from execution.paper.pair import Pair
from execution.paper.recording import Message, RecordingError, play, symbol_of
from execution.paper.venue import Venue


class RecordedBook(Background):
    """Apply one symbol's recorded messages to a pair."""

    def __init__(self, venue: Venue, pair: Pair, *, needs_snapshot: bool) -> None:
        super().__init__(venue, pair)
        self._needs_snapshot = needs_snapshot
        self._before_snapshot: list[dict[str, Any]] = []
        self._last_update = 0
        self._quote: dict[str, Any] | None = None
        self._recorded: dict[Place, int] = {}
        self._traded: dict[Place, int] = {}  # levels that trades changed ahead of the depth, with the trade's time
        self._quoted: dict[Place, int] = {}  # levels that best prices changed ahead of the depth, with their update id

    def apply(self, message: Message, now_ms: int) -> None:
        """Apply a message; what precedes the snapshot is not a market yet, but its depth is kept."""
        if message.event == "snapshot":
            self._snapshot(message.data, now_ms)
        elif self._needs_snapshot:
            self._before_snapshot += [message.data] if message.event == "depth" else []
        elif message.event == "depth":
            self._depth(message.data, now_ms)
        elif message.event == "bookTicker":
            self._best(message.data, now_ms)
        elif message.event == "trade" and message.data.get("X", "MARKET") == "MARKET":
            self._trade(message.data, now_ms)

    def note_own_taker(self, trades: Iterable[Trade]) -> None:
        """Remember what an own order took from the recording."""
        for trade in trades:
            self.note_taken(trade.side.opposite, trade.price, trade.quantity)

    def _snapshot(self, data: dict[str, Any], now_ms: int) -> None:
        self._needs_snapshot = False
        self._last_update = data["lastUpdateId"]
        recorded = {side: self._levels(data[name]) for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks"))}
        for side, levels in recorded.items():
            for price in list(self.book.ladder(side).prices()):
                if price not in levels:
                    self._set(side, price, 0, now_ms)
        for side, levels in recorded.items():
            for price, quantity in levels.items():
                self._set(side, price, quantity, now_ms)
        for earlier in self._before_snapshot:  # what was received before the snapshot may be newer than it
            self._depth(earlier, now_ms)
        self._before_snapshot.clear()

    def _depth(self, data: dict[str, Any], now_ms: int) -> None:
        if data["u"] <= self._last_update:
            return
        self._last_update = data["u"]
        changes = [
            (side, price, quantity)
            for side, name in ((Side.BUY, "b"), (Side.SELL, "a"))
            for price, quantity in self._levels(data[name]).items()
        ]
        for side, price, quantity in sorted(changes, key=lambda change: change[2] > 0):  # removals first: the book never crosses itself
            self._set(side, price, quantity, now_ms)
        self._settle(data, now_ms)
        if self._quote is not None and self._quote["u"] > data["u"]:
            self._best(self._quote, now_ms)

    def _best(self, data: dict[str, Any], now_ms: int) -> None:
        """Follow the best prices, which are recorded in real time and the depth every 100 ms."""
        if data["u"] < self._last_update:
            return
        self._quote = data
        quoted = {Side.BUY: self._level(data["b"], data["B"]), Side.SELL: self._level(data["a"], data["A"])}
        for side, (best, _) in quoted.items():
            for price in self.better_than(side, best):
                self._quoted[side, price] = data["u"]
                self.show(side, price, 0, now_ms)
        for side, (best, quantity) in quoted.items():
            self._quoted[side, best] = data["u"]
            self.show(side, best, quantity, now_ms)

    def _trade(self, data: dict[str, Any], now_ms: int) -> None:
        """Let a recorded taker trade: own orders at better prices, then the queue at its price."""
        price, quantity = self._level(data["p"], data["q"])
        side = Side.SELL if data["m"] else Side.BUY
        better = self.better_than(side.opposite, price)
        for gone in better:
            self.drop(side.opposite, gone)
        self._traded.update(((side.opposite, place), data["T"]) for place in (*better, price))
        self.take(side, price, quantity, now_ms)

    def _set(self, side: Side, price: int, recorded: int, now_ms: int) -> None:
        """Take a level from the recorded depth."""
        if recorded:
            self._recorded[side, price] = recorded
        else:
            self._recorded.pop((side, price), None)
        self.show(side, price, recorded, now_ms)

    def _settle(self, depth: dict[str, Any], now_ms: int) -> None:
        """Go back to the recorded depth where trades and best prices that it contains said otherwise."""
        settled = [place for place, time_ms in self._traded.items() if time_ms <= depth["E"]]
        settled += [place for place, update_id in self._quoted.items() if update_id <= depth["u"]]
        for place in settled:
            self._traded.pop(place, None)
            self._quoted.pop(place, None)
            self.show(*place, self._recorded.get(place, 0), now_ms)

    def drop(self, side: Side, price: int) -> None:
        """Remove what a message implies to be gone; the next depth may know better."""
        self._traded[side, price] = 0
        super().drop(side, price)

    def _levels(self, levels: Iterable[Sequence[str]]) -> dict[int, int]:
        return dict(self._level(price, quantity) for price, quantity in levels)

    def _level(self, price: str, quantity: str) -> tuple[int, int]:
        return self.pair.listing.ticks(price), self.pair.listing.lots(quantity)


class ReplayMarket:
    """Play recordings on one venue at a multiple of their speed."""

    def __init__(self, venue: Venue, paths: Sequence[Path], *, speed: float, now_ms: int) -> None:
        self.venue, self.speed, self.paths = venue, speed, tuple(paths)
        self.books: dict[str, RecordedBook] = {}
        self._messages = heapq.merge(*(play(symbol, files) for symbol, files in self._by_symbol().items()))
        self._pending = next(self._messages, None)
        self._played = 0
        self._first_us = self._pending.time_us if self._pending else 0
        self._until_us: float = self._first_us
        self._open(now_ms)

    def advance(self, now_ms: int, seconds: float) -> None:
        """Play what is due."""
        self._until_us += seconds * 1e6 * self.speed
        while self._pending is not None and self._pending.time_us <= self._until_us:
            self._play_next(now_ms)

    def step_venue(self, name: str, now_ms: int, part: int) -> None:
        """Do nothing: a recording moves its books itself."""

    def note_own_taker(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """Remember what was taken; a recorded market reacts in no other way."""
        self.books[pair.listing.symbol].note_own_taker(trades)

    def prices(self) -> dict[str, float]:
        """Return nothing: a replay starts at its beginning."""
        return {}

    def status(self) -> dict[str, object]:
        """Describe the replay for the control endpoint."""
        return {
            "market": "replay",
            "state": "playing" if self._pending is not None else "ended",
            "files": [path.name for path in self.paths],
            "symbols": list(self.books),
            "venue": self.venue.profile.name,
            "speed": self.speed,
            "messages_played": self._played,
            "position_seconds": (min(self._until_us, self._pending.time_us if self._pending else self._until_us) - self._first_us) / 1e6,
        }

    def _by_symbol(self) -> dict[str, list[Path]]:
        files: dict[str, list[Path]] = {}
        for path in self.paths:
            symbol, has_snapshot = symbol_of(path)
            if symbol not in self.venue.pairs:
                raise RecordingError(f"{path} records {symbol}, which {self.venue.profile.name} does not list")
            files.setdefault(symbol, []).append(path)
            if symbol not in self.books:
                self.books[symbol] = RecordedBook(self.venue, self.venue.pairs[symbol], needs_snapshot=has_snapshot)
        return files

    def _open(self, now_ms: int) -> None:
        """Play on until every book has both sides; the market opens there."""
        while self._pending is not None and not all(book.pair.quote() for book in self.books.values()):
            self._until_us = self._pending.time_us
            self._play_next(now_ms)
        for symbol, book in self.books.items():
            if book.pair.quote() is None:
                raise RecordingError(f"the recording of {symbol} never shows both sides of a book")
            book.pair.is_trading = True

    def _play_next(self, now_ms: int) -> None:
        assert self._pending is not None
        self.books[self._pending.symbol].apply(self._pending, now_ms)
        self._played += 1
        self._pending = next(self._messages, None)
