"""The frames of spot's public streams, by channel."""

from typing import Any

from execution.paper.gateways.binance import spot_market_wire
from execution.paper.listings import Kind
from execution.paper.pair import BookChanges, Pair, Print

Json = dict[str, Any]
_TICKER_NAMES = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}


class SpotEvents:
    """What spot's channels say."""

    kind = Kind.SPOT
    slow_channels: tuple[str, ...] = ("ticker", "miniTicker")

    def name(self, pair: Pair) -> str:
        """Return the venue's name of a pair."""
        return pair.listing.symbol

    def depth(self, pair: Pair, changes: BookChanges, now_ms: int) -> Json:
        """Return a change of a book; `U` follows the `u` before."""
        return {
            "e": "depthUpdate",
            "E": now_ms,
            "s": pair.listing.symbol,
            "U": changes.first,
            "u": changes.last,
            "b": spot_market_wire.levels_json(pair.listing, changes.bids),
            "a": spot_market_wire.levels_json(pair.listing, changes.asks),
        }

    def trade(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade."""
        return {
            "e": "trade",
            "E": now_ms,
            "s": pair.listing.symbol,
            "t": trade.trade_id,
            "p": pair.listing.price_text(trade.price, 8),
            "q": pair.listing.quantity_text(trade.quantity, 8),
            "T": trade.time_ms,
            "m": trade.buyer_is_maker,
            "M": True,
        }

    def aggregate(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade as an aggregate of its own."""
        return {"e": "aggTrade", "E": now_ms, "s": pair.listing.symbol, **spot_market_wire.aggregate_json(trade, pair.listing)}

    def quote(self, pair: Pair, now_ms: int) -> Json:
        """Return the best prices, which come without an event's name."""
        quote = spot_market_wire.quote_json(pair)
        return {
            "u": pair.book.update_id,
            "s": quote["symbol"],
            "b": quote["bidPrice"],
            "B": quote["bidQty"],
            "a": quote["askPrice"],
            "A": quote["askQty"],
        }

    def slow(self, channel: str, pair: Pair, now_ms: int) -> Json:
        """Return a day's statistics, whole or in short."""
        ticker = spot_market_wire.ticker_json(pair, now_ms)
        event = {"e": "24hrTicker", "E": now_ms, "s": ticker["symbol"]} | {short: ticker[long] for short, long in _TICKER_NAMES.items()}
        if channel == "ticker":
            return event
        return {**{short: event[short] for short in ("E", "s", "c", "o", "h", "l", "v", "q")}, "e": "24hrMiniTicker"}
