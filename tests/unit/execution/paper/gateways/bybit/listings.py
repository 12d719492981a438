"""Two instruments that share Bybit's symbol BTCUSDT."""

from decimal import Decimal

from execution.paper.behaviour import Behaviour
from execution.paper.engine import Side
from execution.paper.listings import Kind, Listing
from execution.paper.pair import Pair

SPOT = Listing(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    kind=Kind.SPOT,
    price_decimals=1,
    lot_decimals=6,
    minimum_lots=11,
    maximum_quantity=Decimal(83),
    minimum_notional=Decimal(5),
)
LINEAR = Listing(
    symbol="BTCUSDT-PERP",
    base="BTC",
    quote="USDT",
    kind=Kind.PERPETUAL,
    price_decimals=1,
    lot_decimals=3,
    minimum_lots=1,
    maximum_quantity=Decimal(1190),
    minimum_notional=Decimal(5),
    max_leverage=100,
)


def pair(listing: Listing) -> Pair:
    """Return a trading pair around 100: bids 99.9, 99.8 ..., asks 100.1, 100.2 ..., ten lots each."""
    made = Pair(listing, Behaviour())
    made.is_trading = True
    for distance in range(1, 101):
        made.book.add_background(Side.BUY, 1000 - distance, 10)
        made.book.add_background(Side.SELL, 1000 + distance, 10)
    return made
