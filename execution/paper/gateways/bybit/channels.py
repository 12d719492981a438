"""What one public topic tells: a book of some depth, trades, or a ticker. A frame is encoded once for all who listen."""

from typing import Any

import msgspec

from execution.paper.engine import Side
from execution.paper.gateways.bybit import market_wire
from execution.paper.gateways.bybit.market_calls import MarketCalls
from execution.paper.gateways.bybit.names import name_of
from execution.paper.listings import Kind
from execution.paper.pair import Levels, Pair, Print

ENCODER = msgspec.json.Encoder()
EVERY = {1: 1, 50: 1, 200: 2, 1000: 4}
"""Ticks of 50 ms between the messages of a book, by depth; the real venue sends the first two every 10 and 20 ms."""
SPOT_EVERY = {**EVERY, 200: 4}
TOP_REPEAT_TICKS = 60  # the best prices are told again after three seconds without a change, under the same number
TICKER_EVERY = 2
DAY_EVERY = 20


class BookChannel:
    """A book of some depth: a snapshot first, then what changed in it, each message numbered one above the last."""

    def __init__(self, pair: Pair, depth: int, now_ms: int) -> None:
        self._pair, self._depth = pair, depth
        self._every = (SPOT_EVERY if pair.listing.kind is Kind.SPOT else EVERY)[depth]
        self._number = now_ms  # any start but 1, which says that the venue has restarted
        self._sides: dict[Side, dict[int, int]] = {}
        self._quiet_ticks = 0
        self._is_stale = False
        self._take()

    def welcome(self, now_ms: int) -> bytes:
        """Return the book as the last message left it."""
        bids, asks = (sorted(self._sides[side].items(), reverse=side is Side.BUY) for side in (Side.BUY, Side.SELL))
        return self._frame("snapshot", bids, asks, now_ms)

    def publish(self, now_ms: int, tick: int, *, has_changed: bool) -> bytes | None:
        """Return what changed since the last message, none when nothing did or it is not time yet.

        `has_changed` tells whether the book, at any depth, differs from what it was a tick ago: looking costs more than asking.
        """
        self._is_stale = self._is_stale or has_changed
        if tick % self._every:
            return None
        before = self._take() if self._is_stale else self._sides
        self._is_stale = False
        if before == self._sides:
            return self._repeat(now_ms)
        self._number += 1
        self._quiet_ticks = 0
        if self._depth == 1:
            return self.welcome(now_ms)
        bids, asks = (_difference(before[side], self._sides[side], side) for side in (Side.BUY, Side.SELL))
        return self._frame("delta", bids, asks, now_ms)

    def _repeat(self, now_ms: int) -> bytes | None:
        self._quiet_ticks += 1
        if self._depth != 1 or self._quiet_ticks < TOP_REPEAT_TICKS:
            return None
        self._quiet_ticks = 0
        return self.welcome(now_ms)

    def _take(self) -> dict[Side, dict[int, int]]:
        """Look at the book; return how it looked before."""
        before, self._sides = self._sides, {side: dict(self._pair.shown(side, self._depth)) for side in (Side.BUY, Side.SELL)}
        return before

    def _frame(self, kind: str, bids: Levels, asks: Levels, now_ms: int) -> bytes:
        listing = self._pair.listing
        name = name_of(listing)
        data = {
            "s": name,
            "b": market_wire.levels_json(listing, bids),
            "a": market_wire.levels_json(listing, asks),
            "u": self._number,
            "seq": self._pair.book.update_id,
        }
        return ENCODER.encode({"topic": f"orderbook.{self._depth}.{name}", "type": kind, "ts": now_ms, "data": data, "cts": now_ms})


class TickerChannel:
    """A ticker: whole on spot, and on linear whole at first and then what changed."""

    def __init__(self, pair: Pair, calls: MarketCalls, now_ms: int) -> None:
        self._pair, self._calls = pair, calls
        self._told: dict[str, Any] = calls.ticker(pair, now_ms)
        self._number = now_ms

    def welcome(self, now_ms: int) -> bytes:
        """Return the whole ticker."""
        return self._frame("snapshot", self._told, now_ms)

    def publish(self, now_ms: int, tick: int) -> bytes | None:
        """Return what changed since the last message; the day's figures are summed up once a second."""
        if tick % TICKER_EVERY:
            return None
        if tick % DAY_EVERY == 0:
            now: dict[str, Any] = self._calls.ticker(self._pair, now_ms)
        else:
            now = {**self._told, **({} if self._is_spot else market_wire.touch_json(self._pair))}
        changed = {name: value for name, value in now.items() if self._told.get(name) != value}
        if not changed:
            return None
        self._told, self._number = now, self._number + 1
        if self._is_spot:
            return self._frame("snapshot", now, now_ms)
        return self._frame("delta", {"symbol": now["symbol"], **changed}, now_ms)

    @property
    def _is_spot(self) -> bool:
        return self._pair.listing.kind is Kind.SPOT

    def _frame(self, kind: str, data: dict[str, Any], now_ms: int) -> bytes:
        hidden = ("bid1Price", "bid1Size", "ask1Price", "ask1Size") if self._is_spot else ()  # spot's stream has no best prices
        shown = {name: value for name, value in data.items() if name not in hidden}
        topic = f"tickers.{name_of(self._pair.listing)}"
        return ENCODER.encode({"topic": topic, "type": kind, "data": shown, "cs": self._number, "ts": now_ms})


class TradeChannel:
    """Public trades, as they happen; the first message comes with the next trade."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._before = pair.tape[-1].price if pair.tape else None

    def publish(self, trades: list[Print], now_ms: int) -> bytes | None:
        """Return the trades since the last message."""
        if not trades:
            return None
        rows = []
        for trade in trades:
            rows.append(market_wire.trade_json(trade, self._pair.listing, self._before))
            self._before = trade.price
        topic = f"publicTrade.{name_of(self._pair.listing)}"
        return ENCODER.encode({"topic": topic, "type": "snapshot", "ts": now_ms, "data": rows})


def _difference(before: dict[int, int], after: dict[int, int], side: Side) -> Levels:
    """Return the levels that differ, best first; one that has gone, or fell out of the depth, with quantity 0."""
    changed = {price: lots for price, lots in after.items() if before.get(price) != lots}
    changed.update(dict.fromkeys(before.keys() - after.keys(), 0))
    return sorted(changed.items(), reverse=side is Side.BUY)
