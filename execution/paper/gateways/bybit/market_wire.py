"""Bybit's shapes of listings, books, public trades, bars and tickers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from execution.paper.engine import Side
from execution.paper.gateways.bybit.names import name_of
from execution.paper.listings import Kind, Listing, decimal_text
from execution.paper.orders import HIGHEST_TICKS
from execution.paper.pair import Bar, FundingRate, Pair, Print

Json = dict[str, Any]
LARGEST_AMOUNT = "8000000"  # spot's largest order in quote currency, as listed for the big pairs
MINUTE_MS = 60_000


def instrument_json(pair: Pair, *, funding_minutes: int, launched_ms: int) -> Json:
    """Return a listing as market/instruments-info does."""
    listing = pair.listing
    common = {
        "symbol": name_of(listing),
        "status": "Trading" if pair.is_trading else "Closed",
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
    }
    if listing.kind is Kind.SPOT:
        return common | _spot_terms(listing)
    return common | _linear_terms(listing, funding_minutes, launched_ms)


def _spot_terms(listing: Listing) -> Json:
    largest = plain(listing.maximum_quantity)
    return {
        "innovation": "0",
        "marginTrading": "utaOnly",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": plain(listing.lot),
            "quotePrecision": "0.00000001",
            "minOrderQty": listing.quantity_text(listing.minimum_lots),
            "maxOrderQty": largest,
            "minOrderAmt": plain(listing.minimum_notional),
            "maxOrderAmt": LARGEST_AMOUNT,
            "maxLimitOrderQty": largest,
            "maxMarketOrderQty": largest,
            "postOnlyMaxLimitOrderSize": largest,
        },
        "priceFilter": {"tickSize": plain(listing.tick)},
        "riskParameters": {"priceLimitRatioX": "0.5", "priceLimitRatioY": "0.5"},
    }


def _linear_terms(listing: Listing, funding_minutes: int, launched_ms: int) -> Json:
    largest = plain(listing.maximum_quantity)
    return {
        "contractType": "LinearPerpetual",
        "launchTime": str(launched_ms),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(listing.price_decimals),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": f"{listing.max_leverage}.00", "leverageStep": "0.01"},
        "priceFilter": {
            "minPrice": plain(listing.tick),
            "maxPrice": plain(listing.price(HIGHEST_TICKS)),
            "tickSize": plain(listing.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": largest,
            "minOrderQty": listing.quantity_text(listing.minimum_lots),
            "qtyStep": plain(listing.lot),
            "postOnlyMaxOrderQty": largest,
            "maxMktOrderQty": largest,
            "minNotionalValue": plain(listing.minimum_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": funding_minutes,
        "settleCoin": listing.quote,
        "copyTrading": "none",
        "isPreListing": False,
        "preListingInfo": None,
    }


def levels_json(listing: Listing, levels: list[tuple[int, int]]) -> list[list[str]]:
    """Return price levels as pairs of text; a quantity of 0 takes a level away."""
    return [[listing.price_text(price), listing.quantity_text(lots) if lots else "0"] for price, lots in levels]


def print_json(trade: Print, listing: Listing) -> Json:
    """Return a public trade as market/recent-trade does."""
    return {
        "execId": str(trade.trade_id),
        "symbol": name_of(listing),
        "price": listing.price_text(trade.price),
        "size": listing.quantity_text(trade.quantity),
        "side": taker_side(trade),
        "time": str(trade.time_ms),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(trade.trade_id),
    }


def trade_json(trade: Print, listing: Listing, before: int | None) -> Json:
    """Return a public trade as the publicTrade topic does; `before` is the price of the trade before it."""
    row: Json = {
        "T": trade.time_ms,
        "s": name_of(listing),
        "S": taker_side(trade),
        "v": listing.quantity_text(trade.quantity),
        "p": listing.price_text(trade.price),
        "i": str(trade.trade_id),
        "BT": False,
        "RPI": False,
        "seq": trade.trade_id,
    }
    return row if listing.kind is Kind.SPOT else {**row, "L": _tick_direction(trade.price, before)}


def bar_json(bar: Bar, listing: Listing) -> list[str]:
    """Return a minute as market/kline does: start, open, high, low, close, volume, turnover."""
    prices = [listing.price_text(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    return [str(bar.open_ms), *prices, listing.quantity_text(bar.volume), listing.notional_text(bar.units, None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day's trading, as far back as the exchange remembers; prices in ticks."""

    first: int
    last: int
    high: int
    low: int
    volume: int
    units: int


