"""The market's events on Coinbase's WebSocket."""

from datetime import UTC, datetime, timedelta
from typing import Any

from execution.paper.engine import Side
from execution.paper.gateways.coinbase.market_calls import trade_json as rest_trade_json
from execution.paper.gateways.coinbase.products import change_percent, day_of, product_id, time_text
from execution.paper.pair import BookChanges, Pair, Print

WHOLE_BOOK = 5_000
SHOWN_TRADES = 50
BEGINNING = "1970-01-01T00:00:00Z"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIDES = ((Side.BUY, "bid"), (Side.SELL, "offer"))


def book_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return a whole book."""
    updates = [_level(pair, name, level, BEGINNING) for side, name in SIDES for level in pair.shown(side, WHOLE_BOOK)]
    return {"type": "snapshot", "product_id": product_id(pair.listing), "updates": updates}


def updates_json(pair: Pair, changes: BookChanges, now_ms: int) -> list[dict[str, str]]:
    """Return the levels that changed."""
    at = time_text(now_ms)
    return [_level(pair, name, level, at) for name, levels in (("bid", changes.bids), ("offer", changes.asks)) for level in levels]


def trades_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return the latest trades, newest first."""
    return {"type": "snapshot", "trades": [trade_json(trade, pair) for trade in list(pair.tape)[: -SHOWN_TRADES - 1 : -1]]}


def trade_json(trade: Print, pair: Pair) -> dict[str, Any]:
    """Return a public trade."""
    return {name: value for name, value in rest_trade_json(trade, pair).items() if name not in {"bid", "ask"}}


def ticker_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return how a product stands."""
    return {"type": "snapshot", "tickers": [ticker_json(pair, now_ms)]}


def ticker_json(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return a product's price, day and best prices; what the tape does not reach back to is told of the day."""
    listing, bars, quote = pair.listing, day_of(pair, now_ms), pair.quote() or (0, 0, 0, 0)
    low = min((bar.low for bar in bars), default=0)
    high = max((bar.high for bar in bars), default=0)
    return {
        "type": "ticker",
        "product_id": product_id(listing),
        "price": listing.price_text(pair.tape[-1].price if pair.tape else pair.reference_price()),
        "volume_24_h": listing.quantity_text(sum(bar.volume for bar in bars)),
        "low_24_h": listing.price_text(low),
        "high_24_h": listing.price_text(high),
        "low_52_w": listing.price_text(low),
        "high_52_w": listing.price_text(high),
        "price_percent_chg_24_h": change_percent(bars),
        "best_bid": listing.price_text(quote[0]),
        "best_bid_quantity": listing.quantity_text(quote[1]),
        "best_ask": listing.price_text(quote[2]),
        "best_ask_quantity": listing.quantity_text(quote[3]),
    }


def heartbeat_event(count: int, now_ms: int) -> dict[str, Any]:
    """Return a sign of life."""
    return {"current_time": f"{EPOCH + timedelta(milliseconds=now_ms)} UTC", "heartbeat_counter": count}


def _level(pair: Pair, side: str, level: tuple[int, int], at: str) -> dict[str, str]:
    price, quantity = level
    return {
        "side": side,
        "event_time": at,
        "price_level": pair.listing.price_text(price),
        "new_quantity": pair.listing.quantity_text(quantity),
    }
