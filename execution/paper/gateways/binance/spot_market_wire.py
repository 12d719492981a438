"""Binance's JSON shapes of listings, books, public trades, bars and tickers."""

from typing import Any

from execution.paper.gateways.binance.spot_wire import PREVENTION, Json
from execution.paper.listings import Listing
from execution.paper.orders import HIGHEST_TICKS, SPOT_BAND
from execution.paper.pair import Bar, Pair, Print


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
    lot, zero = listing.quantity_text(1, 8), "0.00000000"
    highest = f"{listing.maximum_quantity:.8f}"
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": listing.price_text(1, 8),
            "maxPrice": listing.price_text(HIGHEST_TICKS, 8),
            "tickSize": listing.price_text(1, 8),
        },
        {"filterType": "LOT_SIZE", "minQty": listing.quantity_text(listing.minimum_lots, 8), "maxQty": highest, "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": zero, "maxQty": highest, "stepSize": zero},
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": str(SPOT_BAND),
            "bidMultiplierDown": str(1 / SPOT_BAND),
            "askMultiplierUp": str(SPOT_BAND),
            "askMultiplierDown": str(1 / SPOT_BAND),
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
    return [[listing.price_text(price, 8), listing.quantity_text(quantity, 8)] for price, quantity in levels]


def print_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as GET /trades does."""
    return {
        "id": trade.trade_id,
        "price": listing.price_text(trade.price, 8),
        "qty": listing.quantity_text(trade.quantity, 8),
        "quoteQty": listing.notional_text(trade.price * trade.quantity),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def aggregate_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as GET /aggTrades does; every print is an aggregate of its own."""
    return {
        "a": trade.trade_id,
        "p": listing.price_text(trade.price, 8),
        "q": listing.quantity_text(trade.quantity, 8),
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
        listing.price_text(bar.open, 8),
        listing.price_text(bar.high, 8),
        listing.price_text(bar.low, 8),
        listing.price_text(bar.close, 8),
        listing.quantity_text(bar.volume, 8),
        bar.open_ms + 59_999,
        listing.notional_text(bar.units),
        bar.trades,
        listing.quantity_text(bar.buy_volume, 8),
        listing.notional_text(bar.buy_units),
        "0",
    ]


def quote_json(pair: Pair) -> Json:
    """Return the best prices as GET /ticker/bookTicker does."""
    bid, bid_quantity, ask, ask_quantity = pair.quote() or (0, 0, 0, 0)
    listing = pair.listing
    return {
        "symbol": listing.symbol,
        "bidPrice": listing.price_text(bid, 8),
        "bidQty": listing.quantity_text(bid_quantity, 8),
        "askPrice": listing.price_text(ask, 8),
        "askQty": listing.quantity_text(ask_quantity, 8),
    }


def ticker_json(pair: Pair, now_ms: int) -> Json:
    """Return the last day's statistics as GET /ticker/24hr does (since the exchange started, at most a day)."""
    listing, bars = pair.listing, list(pair.bars)
    first, last = (bars[0].open, bars[-1].close) if bars else (0, 0)
    volume, units = sum(bar.volume for bar in bars), sum(bar.units for bar in bars)
    return {
        **quote_json(pair),
        "priceChange": listing.price_text(last - first, 8),
        "priceChangePercent": f"{100 * (last / first - 1) if first else 0:.3f}",
        "weightedAvgPrice": listing.price_text(units // volume if volume else 0, 8),
        "prevClosePrice": listing.price_text(first, 8),
        "lastPrice": listing.price_text(last, 8),
        "lastQty": listing.quantity_text(pair.tape[-1].quantity if pair.tape else 0, 8),
        "openPrice": listing.price_text(first, 8),
        "highPrice": listing.price_text(max((bar.high for bar in bars), default=0), 8),
        "lowPrice": listing.price_text(min((bar.low for bar in bars), default=0), 8),
        "volume": listing.quantity_text(volume, 8),
        "quoteVolume": listing.notional_text(units),
        "openTime": bars[0].open_ms if bars else now_ms,
        "closeTime": now_ms,
        "firstId": bars[0].first_id if bars else -1,
        "lastId": pair.tape[-1].trade_id if pair.tape else -1,
        "count": sum(bar.trades for bar in bars),
    }
