"""The frames of USD-M's public streams, by channel."""

from typing import Any

from execution.paper.gateways.binance import usdm_market_wire
from execution.paper.gateways.binance.usdm_wire import market_id
from execution.paper.listings import Kind
from execution.paper.pair import BookChanges, Pair, Print
from execution.paper.venue import Venue

Json = dict[str, Any]
_TICKER_NAMES = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "c": "lastPrice",
    "Q": "lastQty",
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


class UsdmEvents:
    """What USD-M's channels say."""

    kind = Kind.PERPETUAL
    slow_channels: tuple[str, ...] = ("ticker", "miniTicker", "markPrice", "markPrice@1s")

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def name(self, pair: Pair) -> str:
        """Return the venue's name of a perpetual."""
        return market_id(pair.listing)

    def depth(self, pair: Pair, changes: BookChanges, now_ms: int) -> Json:
        """Return a change of a book; `pu` is the `u` before."""
        return {
            "e": "depthUpdate",
            "E": now_ms,
            "T": now_ms,
            "s": market_id(pair.listing),
            "U": changes.first,
            "u": changes.last,
            "pu": changes.first - 1,
            "b": usdm_market_wire.levels_json(pair.listing, changes.bids),
            "a": usdm_market_wire.levels_json(pair.listing, changes.asks),
        }

    def trade(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade."""
        return {
            "e": "trade",
            "E": now_ms,
            "T": trade.time_ms,
            "s": market_id(pair.listing),
            "t": trade.trade_id,
            "p": pair.listing.price_text(trade.price),
            "q": pair.listing.quantity_text(trade.quantity),
            "X": "MARKET",
            "m": trade.buyer_is_maker,
        }

    def aggregate(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade as an aggregate of its own."""
        return {"e": "aggTrade", "E": now_ms, "s": market_id(pair.listing), **usdm_market_wire.aggregate_json(trade, pair.listing)}

    def quote(self, pair: Pair, now_ms: int) -> Json:
        """Return the best prices."""
        quote = usdm_market_wire.quote_json(pair, now_ms)
        return {
            "e": "bookTicker",
            "u": quote["lastUpdateId"],
            "E": now_ms,
            "T": now_ms,
            "s": quote["symbol"],
            "b": quote["bidPrice"],
            "B": quote["bidQty"],
            "a": quote["askPrice"],
            "A": quote["askQty"],
        }

    def slow(self, channel: str, pair: Pair, now_ms: int) -> Json:
        """Return a day's statistics, whole or in short, or the mark."""
        if channel.startswith("markPrice"):
            return self._mark(pair, now_ms)
        ticker = usdm_market_wire.ticker_json(pair, now_ms)
        event = {"e": "24hrTicker", "E": now_ms, "s": ticker["symbol"]} | {short: ticker[long] for short, long in _TICKER_NAMES.items()}
        if channel == "ticker":
            return event
        return {**{short: event[short] for short in ("E", "s", "c", "o", "h", "l", "v", "q")}, "e": "24hrMiniTicker"}

    def _mark(self, pair: Pair, now_ms: int) -> Json:
        mark = usdm_market_wire.premium_json(pair, now_ms, self._venue.next_funding_ms(now_ms))
        return {
            "e": "markPriceUpdate",
            "E": now_ms,
            "s": mark["symbol"],
            "p": mark["markPrice"],
            "ap": mark["markPrice"],
            "P": mark["estimatedSettlePrice"],
            "i": mark["indexPrice"],
            "r": mark["lastFundingRate"],
            "T": mark["nextFundingTime"],
        }
