"""OKX's book channels of one instrument: `books` (400 levels with changes), `books5` and `bbo-tbt` (small snapshots)."""

from typing import Any

from execution.paper.engine import Side
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.instruments import instrument_id
from execution.paper.gateways.okx.market_wire import BOOK_LEVELS, levels_json
from execution.paper.pair import Levels, Pair

FULL, FIVE, BEST = "books", "books5", "bbo-tbt"


class Book:
    """What was told of one instrument's book; every connection sees the same sequence numbers."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._sequence = -1
        self._window: dict[Side, dict[int, int]] | None = None
        self._best: dict[str, tuple[Levels, Levels]] = {}

    def change(self, now_ms: int) -> Json | None:
        """Return the change since the last one, None when there is none."""
        changes = self.pair.take_changes()
        previous, self._sequence = self._sequence, changes.last
        bids, asks = (changes.bids, changes.asks) if self._window is None else self._differences()
        if previous < 0 or not (changes.bids or changes.asks):
            return None
        return {"action": "update", "data": [self._data(bids, asks, now_ms, previous)]}

    def snapshot(self, now_ms: int) -> Json:
        """Return the whole book as of the last change."""
        bids, asks = (self.pair.shown(side, BOOK_LEVELS + 1) for side in (Side.BUY, Side.SELL))
        is_deep = max(len(bids), len(asks)) > BOOK_LEVELS
        if is_deep and self._window is None:
            self._window = self._best_levels()
        return {"action": "snapshot", "data": [self._data(bids[:BOOK_LEVELS], asks[:BOOK_LEVELS], now_ms, -1)]}

    def best(self, channel: str, now_ms: int, *, is_new: bool = False) -> Json | None:
        """Return the best levels when they have changed; `is_new` also when they have not."""
        limit = 1 if channel == BEST else 5
        shown = (self.pair.shown(Side.BUY, limit), self.pair.shown(Side.SELL, limit))
        if shown == self._best.get(channel) and not is_new:
            return None
        self._best[channel] = shown
        listing = self.pair.listing
        levels = {"asks": levels_json(listing, shown[1]), "bids": levels_json(listing, shown[0])}
        name = {"instId": instrument_id(listing)} if channel == FIVE else {}
        return {"data": [{**levels, **name, "ts": str(now_ms), "seqId": self.pair.book.update_id}]}

    def _data(self, bids: Levels, asks: Levels, now_ms: int, previous: int) -> dict[str, Any]:
        return {
            "asks": levels_json(self.pair.listing, asks),
            "bids": levels_json(self.pair.listing, bids),
            "ts": str(now_ms),
            "checksum": 0,
            "seqId": self._sequence,
            "prevSeqId": previous,
        }

    def _best_levels(self) -> dict[Side, dict[int, int]]:
        return {side: dict(self.pair.shown(side, BOOK_LEVELS)) for side in (Side.BUY, Side.SELL)}

    def _differences(self) -> tuple[Levels, Levels]:
        """Return what changed among the best 400 levels of a deeper book: some leave that range and others enter it."""
        assert self._window is not None
        before, self._window = self._window, self._best_levels()
        bids, asks = (_difference(before[side], self._window[side]) for side in (Side.BUY, Side.SELL))
        return sorted(bids, reverse=True), sorted(asks)


def _difference(before: dict[int, int], after: dict[int, int]) -> Levels:
    gone = [(price, 0) for price in before.keys() - after.keys()]
    return gone + [(price, lots) for price, lots in after.items() if before.get(price) != lots]
