"""Products as Coinbase lists them, and how it writes ids and times."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from execution.paper.engine import Side
from execution.paper.listings import Listing
from execution.paper.pair import Bar, Pair
from execution.paper.venue import Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
LARGEST_QUOTE = "10000000"


def product_id(listing: Listing) -> str:
    """Return the venue's name of a pair."""
    return f"{listing.base}-{listing.quote}"


def find_pair(venue: Venue, name: str) -> Pair | None:
    """Return the pair of a product."""
    pair = venue.pairs.get(name.replace("-", "", 1)) if name.count("-") == 1 else None
    return pair if pair is not None and product_id(pair.listing) == name else None


def uuid_of(number: int) -> str:
    """Write one of the core's numbers as the venue writes ids."""
    return str(uuid.UUID(int=number))


def number_of(text: str) -> int | None:
    """Read one of `uuid_of` back; None when it is none."""
    try:
        return uuid.UUID(text).int
    except (ValueError, AttributeError):
        return None


def time_text(milliseconds: int) -> str:
    """Write a time of RFC 3339."""
    return f"{EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%dT%H:%M:%S.%f}Z"


def read_time(text: str) -> int:
    """Read a time of RFC 3339 in milliseconds.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text)
    return (at.replace(tzinfo=at.tzinfo or UTC) - EPOCH) // timedelta(milliseconds=1)


def day_of(pair: Pair, now_ms: int) -> list[Bar]:
    """Return the bars of the last 24 hours."""
    return [bar for bar in pair.bars if bar.open_ms > now_ms - DAY_MS]


def change_percent(bars: list[Bar]) -> str:
    """Return how much the price has changed over some bars."""
    return f"{(bars[-1].close / bars[0].open - 1) * 100:.8f}" if bars else "0"


def product_json(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return a product of /market/products."""
    listing, bars = pair.listing, day_of(pair, now_ms)
    volume = sum(bar.volume for bar in bars)
    last = pair.tape[-1].price if pair.tape else pair.reference_price()
    return {
        "product_id": product_id(listing),
        "price": listing.price_text(last),
        "price_percentage_change_24h": change_percent(bars),
        "volume_24h": listing.quantity_text(volume),
        "volume_percentage_change_24h": "0",
        "base_increment": f"{listing.lot:f}",
        "quote_increment": f"{listing.tick:f}",
        "price_increment": f"{listing.tick:f}",
        "quote_min_size": f"{listing.minimum_notional:f}",
        "quote_max_size": LARGEST_QUOTE,
        "base_min_size": listing.quantity_text(listing.minimum_lots),
        "base_max_size": f"{listing.maximum_quantity:f}",
        "base_name": listing.base,
        "quote_name": listing.quote,
        "watched": False,
        "is_disabled": False,
        "new": False,
        "status": "online" if pair.is_trading else "offline",
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": not pair.is_trading,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": listing.quote,
        "base_currency_id": listing.base,
        "fcm_trading_session_details": None,
        "mid_market_price": "",
        "alias": "",
        "alias_to": [],
        "base_display_symbol": listing.base,
        "quote_display_symbol": listing.quote,
        "view_only": False,
        "display_name": product_id(listing),
        "product_venue": "CBE",
        "approximate_quote_24h_volume": listing.notional_text(sum(bar.units for bar in bars)),
        "new_at": "2023-01-01T00:00:00Z",
    }


def levels_json(pair: Pair, side: Side, limit: int) -> list[dict[str, str]]:
    """Return the levels of one side of a pricebook."""
    listing = pair.listing
    shown = pair.shown(side, limit)
    return [{"price": listing.price_text(price), "size": listing.quantity_text(quantity)} for price, quantity in shown]
