"""A venue's two streams as the feed keeps them, with sinks that remember everything."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event

from dipmaster.domain.fills import Execution
from execution.domain.book_keeping import BookKeeper
from execution.domain.streams import StreamTally
from execution.models import Venue
from execution.venues import registry, session
from execution.venues.ccxt.market_stream import MarketConnection
from execution.venues.ccxt.private_stream import PrivateConnection, RawMessage
from execution.venues.ccxt.stream import keep_connected
from execution.venues.dialect import PublicTrade
from tests.venues.places import Place
from tests.waiting import PATIENCE_SECONDS, wait_until

Side = list[tuple[Decimal, Decimal]]


@dataclass
class Market:
    """What was shown of one book; `crossed` holds every crossed book that was ever shown."""

    symbol: str
    bids: Side = field(default_factory=list)
    asks: Side = field(default_factory=list)
    shown: int = 0
    hidden: int = 0
    is_visible: bool = False
    crossed: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    trades: list[PublicTrade] = field(default_factory=list)

    def show(self, symbol: str, book: BookKeeper, received_us: int) -> None:
        self.bids, self.asks = (_levels(side.top(20)) for side in (book.bids, book.asks))
        self.shown += 1
        self.is_visible = True
        if self.bids[0][0] >= self.asks[0][0]:
            self.crossed.append((self.bids[0][0], self.asks[0][0]))

    def hide(self, symbol: str) -> None:
        self.hidden += 1
        self.is_visible = False

    def count(self, trade: PublicTrade) -> None:
        self.trades.append(trade)


def _levels(top: Sequence[str]) -> Side:
    """Read "price quantity" texts."""
    return [(Decimal(price), Decimal(quantity)) for price, _, quantity in (level.partition(" ") for level in top)]


@dataclass
class Account:
    """What was delivered of one account; a repeated trade is kept once, as the engine does."""

    executions: dict[str, Execution] = field(default_factory=dict)
    nudges: list[str] = field(default_factory=list)
    frames: int = 0
    backfills: int = 0
    symbols: tuple[str, ...] = ()
    known: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=5))

    async def keep(self, messages: Sequence[RawMessage]) -> None:
        self.frames += len(messages)

    async def deliver(self, executions: Sequence[Execution], client_order_ids: Sequence[str]) -> None:
        self.executions |= {execution.trade_id: execution for execution in executions}
        self.nudges += client_order_ids

    async def known_until(self) -> datetime:
        self.backfills += 1
        return self.known

    async def remember(self, moment: datetime) -> None:
        self.known = moment

    async def traded_symbols(self, since: datetime) -> Sequence[str]:
        return self.symbols

    async def open_orders(self) -> Sequence[str]:
        return ()


@dataclass
class Streams:
    """Both streams of one place, running."""

    market: Market
    account: Account
    tally: StreamTally

    def wait_for_book(self) -> None:
        seen = self.market.shown
        wait_until(lambda: self.market.is_visible and self.market.shown > seen)


@contextmanager
def running(place: Place) -> Iterator[Streams]:
    """Keep both streams of a place connected on the session's loop."""
    row = Venue(name=place.venue, ccxt_id=place.venue, mode="paper", maker_fee_bps=Decimal(0), taker_fee_bps=Decimal(0))
    account, dialect = registry.account_of(row), registry.dialect_of(place.venue)
    streams = Streams(market=Market(place.symbol), account=Account(symbols=(place.symbol,)), tally=StreamTally())
    tallies = {place.symbol: streams.tally}
    over = Event()

    async def run() -> None:
        rest = registry.backfill_client(account)
        try:
            await asyncio.gather(
                keep_connected("market", lambda: MarketConnection(account, dialect, tallies, sink=streams.market)),
                keep_connected("private", lambda: PrivateConnection(account, dialect, (place.symbol,), rest=rest, sink=streams.account)),
            )
        finally:
            await rest.close()
            over.set()

    task = asyncio.run_coroutine_threadsafe(run(), session.loop())
    try:
        wait_until(lambda: streams.market.is_visible and streams.account.backfills)
        yield streams
    finally:
        task.cancel()
        assert over.wait(PATIENCE_SECONDS), "the streams do not end"
