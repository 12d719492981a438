"""USD-M's JSON shapes of listings, books, public trades, bars, tickers and marks."""

from typing import Any

from execution.paper.gateways.binance.usdm_orders import price_precision, quantity_precision
from execution.paper.gateways.binance.usdm_wire import market_id
from execution.paper.listings import Listing, decimal_text
from execution.paper.orders import HIGHEST_TICKS, PERPETUAL_BAND_PERCENT
from execution.paper.pair import Bar, FundingRate, Pair, Print

Json = dict[str, Any]
FOR_EVER = 4_133_404_800_000  # the delivery date of a perpetual
ONBOARD = 1_569_398_400_000
INTEREST_RATE = "0.00010000"  # of eight hours, part of every funding rate


def symbol_json(pair: Pair) -> Json:
    """Return a listing as GET /exchangeInfo does."""
    listing = pair.listing
    return {
        "symbol": market_id(listing),
        "pair": market_id(listing),
        "contractType": "PERPETUAL",
        "deliveryDate": FOR_EVER,
        "onboardDate": ONBOARD,
        "status": "TRADING" if pair.is_trading else "SETTLING",
        "baseAsset": listing.base,
        "quoteAsset": listing.quote,
        "marginAsset": listing.quote,
        "pricePrecision": price_precision(listing),
        "quantityPrecision": quantity_precision(listing),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "filters": _filters(listing),
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(listing: Listing) -> list[Json]:
    lot, least, most = listing.quantity_text(1), listing.quantity_text(listing.minimum_lots), listing.quantity_text(listing.maximum_lots)
    band = PERPETUAL_BAND_PERCENT / 100
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": listing.price_text(1),
            "maxPrice": listing.price_text(HIGHEST_TICKS),
            "tickSize": listing.price_text(1),
        },
        {"filterType": "LOT_SIZE", "minQty": least, "maxQty": most, "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": least, "maxQty": most, "stepSize": lot},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": f"{listing.minimum_notional:f}"},
        {"filterType": "PERCENT_PRICE", "multiplierUp": f"{1 + band:.4f}", "multiplierDown": f"{1 - band:.4f}", "multiplierDecimal": "4"},
    ]


def levels_json(listing: Listing, levels: list[tuple[int, int]]) -> list[list[str]]:
    """Return price levels as USD-M writes them, with the listing's own decimals."""
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
        "isRPITrade": False,
    }


def aggregate_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as GET /aggTrades does; every print is an aggregate of its own."""
    quantity = listing.quantity_text(trade.quantity)
    return {
        "a": trade.trade_id,
        "p": listing.price_text(trade.price),
        "q": quantity,
        "nq": quantity,
        "f": trade.trade_id,
        "l": trade.trade_id,
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
    }


def bar_json(bar: Bar, listing: Listing) -> list[Any]:
    """Return a minute as GET /klines does."""
    return [
        bar.open_ms,
        *(listing.price_text(price) for price in (bar.open, bar.high, bar.low, bar.close)),
        listing.quantity_text(bar.volume),
        bar.open_ms + 59_999,
        listing.notional_text(bar.units),
        bar.trades,
        listing.quantity_text(bar.buy_volume),
        listing.notional_text(bar.buy_units),
        "0",
    ]


def quote_json(pair: Pair, now_ms: int) -> Json:
    """Return the best prices as GET /ticker/bookTicker does."""
    bid, bid_quantity, ask, ask_quantity = pair.quote() or (0, 0, 0, 0)
    listing = pair.listing
    return {
        "lastUpdateId": pair.book.update_id,
        "symbol": market_id(listing),
        "bidPrice": listing.price_text(bid),
        "bidQty": listing.quantity_text(bid_quantity),
        "askPrice": listing.price_text(ask),
        "askQty": listing.quantity_text(ask_quantity),
        "time": now_ms,
    }


def last_price_json(pair: Pair, now_ms: int) -> Json:
    """Return the last price as GET /ticker/price does."""
    return {"symbol": market_id(pair.listing), "price": pair.listing.price_text(_last_price(pair)), "time": now_ms}


def ticker_json(pair: Pair, now_ms: int) -> Json:
    """Return the last day's statistics as GET /ticker/24hr does (since the exchange started, at most a day)."""
    listing, bars = pair.listing, list(pair.bars)
    first, last = (bars[0].open, bars[-1].close) if bars else (0, _last_price(pair))
    volume, units = sum(bar.volume for bar in bars), sum(bar.units for bar in bars)
    return {
        "symbol": market_id(listing),
        "priceChange": listing.price_text(last - first if first else 0),
        "priceChangePercent": f"{100 * (last / first - 1) if first else 0:.3f}",
        "weightedAvgPrice": listing.price_text(units // volume if volume else 0),
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


def premium_json(pair: Pair, now_ms: int, next_funding_ms: int) -> Json:
    """Return the mark as GET /premiumIndex does."""
    listing, mark = pair.listing, pair.listing.price_text(pair.mark_price(), 8)
    return {
        "symbol": market_id(listing),
        "markPrice": mark,
        "indexPrice": listing.price_text(pair.index_price(), 8),
        "estimatedSettlePrice": mark,
        "lastFundingRate": decimal_text(pair.funding_rate_e8, 8),
        "interestRate": INTEREST_RATE,
        "nextFundingTime": next_funding_ms,
        "time": now_ms,
    }


def funding_json(rate: FundingRate, listing: Listing) -> Json:
    """Return a past payment's rate as GET /fundingRate does."""
    return {
        "symbol": market_id(listing),
        "fundingRate": decimal_text(rate.rate_e8, 8),
        "fundingTime": rate.time_ms,
        "markPrice": listing.price_text(rate.mark_ticks, 8),
    }


def _last_price(pair: Pair) -> int:
    return pair.tape[-1].price if pair.tape else pair.reference_price()