def day_of(pair: Pair) -> Day:
    """Sum up the bars of a pair; without trades its prices are the market's."""
    bars, price = list(pair.bars), pair.reference_price()
    return Day(
        first=bars[0].open if bars else price,
        last=pair.tape[-1].price if pair.tape else price,
        high=max((bar.high for bar in bars), default=price),
        low=min((bar.low for bar in bars), default=price),
        volume=sum(bar.volume for bar in bars),
        units=sum(bar.units for bar in bars),
    )


def ticker_json(pair: Pair, day: Day) -> Json:
    """Return what the tickers of both categories tell."""
    listing = pair.listing
    change = Decimal(day.last - day.first) / day.first if day.first else Decimal(0)
    return {
        "symbol": name_of(listing),
        "lastPrice": listing.price_text(day.last),
        "prevPrice24h": listing.price_text(day.first),
        "price24hPcnt": f"{change:.6f}",
        "highPrice24h": listing.price_text(day.high),
        "lowPrice24h": listing.price_text(day.low),
        "turnover24h": listing.notional_text(day.units, None),
        "volume24h": listing.quantity_text(day.volume),
    }


def perpetual_json(pair: Pair, open_lots: int, next_funding_ms: int) -> Json:
    """Return what the tickers of perpetuals tell beside; the open interest is what the paper accounts hold long."""
    listing = pair.listing
    return {
        "markPrice": listing.price_text(pair.mark_price()),
        "indexPrice": listing.price_text(pair.index_price()),
        "fundingRate": decimal_text(pair.funding_rate_e8, 8),
        "nextFundingTime": str(next_funding_ms),
        "openInterest": listing.quantity_text(open_lots),
        "openInterestValue": listing.notional_text(open_lots * pair.mark_price(), 4),
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
    }


def funding_rate_json(rate: FundingRate, listing: Listing) -> Json:
    """Return a funding rate as market/funding/history does."""
    return {"symbol": name_of(listing), "fundingRate": decimal_text(rate.rate_e8, 8), "fundingRateTimestamp": str(rate.time_ms)}


def touch_json(pair: Pair) -> Json:
    """Return the best prices and their quantities."""
    bid, bid_lots, ask, ask_lots = pair.quote() or (0, 0, 0, 0)
    listing = pair.listing
    return {
        "bid1Price": listing.price_text(bid),
        "bid1Size": listing.quantity_text(bid_lots),
        "ask1Price": listing.price_text(ask),
        "ask1Size": listing.quantity_text(ask_lots),
    }


def book_json(pair: Pair, limit: int, now_ms: int) -> Json:
    """Return a book as market/orderbook does."""
    return {
        "s": name_of(pair.listing),
        "b": levels_json(pair.listing, pair.shown(Side.BUY, limit)),
        "a": levels_json(pair.listing, pair.shown(Side.SELL, limit)),
        "ts": now_ms,
        "u": pair.book.update_id,
        "seq": pair.book.update_id,
        "cts": now_ms,
    }


def taker_side(trade: Print) -> str:
    """Return the side of who took."""
    return "Sell" if trade.buyer_is_maker else "Buy"


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without zeros at its end."""
    return f"{value.normalize():f}"


def _tick_direction(price: int, before: int | None) -> str:
    if before is None or price == before:
        return "ZeroPlusTick"
    return "PlusTick" if price > before else "MinusTick"
