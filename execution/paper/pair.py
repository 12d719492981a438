"""One listed instrument on one venue: its book as others see it, its tape of trades and its minute bars."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from execution.paper.behaviour import Behaviour
from execution.paper.engine import OrderBook, Side
from execution.paper.listings import Listing

TAPE_LENGTH = 1000
MOST_UNTAKEN_TRADES = 10_000
BARS_LENGTH = 1500
FUNDING_LENGTH = 200
PARTS = 9  # of a venue's books, which move and are told of one part after the other, as other books do at other moments
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


@dataclass(frozen=True, slots=True)
class FundingRate:
    """One payment's rate in 1e-8 of notional at a mark price in ticks."""

    time_ms: int
    rate_e8: int
    mark_ticks: int


Levels = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChanges:
    """Levels that changed, best first, with their new quantity (0: gone); updates `first` to `last` of the book."""

    first: int
    last: int
    bids: Levels
    asks: Levels


class Pair:
    """The market of one listing; it trades when a model or a recording feeds it.

    Gateways read the book through `shown`, `quote` and `take_changes`, which also tell of a level that is not there while
    the venue is made to misbehave: a bid above the best ask.
    """

    def __init__(self, listing: Listing, behaviour: Behaviour, *, part: int = 0) -> None:
        self.listing, self._behaviour, self.part = listing, behaviour, part
        self.book = OrderBook()
        self.listeners = 0
        self.is_dormant = False
        self.rouse: Callable[[], None] = lambda: None
        self.mark_ticks = self.index_ticks = 0
        self.funding_rate_e8 = 0
        self.funding_rates: deque[FundingRate] = deque(maxlen=FUNDING_LENGTH)
        self.is_trading = False
        self.tape: deque[Print] = deque(maxlen=TAPE_LENGTH)
        self.fresh: deque[Print] = deque(maxlen=MOST_UNTAKEN_TRADES)
        self.bars: deque[Bar] = deque(maxlen=BARS_LENGTH)
        self._taken_id = self.book.update_id
        self._phantom: int | None = None

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
        if self.is_dormant:
            return self.index_ticks
        bid, ask = self.book.bids.best, self.book.asks.best
        if bid is not None and ask is not None:
            return (bid + ask) // 2
        return self.tape[-1].price if self.tape else bid or ask or 0

    def mark_price(self) -> int:
        """Return the price that positions are valued at, in ticks; without a model it is the market's."""
        return self.mark_ticks or self.reference_price()

    def index_price(self) -> int:
        """Return the price of the underlying on spot markets, in ticks."""
        return self.index_ticks or self.mark_price()

    def wake(self) -> None:
        """Bring the book up to date; any read, subscription or order asks for it."""
        self.rouse()

    def quote(self) -> tuple[int, int, int, int] | None:
        """Return best bid, its quantity, best ask, its quantity; None when a side is empty."""
        bids, asks = self.shown(Side.BUY, 1), self.shown(Side.SELL, 1)
        return (*bids[0], *asks[0]) if bids and asks else None

    def shown(self, side: Side, limit: int) -> Levels:
        """Return (price, quantity) of the best `limit` levels."""
        levels = self.book.depth(side, limit)
        phantom = self._phantom_bid() if side is Side.BUY else None
        return levels if phantom is None else [phantom, *levels[: limit - 1]]

    def take_changes(self) -> BookChanges:
        """Return what changed in the book since the last call."""
        changed: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        for side, price in self.book.changes:
            changed[side][price] = self.book.quantity_at(side, price)
        self.book.changes.clear()
        self._add_phantom(changed[Side.BUY])
        first, self._taken_id = self._taken_id + 1, self.book.update_id
        return BookChanges(
            first=first,
            last=self._taken_id,
            bids=sorted(changed[Side.BUY].items(), reverse=True),
            asks=sorted(changed[Side.SELL].items()),
        )

    def take_trades(self) -> list[Print]:
        """Return the public trades since the last call."""
        trades = list(self.fresh)
        self.fresh.clear()
        return trades

    def _phantom_bid(self) -> tuple[int, int] | None:
        """Return a bid one tick above the best ask while this book is to be crossed."""
        best = self.book.asks.best
        if best is None or self.listing.symbol not in self._behaviour.crossed:
            return None
        return best + 1, self.listing.minimum_lots

    def _add_phantom(self, bids: dict[int, int]) -> None:
        """Tell of the level that is not there, and take back where it was before."""
        phantom = self._phantom_bid()
        place = phantom[0] if phantom else None
        if self._phantom is not None and self._phantom != place:
            bids[self._phantom] = self.book.quantity_at(Side.BUY, self._phantom)
            self.book.update_id += 1
        if phantom is not None and self._phantom != place:
            bids[phantom[0]] = phantom[1]
            self.book.update_id += 1
        self._phantom = place
