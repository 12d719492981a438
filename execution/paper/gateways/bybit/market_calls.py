"""Bybit's public calls: `/v5/market/...`. Each takes parameters and returns the `result` of the answer."""

from typing import Any

from execution.paper.gateways.base import Core
from execution.paper.gateways.bybit import market_wire
from execution.paper.gateways.bybit.errors import parameter_error
from execution.paper.gateways.bybit.names import Names, Params, category, category_of, name_of
from execution.paper.gateways.bybit.params import read_integer, read_limit
from execution.paper.listings import Kind
from execution.paper.pair import Pair

MINUTE_MS = 60_000
DEEPEST = {Kind.SPOT: 200, Kind.PERPETUAL: 500}
MOST_TRADES = {Kind.SPOT: 60, Kind.PERPETUAL: 1000}
USUAL_TRADES = {Kind.SPOT: 60, Kind.PERPETUAL: 500}


class MarketCalls:
    """What anybody may ask."""

    def __init__(self, core: Core, names: Names) -> None:
        self._core, self._names = core, names

    def time(self, params: Params, now_ms: int) -> Any:
        """Return the venue's clock."""
        return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}

    def instruments(self, params: Params, now_ms: int) -> Any:
        """Return the listings of a category; linear ones in pages."""
        wanted = category(params)
        listed = [] if params.get("status") not in {None, "", "Trading"} else self._names.pairs(params)
        base = params.get("baseCoin")
        pairs = sorted((pair for pair in listed if base in {None, "", pair.listing.base}), key=lambda pair: name_of(pair.listing))
        following = ""
        if wanted != "spot":
            limit = read_limit(params, default=500, highest=1000)
            pairs = [pair for pair in pairs if name_of(pair.listing) > params.get("cursor", "")]
            pairs, left = pairs[:limit], pairs[limit:]
            following = name_of(pairs[-1].listing) if left else ""
        return {"category": wanted, "list": [self._instrument(pair) for pair in pairs], "nextPageCursor": following}

    def orderbook(self, params: Params, now_ms: int) -> Any:
        """Return a book."""
        pair = self._awake(params)
        default = 1 if pair.listing.kind is Kind.SPOT else 25
        limit = read_limit(params, default=default, highest=DEEPEST[pair.listing.kind])
        return market_wire.book_json(pair, limit, now_ms)

    def tickers(self, params: Params, now_ms: int) -> Any:
        """Return the tickers of one symbol or of a category."""
        pairs = self._names.pairs(params)
        return {"category": params["category"], "list": [self.ticker(pair, now_ms) for pair in pairs]}

    def recent_trades(self, params: Params, now_ms: int) -> Any:
        """Return the last public trades, newest first."""
        pair = self._awake(params)
        kind = pair.listing.kind
        limit = read_limit(params, default=USUAL_TRADES[kind], highest=MOST_TRADES[kind])
        trades = list(pair.tape)[-limit:][::-1]
        return {"category": params["category"], "list": [market_wire.print_json(trade, pair.listing) for trade in trades]}

    def bars(self, params: Params, now_ms: int) -> Any:
        """Return minute bars, newest first, since the exchange started."""
        pair = self._awake(params)
        if params.get("interval") != "1":
            raise parameter_error("Invalid period!")
        start, end = read_integer(params, "start"), read_integer(params, "end")
        limit = read_limit(params, default=200, highest=1000)
        fitting = [bar for bar in pair.bars if (start is None or bar.open_ms >= start) and (end is None or bar.open_ms <= end)]
        chosen = fitting[:limit] if start is not None and end is None else fitting[-limit:]
        rows = [market_wire.bar_json(bar, pair.listing) for bar in reversed(chosen)]
        return {"symbol": name_of(pair.listing), "category": params["category"], "list": rows}

    def funding_history(self, params: Params, now_ms: int) -> Any:
        """Return the funding rates that were paid, newest first."""
        pair = self._awake(params)
        if pair.listing.kind is not Kind.PERPETUAL:
            raise parameter_error("params error: Illegal category")
        start, end = read_integer(params, "startTime"), read_integer(params, "endTime")
        limit = read_limit(params, default=200, highest=200)
        paid = [rate for rate in pair.funding_rates if (start or 0) <= rate.time_ms and (end is None or rate.time_ms <= end)]
        rows = [market_wire.funding_rate_json(rate, pair.listing) for rate in reversed(paid[-limit:])]
        return {"category": params["category"], "list": rows}

    def ticker(self, pair: Pair, now_ms: int) -> Any:
        """Return a ticker of the pair's category."""
        pair.wake()
        ticker = market_wire.ticker_json(pair, market_wire.day_of(pair)) | market_wire.touch_json(pair)
        if pair.listing.kind is Kind.SPOT:
            return ticker | {"usdIndexPrice": pair.listing.price_text(pair.index_price())}
        held = sum(max(0, account.position(pair.listing.symbol).lots) for account in self._core.venue.accounts.values())
        return ticker | market_wire.perpetual_json(pair, held, self._core.venue.next_funding_ms(now_ms))

    def _instrument(self, pair: Pair) -> Any:
        minutes = self._core.venue.profile.funding_interval_ms // MINUTE_MS
        return market_wire.instrument_json(pair, funding_minutes=minutes, launched_ms=self._core.exchange.started_ms)

    def _awake(self, params: Params) -> Pair:
        pair = self._names.pair(params)
        if category_of(pair.listing) != params.get("category"):
            raise parameter_error("Not supported symbols")
        pair.wake()
        return pair
