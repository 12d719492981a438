"""Calls that read the market: time, products, books, trades and candles, and what little of the older API ccxt asks for."""

from typing import Any

from execution.paper.engine import Side
from execution.paper.gateways.coinbase.errors import call_error, invalid
from execution.paper.gateways.coinbase.params import Params
from execution.paper.gateways.coinbase.products import find_pair, levels_json, product_id, product_json, time_text
from execution.paper.pair import Bar, Pair, Print
from execution.paper.venue import Venue

MOST_LEVELS = 1000
MOST_CANDLES = 350
GRANULARITIES = {
    "ONE_MINUTE": 60,
    "FIVE_MINUTE": 300,
    "FIFTEEN_MINUTE": 900,
    "THIRTY_MINUTE": 1800,
    "ONE_HOUR": 3600,
    "TWO_HOUR": 7200,
    "SIX_HOUR": 21600,
    "ONE_DAY": 86400,
}


class MarketCalls:
    """The market of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def time(self, params: Params) -> Any:
        """Tell the time."""
        iso = time_text(params.now_ms)
        return {"iso": iso, "epochSeconds": str(params.now_ms // 1000), "epochMillis": str(params.now_ms)}

    def old_time(self, params: Params) -> Any:
        """Tell the time, in the older API's words."""
        return {"data": {"iso": time_text(params.now_ms), "epoch": params.now_ms // 1000}}

    def products(self, params: Params) -> Any:
        """List the products; there are no futures."""
        wanted = set(params.names("product_ids"))
        pairs = self._venue.pairs.values() if params.text("product_type") in {"", "SPOT"} else ()
        rows = [product_json(pair, params.now_ms) for pair in pairs if not wanted or product_id(pair.listing) in wanted]
        return {"products": rows, "num_products": len(rows)}

    def product(self, params: Params) -> Any:
        """Tell of one product."""
        return product_json(self._pair(params.path["product_id"]), params.now_ms)

    def book(self, params: Params) -> Any:
        """Return the price levels of one product."""
        pair = self._pair(params.text("product_id"))
        book = _book_json(pair, params.number("limit", MOST_LEVELS, MOST_LEVELS), params.now_ms)
        quote = pair.quote()
        if quote is None:
            return {"pricebook": book}
        bid, ask_price = pair.listing.price(quote[0]), pair.listing.price(quote[2])
        middle = (bid + ask_price) / 2
        spread = ask_price - bid
        return {
            "pricebook": book,
            "last": pair.listing.price_text(pair.tape[-1].price) if pair.tape else "",
            "mid_market": f"{middle:f}",
            "spread_bps": f"{spread / middle * 10_000:.3f}",
            "spread_absolute": f"{spread:f}",
        }

    def best_bid_ask(self, params: Params) -> Any:
        """Return the best prices of some products, or of all."""
        names = params.names("product_ids") or [product_id(pair.listing) for pair in self._venue.pairs.values()]
        return {"pricebooks": [_book_json(self._pair(name), 1, params.now_ms) for name in names]}

    def ticker(self, params: Params) -> Any:
        """Return the latest trades, newest first, and the best prices."""
        pair = self._pair(params.path["product_id"])
        trades = list(pair.tape)[-params.number("limit", 100, 1000) :]
        quote = pair.quote()
        best = {"best_bid": pair.listing.price_text(quote[0]), "best_ask": pair.listing.price_text(quote[2])} if quote else {}
        return {"trades": [trade_json(trade, pair) for trade in reversed(trades)], **best}

    def candles(self, params: Params) -> Any:
        """Return candles, newest first."""
        pair = self._pair(params.path["product_id"])
        seconds = GRANULARITIES.get(params.text("granularity"))
        start, end = params.text("start"), params.text("end")
        if seconds is None or not start.isdecimal() or not end.isdecimal():
            raise invalid("granularity, start and end are required")
        if (int(end) - int(start)) // seconds > MOST_CANDLES:
            raise invalid(f"number of candles requested should be less than {MOST_CANDLES}")
        bars = [bar for bar in pair.bars if int(start) <= bar.open_ms // 1000 <= int(end)]
        return {"candles": _candles(pair, bars, seconds)}

    def currencies(self, params: Params) -> Any:
        """List the fiat currencies."""
        return {"data": [{"id": "USD", "name": "US Dollar", "min_size": "0.01"}]}

    def crypto_currencies(self, params: Params) -> Any:
        """List the other currencies."""
        rows = [{"asset_id": f"paper-{name}", "code": name, "name": name, "exponent": "8", "type": "crypto"} for name in self._assets()]
        return {"data": rows}

    def exchange_rates(self, params: Params) -> Any:
        """Tell what a dollar, taken for a USDT, buys."""
        rates = {"USD": "1", "USDT": "1"}
        for pair in self._venue.pairs.values():
            price = pair.listing.price(pair.reference_price())
            if price:
                rates[pair.listing.base] = f"{1 / price:.16f}"
        return {"data": {"currency": "USD", "rates": rates}}

    def _assets(self) -> list[str]:
        listings = [pair.listing for pair in self._venue.pairs.values()]
        return sorted({listing.base for listing in listings} | {listing.quote for listing in listings})

    def _pair(self, name: str) -> Pair:
        pair = find_pair(self._venue, name)
        if pair is None:
            raise call_error(404, "NOT_FOUND", f"valid product_id is required, {name!r} is none")
        pair.wake()
        return pair


def trade_json(trade: Print, pair: Pair) -> dict[str, Any]:
    """Return a public trade; the side is the maker's."""
    return {
        "trade_id": str(trade.trade_id),
        "product_id": product_id(pair.listing),
        "price": pair.listing.price_text(trade.price),
        "size": pair.listing.quantity_text(trade.quantity),
        "time": time_text(trade.time_ms),
        "side": "BUY" if trade.buyer_is_maker else "SELL",
        "bid": "",
        "ask": "",
    }


def _book_json(pair: Pair, limit: int, now_ms: int) -> dict[str, Any]:
    return {
        "product_id": product_id(pair.listing),
        "bids": levels_json(pair, Side.BUY, limit),
        "asks": levels_json(pair, Side.SELL, limit),
        "time": time_text(now_ms),
    }


def _candles(pair: Pair, bars: list[Bar], seconds: int) -> list[dict[str, str]]:
    """Put minutes together, newest first."""
    groups: dict[int, list[Bar]] = {}
    for bar in bars:
        groups.setdefault(bar.open_ms // 1000 // seconds * seconds, []).append(bar)
    listing = pair.listing
    return [
        {
            "start": str(start),
            "low": listing.price_text(min(bar.low for bar in group)),
            "high": listing.price_text(max(bar.high for bar in group)),
            "open": listing.price_text(group[0].open),
            "close": listing.price_text(group[-1].close),
            "volume": listing.quantity_text(sum(bar.volume for bar in group)),
        }
        for start, group in sorted(groups.items(), reverse=True)
    ]
