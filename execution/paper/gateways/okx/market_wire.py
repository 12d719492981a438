"""OKX's shapes of books, public trades, tickers and candles."""

from collections.abc import Iterable

from execution.paper.engine import Side
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.instruments import TYPES, instrument_id, plain, price_text, size_text
from execution.paper.listings import Kind, Listing
from execution.paper.pair import Bar, Pair, Print

MINUTE_MS, DAY_MS = 60_000, 86_400_000
FULL_LEVELS = 5000
BOOK_LEVELS = 400


def levels_json(listing: Listing, levels: Iterable[tuple[int, int]]) -> list[list[str]]:
    """Return levels as [price, size, "0" (deprecated), number of orders]."""
    return [[price_text(listing, price), size_text(listing, lots), "0", "1" if lots else "0"] for price, lots in levels]


def book_json(pair: Pair, limit: int, now_ms: int) -> Json:
    """Return the best levels of a book."""
    pair.wake()
    return {
        "asks": levels_json(pair.listing, pair.shown(Side.SELL, limit)),
        "bids": levels_json(pair.listing, pair.shown(Side.BUY, limit)),
        "ts": str(now_ms),
    }


def trade_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade; `side` is the taker's."""
    return {
        "instId": instrument_id(listing),
        "side": "sell" if trade.buyer_is_maker else "buy",
        "sz": size_text(listing, trade.quantity),
        "px": price_text(listing, trade.price),
        "source": "0",
        "tradeId": str(trade.trade_id),
        "ts": str(trade.time_ms),
    }


def ticker_json(pair: Pair, now_ms: int) -> Json:
    """Return a day's statistics (since the exchange started, at most a day); volume in OKX's sizes, and in quote or base currency."""
    pair.wake()
    listing, bars = pair.listing, list(pair.bars)
    bid, bid_lots, ask, ask_lots = pair.quote() or (0, 0, 0, 0)
    last = pair.tape[-1] if pair.tape else None
    day_open = next((bar.open for bar in bars if bar.open_ms >= now_ms - now_ms % DAY_MS), bars[-1].close if bars else 0)
    lots, units = sum(bar.volume for bar in bars), sum(bar.units for bar in bars)
    return {
        "instType": TYPES[listing.kind],
        "instId": instrument_id(listing),
        "last": price_text(listing, last.price) if last else "",
        "lastSz": size_text(listing, last.quantity) if last else "0",
        "askPx": price_text(listing, ask) if ask else "",
        "askSz": size_text(listing, ask_lots),
        "bidPx": price_text(listing, bid) if bid else "",
        "bidSz": size_text(listing, bid_lots),
        "open24h": price_text(listing, bars[0].open if bars else 0),
        "high24h": price_text(listing, max((bar.high for bar in bars), default=0)),
        "low24h": price_text(listing, min((bar.low for bar in bars), default=0)),
        "volCcy24h": _value_text(listing, lots, units),
        "vol24h": size_text(listing, lots),
        "ts": str(now_ms),
        "sodUtc0": price_text(listing, day_open),
        "sodUtc8": price_text(listing, day_open),
    }


def candle_json(bar: Bar, listing: Listing, now_ms: int) -> list[str]:
    """Return a minute: time, prices, three volumes, and whether it is over.

    The volumes are in OKX's sizes, in base currency (swaps) or quote currency (spot), and in quote currency.
    """
    return [
        str(bar.open_ms),
        *(price_text(listing, price) for price in (bar.open, bar.high, bar.low, bar.close)),
        size_text(listing, bar.volume),
        _value_text(listing, bar.volume, bar.units),
        plain(listing.tick * listing.lot * bar.units),
        "1" if now_ms >= bar.open_ms + MINUTE_MS else "0",
    ]


def _value_text(listing: Listing, lots: int, units: int) -> str:
    """Write OKX's "currency volume": of base for swaps, of quote for spot."""
    return plain(listing.quantity(lots)) if listing.kind is Kind.PERPETUAL else plain(listing.tick * listing.lot * units)
