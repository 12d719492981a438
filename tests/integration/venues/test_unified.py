"""ccxt's unified calls alone, against OKX's protocol: what a venue without a package of its own gets, perpetuals included."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from redis import Redis

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import Acknowledged, NewOrder, NotFound, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.models import Venue
from execution.paper.process import PaperProcess
from execution.venues import registry, session
from execution.venues.ccxt.client import CcxtClient
from execution.venues.ccxt.exchange import make_exchange
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.session import run

_numbers = count(1)
SYMBOLS = ["BTCUSDT", "BTCUSDT-PERP"]  # OKX orders its perpetuals in contracts and only acknowledges what it is sent


async def grant(venue: str, kind: str, weight: int | None = None) -> bool:
    return True


async def note(venue: str, *, kind: str, outcome: str, seconds: float) -> None: ...


async def no_clock(venue: str) -> None: ...


class Unlimited:
    """A budget with room for everything."""

    acquire = staticmethod(grant)

    async def block(self, venue: str, seconds: float) -> None:
        raise AssertionError(f"{venue} has us wait for {seconds} s")


@pytest.fixture
def client(paper_exchange: PaperProcess) -> Iterator[CcxtClient]:
    fees = {"maker_fee_bps": Decimal(0), "taker_fee_bps": Decimal(0)}
    account = registry.account_of(Venue(name="okx", ccxt_id="okx", mode="paper", **fees))
    dialect = UnifiedDialect("okx")

    async def make() -> CcxtClient:
        return CcxtClient(
            make_exchange(account, dialect),
            dialect,
            venue="okx",
            timeout_seconds=4.0,
            observe=note,
            budget=Unlimited(),
            read_clock=no_clock,
            **fees,
        )

    client = run(make())
    session.on_close(client.close)
    yield client
    session.close()


def order(symbol: str, **changes: object) -> NewOrder:
    buy = NewOrder(
        symbol=symbol,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        quantity=Decimal("0.02"),
        price=Decimal(62_000),
        client_order_id=f"dmunified{next(_numbers)}",
    )
    return replace(buy, **changes)  # type: ignore[arg-type]


def acknowledged(outcome: object) -> VenueOrder:
    assert isinstance(outcome, Acknowledged), outcome
    return outcome.order


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_an_order_fills_in_base_currency_and_brings_its_executions(client: CcxtClient, symbol: str) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    wanted = order(symbol)
    acknowledged(run(client.place(wanted)))
    found = acknowledged(run(client.lookup(symbol=symbol, client_order_id=wanted.client_order_id, venue_order_id=None)))
    assert (found.status, found.filled_quantity) == (VenueOrderStatus.FILLED, Decimal("0.02"))
    assert sum(execution.quantity for execution in found.executions) == Decimal("0.02")
    recent = run(client.executions_since(symbol=symbol, since=since))
    assert set(found.executions) <= set(recent)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_resting_order_is_cancelled_by_either_id(client: CcxtClient, symbol: str) -> None:
    for by_venue in (False, True):
        wanted = order(symbol, time_in_force=TimeInForce.POST_ONLY, price=Decimal(58_000))
        placed = acknowledged(run(client.place(wanted)))
        ids = {"client_order_id": wanted.client_order_id, "venue_order_id": placed.venue_order_id if by_venue else None}
        assert acknowledged(run(client.cancel(symbol=symbol, **ids))).status is VenueOrderStatus.CANCELLED


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_an_order_that_never_was_is_not_found(client: CcxtClient, symbol: str) -> None:
    assert isinstance(run(client.lookup(symbol=symbol, client_order_id="dmnobody", venue_order_id=None)), NotFound)


def test_a_position_counts_base_currency_and_reduce_only_closes_it(client: CcxtClient) -> None:
    symbol = "BTCUSDT-PERP"
    before = position(client, symbol)
    acknowledged(run(client.place(order(symbol, order_type=OrderType.MARKET, price=None))))
    assert position(client, symbol) - before == Decimal("0.02")
    close = order(symbol, side=Side.SELL, price=Decimal(58_500), reduce_only=True)
    acknowledged(run(client.place(close)))
    assert position(client, symbol) == before


def position(client: CcxtClient, symbol: str) -> Decimal:
    told = run(client.positions()).get(symbol)
    return told.quantity if told else Decimal(0)


def test_terms_are_those_of_the_venues_own_package(client: CcxtClient, redis: Redis) -> None:
    fees = {"maker_fee_bps": Decimal(0), "taker_fee_bps": Decimal(0)}
    own = registry.account_of(Venue(name="okx", ccxt_id="okx", mode="paper", **fees))

    async def terms() -> object:
        packaged = registry.backfill_client(own)
        try:
            return await packaged.listings()
        finally:
            await packaged.close()

    assert set(run(client.listings())) == set(run(terms()))  # type: ignore[call-overload]
