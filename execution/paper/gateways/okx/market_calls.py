"""OKX's public endpoints."""

from collections.abc import Callable
from typing import Any

from execution.paper.gateways.base import Core
from execution.paper.gateways.okx import market_wire
from execution.paper.gateways.okx.errors import NO_SUCH_INSTRUMENT, ApiError, Json
from execution.paper.gateways.okx.instruments import KNOWN_TYPES, TYPES, Instruments, instrument_id, instrument_json
from execution.paper.gateways.okx.params import Params, error, integer, limit_of, page, required
from execution.paper.gateways.okx.swaps import Swaps
from execution.paper.listings import Kind
from execution.paper.pair import Pair

MOST_CANDLES = 300
MOST_TRADES = 500
Call = Callable[[Params, int], list[Any]]


class MarketCalls:
    """What one venue answers anybody; each call returns the rows of `data`."""

    def __init__(self, core: Core, instruments: Instruments) -> None:
        self._instruments, self._swaps = instruments, Swaps(core)
        self.calls: dict[str, Call] = {
            "public/time": lambda params, now_ms: [{"ts": str(now_ms)}],
            "public/instruments": self._listings,
            "public/mark-price": self._mark_prices,
            "public/funding-rate": self._funding,
            "public/funding-rate-history": self._funding_history,
            "system/status": lambda params, now_ms: [],
            "market/books": self._book,
            "market/books-full": self._full_book,
            "market/ticker": lambda params, now_ms: [market_wire.ticker_json(self._pair(params), now_ms)],
            "market/tickers": self._tickers,
            "market/trades": self._trades,
            "market/history-trades": self._trades,
            "market/candles": self._candles,
            "market/history-candles": self._candles,
        }

    def _pair(self, params: Params) -> Pair:
        found = self._instruments.find(required(params, "instId"))
        if found is None:
            raise ApiError(*NO_SUCH_INSTRUMENT)
        return found

    def _pairs(self, params: Params) -> list[Pair]:
        """Return the pairs of a type, or the one that is named; other types of instrument are known and empty."""
        kind = str(params.get("instType") or "") or required({"instType": self._type_of(params)}, "instType")
        if kind not in KNOWN_TYPES:
            raise error("instType")
        if not params.get("instId"):
            return self._instruments.of_type(kind)
        pair = self._pair(params)
        if TYPES[pair.listing.kind] != kind:
            raise ApiError("51015", "Instrument ID does not match instrument type.")
        return [pair]

    def _type_of(self, params: Params) -> str:
        """Return the type of the instrument that is named; OKX does without `instType` then."""
        return TYPES[self._pair(params).listing.kind] if params.get("instId") else ""

    def _listings(self, params: Params, now_ms: int) -> list[Any]:
        return [instrument_json(pair) for pair in self._pairs(params)]

    def _mark_prices(self, params: Params, now_ms: int) -> list[Any]:
        swaps = [pair for pair in self._pairs(params) if pair.listing.kind is Kind.PERPETUAL]
        return [self._mark_price(pair, now_ms) for pair in swaps]

    def _mark_price(self, pair: Pair, now_ms: int) -> Json:
        pair.wake()
        return {
            "instType": TYPES[pair.listing.kind],
            "instId": instrument_id(pair.listing),
            "markPx": self._swaps.mark_text(pair),
            "ts": str(now_ms),
        }

    def _swap(self, params: Params) -> Pair:
        pair = self._pair(params)
        if pair.listing.kind is not Kind.PERPETUAL:
            raise error("instId")
        return pair

    def _funding(self, params: Params, now_ms: int) -> list[Any]:
        chosen = self._instruments.of_type("SWAP") if params.get("instId") == "ANY" else [self._swap(params)]
        return [self._swaps.funding_json(pair, now_ms) for pair in chosen]

    def _funding_history(self, params: Params, now_ms: int) -> list[Any]:
        rows = self._swaps.funding_history(self._swap(params))
        return page(rows, params, number=lambda row: int(row["fundingTime"]), highest=400)

    def _book(self, params: Params, now_ms: int) -> list[Any]:
        return [market_wire.book_json(self._pair(params), limit_of(params, 1, market_wire.BOOK_LEVELS, "sz"), now_ms)]

    def _full_book(self, params: Params, now_ms: int) -> list[Any]:
        """Return up to 5000 levels, without the deprecated third figure."""
        book = market_wire.book_json(self._pair(params), limit_of(params, 1, market_wire.FULL_LEVELS, "sz"), now_ms)
        return [{**book, **{side: [[price, size, count] for price, size, _, count in book[side]] for side in ("asks", "bids")}}]

    def _tickers(self, params: Params, now_ms: int) -> list[Any]:
        return [market_wire.ticker_json(pair, now_ms) for pair in self._pairs(params)]

    def _trades(self, params: Params, now_ms: int) -> list[Any]:
        pair = self._pair(params)
        pair.wake()
        newest = list(pair.tape)[-limit_of(params, 100, MOST_TRADES) :]
        return [market_wire.trade_json(trade, pair.listing) for trade in reversed(newest)]

    def _candles(self, params: Params, now_ms: int) -> list[Any]:
        """Return minutes since the exchange started, newest first; `after` and `before` are times."""
        pair = self._pair(params)
        if params.get("bar") not in (None, "", "1m"):
            raise error("bar")
        integer(params, "limit")
        pair.wake()
        bars = page(pair.bars, params, number=lambda bar: bar.open_ms, highest=MOST_CANDLES)
        return [market_wire.candle_json(bar, pair.listing, now_ms) for bar in bars]
