"""A trader who is signed in, on a desk with venues and fresh books."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from dipmaster.accounts.models import User
from dipmaster.domain.books import Book, Level
from dipmaster.domain.sides import Side
from execution.market import books
from execution.models import ParentOrder, Venue
from execution.services import orders
from execution.services.orders import OrderRequest

MID = Decimal(50_000)
D = Decimal


def write_books(symbol: str = "BTCUSDT", mid: Decimal = MID, age: timedelta = timedelta(0)) -> None:
    for venue in Venue.objects.all():
        bid, ask = (Level(price=mid + offset, quantity=D(100)) for offset in (D(-1), D(1)))
        books.write(Book(venue=venue.name, symbol=symbol, bids=(bid,), asks=(ask,), received_at=datetime.now(UTC) - age))


@pytest.fixture(autouse=True)
def _slow_machine(settings: Settings) -> None:
    settings.BOOK_MAX_AGE_SECONDS = 8.0  # so long may pass between a book and the request that needs it


@pytest.fixture
def browser(seeded: None, trader: User, client: Client) -> Client:
    """A browser in which the trader is signed in; prices are fresh."""
    write_books()
    client.force_login(trader)
    return client


@pytest.fixture
def visitor(trader: User, client: Client) -> Client:
    """A browser in which the trader is signed in, on a desk without venues."""
    client.force_login(trader)
    return client


@pytest.fixture
def order(browser: Client, trader: User) -> Callable[..., ParentOrder]:
    """Submits a buy of half a bitcoin in ten minutes, with changes."""

    def submit(**changes: Any) -> ParentOrder:
        write_books()
        request = OrderRequest(**{"symbol": "BTCUSDT", "side": Side.BUY, "quantity": D("0.5"), "duration_minutes": D(10)} | changes)
        return orders.submit(user=trader, request=request, now=datetime.now(UTC)).order

    return submit


def ticket(**changes: Any) -> dict[str, Any]:
    """Return a ticket as a browser posts it, with changes."""
    return {
        "side": "buy",
        "symbol": "BTCUSDT",
        "sizing": "base",
        "quantity": "0.5",
        "mode": "balanced",
        "duration_minutes": "10",
        "limit_price": "",
        "max_slippage_bps": "",
        "venues": ["binance", "okx", "bybit", "coinbase"],
        "start_at": "",
        "priority": "5",
        "notes": "",
        "client_order_id": "web-1",
    } | changes
