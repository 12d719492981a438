"""A venue's public stream: books kept by ccxt.pro, trades read from the raw frames."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import parse_symbol
from execution.venues.ccxt.exchange import PaperAccount
from execution.venues.ccxt.stream import Connection, ConnectionLost

LEVELS = 50
SNAPSHOT_LEVELS = 1000
READY_SECONDS = 10.0
QUIET_SECONDS = 5.0  # once data flowed, a connection on which no market data comes any more is replaced
CROSSED_SECONDS = 1.0
BOOK_SECONDS = 0.095  # a book is handed out at most this often; the venue sends changes ten times a second


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTrade:
    """A trade of anybody's; price in quote currency, quantity in base currency."""

    venue: str
    symbol: str
    price: Decimal
    quantity: Decimal
    traded_at: datetime


OnTrade = Callable[[PublicTrade], None]


class MarketConnection(Connection):
    """Books and trades of one venue's listings."""

    kind = "market"

    def __init__(self, account: PaperAccount, symbols: Iterable[str], *, on_trade: OnTrade) -> None:
        super().__init__(account)
        self._unified = {symbol: parse_symbol(symbol).ccxt_symbol for symbol in symbols}
        self._on_trade = on_trade
        self._received: dict[str, datetime] = {}
        self._fresh: set[str] = set()
        self._taken: dict[str, float] = {}
        self._crossed_since: dict[str, float] = {}
        self._snapshot_range: dict[str, tuple[float, float]] = {}
        self._venue_names: dict[str, str] = {}
        self._last_data: float | None = None
        self._opened = 0.0
        self._trades: asyncio.Task[Any] | None = None

    async def open(self) -> None:
        """Subscribe to every listing's book and trades."""
        await self.exchange.load_markets()
        self._venue_names = {self.exchange.market_id(name): symbol for symbol, name in self._unified.items()}
        names = list(self._unified.values())
        # The frames of trades are read before ccxt sees them: this task only subscribes, and ends when the connection does.
        self._trades = asyncio.create_task(self.exchange.watch_trades_for_symbols(names))
        await asyncio.wait_for(self.exchange.watch_order_book_for_symbols(names, SNAPSHOT_LEVELS), READY_SECONDS)
        self._opened = time.monotonic()

    async def close(self) -> None:
        """Close the sockets and end the subscription to trades."""
        await super().close()
        if self._trades is not None:
            self._trades.cancel()
            await asyncio.gather(self._trades, return_exceptions=True)

    def take(self, message: Any) -> bool:
        """Read trades from their raw frames; ccxt keeps the books."""
        data = _data(message)
        if data.get("e") != "trade":
            return False
        self._last_data = time.monotonic()
        symbol = self._venue_names.get(data["s"])
        if symbol is not None:
            self._on_trade(
                PublicTrade(
                    venue=self.account.name,
                    symbol=symbol,
                    price=Decimal(data["p"]),
                    quantity=Decimal(data["q"]),
                    traded_at=datetime.fromtimestamp(data["T"] / 1000, UTC),
                )
            )
        return True

    def handled(self, message: Any) -> None:
        """Note which book has changed; a book that ccxt has dropped had a gap."""
        data = _data(message)
        if data.get("e") != "depthUpdate":
            return
        self._last_data = time.monotonic()
        symbol = self._venue_names.get(data["s"])
        if symbol is None:
            return
        if self._unified[symbol] not in self.exchange.orderbooks:
            self.lose(f"gap in the book of {symbol}")
            return
        self._received[symbol] = datetime.now(UTC)
        self._fresh.add(symbol)

    def check(self) -> None:
        """Raise when the connection is lost, silent, or never delivered a book.

        Raises:
            ConnectionLost: it cannot be trusted any more.
        """
        super().check()
        now = time.monotonic()
        if self._last_data is not None and now - self._last_data > QUIET_SECONDS:
            raise ConnectionLost(f"no market data for {QUIET_SECONDS:g} s")
        if now - self._opened > READY_SECONDS:
            missing = [symbol for symbol, name in self._unified.items() if not self._is_synced(name)]
            if missing:
                raise ConnectionLost(f"no book of {', '.join(missing)} after {READY_SECONDS:g} s")

    def take_books(self) -> list[Book]:
        """Return the latest state of the books that changed, each at most every BOOK_SECONDS, crossed ones left out."""
        now = time.monotonic()
        due = {symbol for symbol in self._fresh if now - self._taken.get(symbol, 0.0) >= BOOK_SECONDS}
        self._fresh -= due
        self._taken.update(dict.fromkeys(due, now))
        books = [self._book(symbol) for symbol in due if self._is_synced(self._unified[symbol])]
        return [book for book in books if book is not None and self._is_sound(book, now)]

    def _is_sound(self, book: Book, now: float) -> bool:
        """Tell whether a book is not crossed; one that stays crossed is out of step with its venue."""
        if not book.is_crossed:
            self._crossed_since.pop(book.symbol, None)
            return True
        if now - self._crossed_since.setdefault(book.symbol, now) > CROSSED_SECONDS:
            self.lose(f"the book of {book.symbol} stays crossed")
        return False

    def _is_synced(self, name: str) -> bool:
        return name in self.exchange.orderbooks and self.exchange.orderbooks[name]["nonce"] is not None

    def _book(self, symbol: str) -> Book | None:
        kept = self.exchange.orderbooks[self._unified[symbol]]
        if not self._is_inside_snapshot(symbol, kept):
            self.lose(f"the price of {symbol} left the range of its snapshot")
            return None
        return Book(
            venue=self.account.name,
            symbol=symbol,
            bids=_levels(kept["bids"]),
            asks=_levels(kept["asks"]),
            received_at=self._received[symbol],
        )

    def _is_inside_snapshot(self, symbol: str, kept: Any) -> bool:
        """Tell whether every level shown lies in the prices that the snapshot covered: beyond them levels may be missing."""
        bids, asks = kept["bids"], kept["asks"]
        if symbol not in self._snapshot_range:
            low = bids[SNAPSHOT_LEVELS - 1][0] if len(bids) >= SNAPSHOT_LEVELS else float("-inf")
            high = asks[SNAPSHOT_LEVELS - 1][0] if len(asks) >= SNAPSHOT_LEVELS else float("inf")
            self._snapshot_range[symbol] = (low, high)
        low, high = self._snapshot_range[symbol]
        return all(low <= levels[min(LEVELS, len(levels)) - 1][0] <= high for levels in (bids, asks) if levels)


def _data(message: Any) -> dict[str, Any]:
    """Return the event in a frame, wrapped by a combined stream or bare."""
    if not isinstance(message, dict):
        return {}
    data = message.get("data")
    return data if isinstance(data, dict) and "stream" in message else message


def _levels(kept: Any) -> tuple[Level, ...]:
    return tuple(_level(price, quantity) for price, quantity in kept[:LEVELS])


@lru_cache(maxsize=16_384)
def _level(price: float, quantity: float) -> Level:
    """Return one of ccxt's levels. Its floats were read from the venue's decimals: repr gives those back up to 15 digits."""
    return Level(price=Decimal(repr(price)), quantity=Decimal(repr(quantity)))
