"""One listed pair on one venue: its book, its tape of trades and its minute bars."""

from collections import deque
from dataclasses import dataclass

from execution.paper.engine import OrderBook, Side
from execution.paper.listings import Listing

TAPE_LENGTH = 1000
BARS_LENGTH = 1500
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Print:
    """A public trade; price in ticks, quantity in lots."""

    trade_id: int
    price: int
    quantity: int
    buyer_is_maker: bool
    time_ms: int


@dataclass(slots=True)
class Bar:
    """Open, high, low, close (ticks), volume (lots) and turnover (ticks times lots) of one minute."""

    open_ms: int
    first_id: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    units: int = 0
    trades: int = 0
    buy_volume: int = 0
    buy_units: int = 0

    def add(self, trade: Print) -> None:
        """Add a trade to the bar."""
        units = trade.price * trade.quantity
        self.high, self.low, self.close = max(self.high, trade.price), min(self.low, trade.price), trade.price
        self.volume += trade.quantity
        self.units += units
        self.trades += 1
        if not trade.buyer_is_maker:
            self.buy_volume += trade.quantity
            self.buy_units += units


class Pair:
    """The market of one listing; it trades when a model or a recording feeds it."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.book = OrderBook()
        self.is_trading = False
        self.tape: deque[Print] = deque(maxlen=TAPE_LENGTH)
        self.fresh: list[Print] = []
        self.bars: deque[Bar] = deque(maxlen=BARS_LENGTH)
        self.streamed_id = self.book.update_id
        self.last_quote: tuple[int, int, int, int] | None = None

    def print_trade(self, trade: Print) -> None:
        """Put a trade on the tape."""
        self.tape.append(trade)
        self.fresh.append(trade)
        minute = trade.time_ms - trade.time_ms % MINUTE_MS
        if not self.bars or self.bars[-1].open_ms != minute:
            self.bars.append(Bar(minute, trade.trade_id, trade.price, trade.price, trade.price, trade.price))
        self.bars[-1].add(trade)

    def reference_price(self) -> int:
        """Return the price that percentage and notional filters are measured against, in ticks: mid, else last, else 0."""
        bid, ask = self.book.bids.best, self.book.asks.best
        if bid is not None and ask is not None:
            return (bid + ask) // 2
        return self.tape[-1].price if self.tape else bid or ask or 0

    def quote(self) -> tuple[int, int, int, int] | None:
        """Return best bid, its quantity, best ask, its quantity; None when a side is empty."""
        bid, ask = self.book.bids.best, self.book.asks.best
        if bid is None or ask is None:
            return None
        return bid, self.book.quantity_at(Side.BUY, bid), ask, self.book.quantity_at(Side.SELL, ask)
