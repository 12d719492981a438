"""HTX's streams through ccxt.pro's own watching: books, trades and the account's executions, with no Python for HTX in the product."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt.pro as ccxt_streams
import pytest

from execution.domain.streams import StreamTally
from execution.models import Venue
from execution.paper.engine import Side
from execution.venues import registry
from execution.venues.ccxt.exchange import make_exchange
from execution.venues.ccxt.market_stream import MarketConnection
from execution.venues.ccxt.watching import UnifiedAccountReader
from execution.venues.dialect import AccountNews, PublicTrade
from execution.venues.protocol import VenueClient
from execution.venues.session import run
from tests.integration.venues.proxy import BackgroundLoop
from tests.venues.htx.server import HtxServer
from tests.venues.htx.test_htx import order, resting
from tests.waiting import wait_until

SYMBOLS = ("BTCUSDT", "ETHUSDT")


class Shown:
    """What the feed would write."""

    def __init__(self) -> None:
        self.books: dict[str, Any] = {}
        self.trades: list[PublicTrade] = []

    def show(self, symbol: str, book: Any, received_us: int) -> None:
        self.books[symbol] = book

    def hide(self, symbol: str) -> None:
        self.books.pop(symbol, None)

    def count(self, trade: PublicTrade) -> None:
        self.trades.append(trade)


@pytest.fixture
def background() -> Iterator[BackgroundLoop]:
    loop = BackgroundLoop()
    yield loop
    loop.close()


@pytest.fixture
def shown(row: Venue, background: BackgroundLoop) -> Iterator[Shown]:
    """The feed's own connection to HTX's public streams, running."""
    found = Shown()
    account, dialect = registry.account_of(row), registry.dialect_of("htx")
    tallies = {symbol: StreamTally() for symbol in SYMBOLS}

    async def start() -> Any:
        return asyncio.ensure_future(MarketConnection(account, dialect, tallies, sink=found).live())

    task = background.run(start())
    yield found

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    background.run(stop())


def best_bid(shown: Shown) -> Decimal | None:
    book = shown.books.get("BTCUSDT")
    return None if book is None else Decimal(book.bids.top(1)[0].split()[0])


def test_books_are_shown_and_follow_the_venue(shown: Shown, htx: HtxServer) -> None:
    wait_until(lambda: set(shown.books) == set(SYMBOLS))
    htx.core.quote("BTCUSDT", Side.BUY, Decimal("59995.5"), Decimal("0.25"))
    wait_until(lambda: best_bid(shown) == Decimal("59995.5"))


def test_public_trades_are_counted(shown: Shown, htx: HtxServer) -> None:
    wait_until(lambda: htx.streams.is_listening("market.btcusdt.trade.detail"))
    htx.core.take("BTCUSDT", Side.BUY, Decimal(60_010), Decimal("0.01"))
    wait_until(lambda: bool(shown.trades))
    trade = shown.trades[0]
    assert (trade.symbol, trade.price, trade.quantity) == ("BTCUSDT", Decimal(60_010), Decimal("0.01"))


@pytest.fixture
def news(row: Venue, background: BackgroundLoop) -> Iterator[list[AccountNews]]:
    """The account reader, running."""
    found: list[AccountNews] = []
    dialect, account = registry.dialect_of("htx"), registry.account_of(row)

    async def start() -> Any:
        exchange = make_exchange(account, dialect, library=ccxt_streams)
        await exchange.load_markets()
        reader = UnifiedAccountReader(exchange, venue="htx", symbols=("BTCUSDT",))
        await reader.subscribe()

        async def follow() -> None:
            async for one in reader.watch():
                found.append(one)

        return exchange, asyncio.ensure_future(follow())

    exchange, task = background.run(start())
    yield found

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await exchange.close()

    background.run(stop())


def test_the_accounts_executions_and_orders_are_told(client: VenueClient, htx: HtxServer, news: list[AccountNews]) -> None:
    wait_until(lambda: htx.streams.is_listening("trade.clearing#btcusdt#0") and htx.streams.is_listening("orders#btcusdt"))
    run(client.place(resting("dmrests")))
    run(client.place(order("dmtakes", quantity=Decimal("0.25"))))
    wait_until(lambda: any(one.executions for one in news))
    (execution,) = next(one.executions for one in news if one.executions)
    assert (execution.symbol, execution.price, execution.quantity) == ("BTCUSDT", Decimal(60_010), Decimal("0.25"))
    assert (execution.fee, execution.fee_currency, execution.is_maker) == (Decimal("0.0005"), "BTC", False)
    wait_until(lambda: {"dmrests", "dmtakes"} <= {name for one in news for name in one.client_order_ids})
    assert not any(one.lost for one in news)
