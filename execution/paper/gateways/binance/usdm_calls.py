"""USD-M's public calls. A call takes parameters and returns the JSON body."""

from collections.abc import Callable
from typing import Any

from execution.paper.engine import Side
from execution.paper.gateways.base import Core
from execution.paper.gateways.binance import usdm_market_wire
from execution.paper.gateways.binance.errors import INVALID_SYMBOL, ApiError, missing
from execution.paper.gateways.binance.params import LIST_LIMIT, Params, chosen_bars, chosen_prints, integer, limit, window
from execution.paper.gateways.binance.usdm_wire import market_id
from execution.paper.listings import Kind
from execution.paper.pair import Pair

DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)


class UsdmCalls:
    """What one venue answers about its perpetuals; times come from `core.clock`."""

    def __init__(self, core: Core) -> None:
        self.core, self.venue = core, core.venue
        self.pairs = {market_id(pair.listing): pair for pair in core.venue.pairs_of(Kind.PERPETUAL)}

    def ping(self, params: Params, now_ms: int) -> Any:
        """Answer that the venue is there."""
        return {}

    def time(self, params: Params, now_ms: int) -> Any:
        """Return the venue's clock."""
        return {"serverTime": now_ms}

    def exchange_info(self, params: Params, now_ms: int) -> Any:
        """Return the listings."""
        return {
            "timezone": "UTC",
            "serverTime": now_ms,
            "futuresType": "U_MARGINED",
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
                {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
            ],
            "exchangeFilters": [],
            "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
            "symbols": [usdm_market_wire.symbol_json(pair) for pair in self.pairs.values()],
        }

    def depth(self, params: Params, now_ms: int) -> Any:
        """Return a snapshot of a book."""
        pair, most = self.pair(params), integer(params, "limit") or 500
        if most not in DEPTH_LIMITS:
            raise ApiError(-4021, f"{most} is not valid depth limit.")
        return {
            "lastUpdateId": pair.book.update_id,
            "E": now_ms,
            "T": now_ms,
            "bids": usdm_market_wire.levels_json(pair.listing, pair.shown(Side.BUY, most)),
            "asks": usdm_market_wire.levels_json(pair.listing, pair.shown(Side.SELL, most)),
        }

    def trades(self, params: Params, now_ms: int) -> Any:
        """Return the last public trades."""
        pair = self.pair(params)
        return [usdm_market_wire.print_json(trade, pair.listing) for trade in list(pair.tape)[-limit(params, 500, LIST_LIMIT) :]]

    def aggregates(self, params: Params, now_ms: int) -> Any:
        """Return public trades, newest or from an id or a time on."""
        pair = self.pair(params)
        return [usdm_market_wire.aggregate_json(trade, pair.listing) for trade in chosen_prints(pair.tape, params)]

    def klines(self, params: Params, now_ms: int) -> Any:
        """Return minute bars since the exchange started."""
        pair = self.pair(params)
        return [usdm_market_wire.bar_json(bar, pair.listing) for bar in chosen_bars(pair.bars, params)]

    def book_ticker(self, params: Params, now_ms: int) -> Any:
        """Return best prices of one symbol or of all."""
        return self._one_or_all(params, lambda pair: usdm_market_wire.quote_json(pair, now_ms), needs_book=True)

    def day_ticker(self, params: Params, now_ms: int) -> Any:
        """Return a day's statistics of one symbol or of all."""
        return self._one_or_all(params, lambda pair: usdm_market_wire.ticker_json(pair, now_ms))

    def price_ticker(self, params: Params, now_ms: int) -> Any:
        """Return the last price of one symbol or of all."""
        return self._one_or_all(params, lambda pair: usdm_market_wire.last_price_json(pair, now_ms))

    def premium_index(self, params: Params, now_ms: int) -> Any:
        """Return mark and index price and the funding to come, of one symbol or of all."""
        return self._one_or_all(params, lambda pair: usdm_market_wire.premium_json(pair, now_ms, self.venue.next_funding_ms(now_ms)))

    def funding_rates(self, params: Params, now_ms: int) -> Any:
        """Return a symbol's past funding, newest or from a time on."""
        pair, start, end = self.pair(params), integer(params, "startTime"), integer(params, "endTime")
        rates = [rate for rate in pair.funding_rates if (start or 0) <= rate.time_ms <= (end or rate.time_ms)]
        return [usdm_market_wire.funding_json(rate, pair.listing) for rate in window(rates, params, newest=start is None)]

    def pair(self, params: Params) -> Pair:
        """Return the perpetual that is asked about, its book up to date."""
        symbol = params.get("symbol")
        if not symbol:
            raise missing("symbol")
        if symbol not in self.pairs:
            raise INVALID_SYMBOL
        pair = self.pairs[symbol]
        pair.wake()
        return pair

    def _one_or_all(self, params: Params, describe: Callable[[Pair], Any], *, needs_book: bool = False) -> Any:
        if params.get("symbol"):
            return describe(self.pair(params))
        for pair in self.pairs.values() if needs_book else ():
            pair.wake()
        return [describe(pair) for pair in self.pairs.values()]
