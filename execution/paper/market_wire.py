"""Binance's JSON shapes of listings, books, public trades, bars and tickers."""

from typing import Any

from execution.paper.listings import Listing
from execution.paper.orders import HIGHEST_TICKS, PERCENT_DOWN, PERCENT_UP
from execution.paper.pair import Bar, Pair, Print
from execution.paper.wire import PREVENTION, Json


def symbol_json(pair: Pair) -> Json:
    """Return a listing as GET /exchangeInfo does."""
    listing = pair.listing
    return {
        "symbol": listing.symbol,
        "status": "TRADING" if pair.is_trading else "BREAK",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": PREVENTION,
        "allowedSelfTradePreventionModes": [PREVENTION],
    }


def _filters(listing: Listing) -> list[Json]:
    lot, zero = listing.quantity_text(1), "0.00000000"
    highest = f"{listing.maximum_quantity:.8f}"
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": listing.price_text(1),
            "maxPrice": listing.price_text(HIGHEST_TICKS),
            "tickSize": listing.price_text(1),
        },
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": highest, "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": zero, "maxQty": highest, "stepSize": zero},
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": str(PERCENT_UP),
            "bidMultiplierDown": str(1 / PERCENT_DOWN),
            "askMultiplierUp": str(PERCENT_UP),
            "askMultiplierDown": str(1 / PERCENT_DOWN),
            "avgPriceMins": 0,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": f"{listing.minimum_notional:.8f}",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ]


def levels_json(listing: Listing, levels: list[tuple[int, int]]) -> list[list[str]]:
    """Return price levels as Binance writes them."""
    return [[listing.price_text(price), listing.quantity_text(quantity)] for price, quantity in levels]


def print_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as GET /trades does."""
    return {
        "id": trade.trade_id,
        "price": listing.price_text(trade.price),
        "qty": listing.quantity_text(trade.quantity),
        "quoteQty": listing.notional_text(trade.price * trade.quantity),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def aggregate_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as GET /aggTrades does; every print is an aggregate of its own."""
    return {
        "a": trade.trade_id,
        "p": listing.price_text(trade.price),
        "q": listing.quantity_text(trade.quantity),
        "f": trade.trade_id,
        "l": trade.trade_id,
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
        "M": True,
    }


def bar_json(bar: Bar, listing: Listing) -> list[Any]:
    """Return a minute as GET /klines does."""
    return [
        bar.open_ms,
        listing.price_text(bar.open),
        listing.price_text(bar.high),
        listing.price_text(bar.low),
        listing.price_text(bar.close),
        listing.quantity_text(bar.volume),
        bar.open_ms + 59_999,
        listing.notional_text(bar.units),
        bar.trades,
        listing.quantity_text(bar.buy_volume),
        listing.notional_text(bar.buy_units),
        "0",
    ]


def quote_json(pair: Pair) -> Json:
    """Return the best prices as GET /ticker/bookTicker does."""
    bid, bid_quantity, ask, ask_quantity = pair.quote() or (0, 0, 0, 0)
    listing = pair.listing
    return {
        "symbol": listing.symbol,
        "bidPrice": listing.price_text(bid),
        "bidQty": listing.quantity_text(bid_quantity),
        "askPrice": listing.price_text(ask),
        "askQty": listing.quantity_text(ask_quantity),
    }


def ticker_json(pair: Pair, now_ms: int) -> Json:
    """Return the last day's statistics as GET /ticker/24hr does (since the exchange started, at most a day)."""
    listing, bars = pair.listing, list(pair.bars)
    first, last = (bars[0].open, bars[-1].close) if bars else (0, 0)
    volume, units = sum(bar.volume for bar in bars), sum(bar.units for bar in bars)
    return {
        **quote_json(pair),
        "priceChange": listing.price_text(last - first),
        "priceChangePercent": f"{100 * (last / first - 1) if first else 0:.3f}",
        "weightedAvgPrice": listing.price_text(units // volume if volume else 0),
        "prevClosePrice": listing.price_text(first),
        "lastPrice": listing.price_text(last),
        "lastQty": listing.quantity_text(pair.tape[-1].quantity if pair.tape else 0),
        "openPrice": listing.price_text(first),
        "highPrice": listing.price_text(max((bar.high for bar in bars), default=0)),
        "lowPrice": listing.price_text(min((bar.low for bar in bars), default=0)),
        "volume": listing.quantity_text(volume),
        "quoteVolume": listing.notional_text(units),
        "openTime": bars[0].open_ms if bars else now_ms,
        "closeTime": now_ms,
        "firstId": bars[0].first_id if bars else -1,
        "lastId": pair.tape[-1].trade_id if pair.tape else -1,
        "count": sum(bar.trades for bar in bars),
    }
