"""Streams of any exchange of ccxt: ccxt.pro keeps the books and reads the frames, what it made of them is passed on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from dipmaster.domain.instruments import parse_symbol
from execution.venues.ccxt import answers
from execution.venues.ccxt.contracts import to_base
from execution.venues.dialect import AccountNews, BookUpdate, Lost, PublicTrade, Subscription

LEVELS = 50
T = TypeVar("T")


class _Watches(Generic[T]):
    """Endless watches of ccxt.pro, each in a task of its own, and the queue of what they found."""

    def __init__(self) -> None:
        self.found: asyncio.Queue[T | Exception] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, watch: Coroutine[Any, Any, None]) -> None:
        """Run a watch until the reader ends; its failure is found like everything else."""
        task = asyncio.ensure_future(watch)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self.found.put_nowait(error)

    async def close(self) -> None:
        """End every watch."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class UnifiedMarketReader:
    """Books and trades as ccxt.pro keeps them. Its books calculate with floats; repr gives back the venue's decimals up to 15 digits."""

    needs_snapshot = False

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange = exchange
        self._exchange.number = float  # ccxt.pro sorts the levels of its books by number
        self._venue = venue
        self._symbols = tuple(symbols)
        self._sequence = 0

    def subscriptions(self) -> Sequence[Subscription]:
        """Return none: ccxt.pro subscribes by itself."""
        return ()

    def read(self, text: bytes | str) -> Iterable[BookUpdate | PublicTrade | Lost]:
        """Leave every frame to ccxt.pro."""
        return ()

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Fetch a book over REST."""
        market = self._exchange.market(parse_symbol(symbol).ccxt_symbol)
        return self._update(symbol, market, await self._exchange.fetch_order_book(market["symbol"], LEVELS))

    async def watch(self) -> AsyncIterator[BookUpdate | PublicTrade | Lost]:
        """Yield books and trades until something is wrong; then say what, and end."""
        watches: _Watches[BookUpdate | PublicTrade | Lost] = _Watches()
        for symbol in self._symbols:
            watches.start(self._watch_book(symbol, watches.found))
            watches.start(self._watch_trades(symbol, watches.found))
        try:
            while True:
                found = await watches.found.get()
                if isinstance(found, Exception):
                    yield Lost(reason=f"{type(found).__name__}: {found}"[:200])
                    return
                yield found
        finally:
            await watches.close()

    async def _watch_book(self, symbol: str, found: asyncio.Queue[Any]) -> None:
        market = self._exchange.market(parse_symbol(symbol).ccxt_symbol)
        while True:
            book = await self._exchange.watch_order_book(market["symbol"])
            found.put_nowait(self._update(symbol, market, book))

    async def _watch_trades(self, symbol: str, found: asyncio.Queue[Any]) -> None:
        market = self._exchange.market(parse_symbol(symbol).ccxt_symbol)
        while True:
            for trade in await self._exchange.watch_trades(market["symbol"]):
                found.put_nowait(
                    PublicTrade(
                        venue=self._venue,
                        symbol=symbol,
                        price=Decimal(repr(trade["price"])),
                        quantity=to_base(Decimal(repr(trade["amount"])), market),
                        traded_at=answers.moment(trade["timestamp"]),
                    )
                )

    def _update(self, symbol: str, market: Any, book: Any) -> BookUpdate:
        self._sequence += 1
        bids, asks = (_levels(book[side], market) for side in ("bids", "asks"))
        return BookUpdate(symbol=symbol, is_snapshot=True, first=self._sequence, last=self._sequence, bids=bids, asks=asks)


def _levels(levels: Any, market: Any) -> list[tuple[str, str]]:
    return [(repr(level[0]), f"{to_base(Decimal(repr(level[1])), market):f}") for level in levels[:LEVELS]]


class UnifiedAccountReader:
    """The account's orders and trades as ccxt.pro reads them."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange = exchange
        self._venue = venue
        self._by_name = {parse_symbol(symbol).ccxt_symbol: symbol for symbol in symbols}
        self._watches: _Watches[AccountNews] = _Watches()

    async def subscribe(self) -> None:
        """Have ccxt.pro sign in and subscribe, once for each symbol: not every venue has one channel for all of them."""
        for name in self._by_name:
            self._watches.start(self._watch_orders(name))
            if self._exchange.has["watchMyTrades"]:
                self._watches.start(self._watch_trades(name))

    def read(self, message: Any) -> AccountNews | None:
        """Leave every frame to ccxt.pro."""
        return None

    async def watch(self) -> AsyncIterator[AccountNews]:
        """Yield executions and the orders that something happened to, until a watch fails."""
        try:
            while True:
                found = await self._watches.found.get()
                if isinstance(found, Exception):
                    yield AccountNews(lost=f"{type(found).__name__}: {found}"[:200])
                    return
                yield found
        finally:
            await self._watches.close()

    async def _watch_orders(self, name: str) -> None:
        while True:
            orders = await self._exchange.watch_orders(name)
            ids = tuple(dict.fromkeys(order["clientOrderId"] for order in orders if order["clientOrderId"]))
            if ids:
                self._watches.found.put_nowait(AccountNews(client_order_ids=ids))

    async def _watch_trades(self, name: str) -> None:
        market, symbol = self._exchange.market(name), self._by_name[name]
        while True:
            trades = await self._exchange.watch_my_trades(name)
            read = [answers.read_trade(trade, market, venue=self._venue, symbol=symbol, client_order_id=None) for trade in trades]
            self._watches.found.put_nowait(AccountNews(executions=tuple(read)))
