"""A desk with venues, fresh books and a client with a token."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

import pytest
from pytest_django import Settings
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.test import APIClient

from dipmaster import seeds
from dipmaster.accounts.models import Desk, User
from dipmaster.domain.books import Book, Level
from execution.market import books
from execution.models import Venue

MID = Decimal(50_000)
ORDER = {"symbol": "BTCUSDT", "side": "buy", "quantity": "0.5", "mode": "conservative", "duration_minutes": "10"}
D = Decimal


class Submit(Protocol):
    """Sends ORDER with changes; a change to None leaves the field out."""

    def __call__(self, **changes: Any) -> Response: ...


def make_user(name: str, desk: Desk | None) -> User:
    return User.objects.create_user(name, desk=desk)  # type: ignore[no-any-return]


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


def write_books(symbol: str = "BTCUSDT", mid: Decimal = MID) -> None:
    for venue in Venue.objects.all():
        bid, ask = (Level(price=mid + offset, quantity=D(100)) for offset in (D(-1), D(1)))
        books.write(Book(venue=venue.name, symbol=symbol, bids=(bid,), asks=(ask,), received_at=datetime.now(UTC)))


@pytest.fixture(autouse=True)
def _slow_machine(settings: Settings) -> None:
    settings.BOOK_MAX_AGE_SECONDS = 8.0  # so long may pass between a book and the request that needs it


@pytest.fixture
def desk(db: None) -> Desk:
    seeds.make_venues()
    return Desk.objects.create(name="Macro")


@pytest.fixture
def trader(desk: Desk) -> User:
    return make_user("trader", desk)


@pytest.fixture
def api(trader: User) -> APIClient:
    return client_of(trader)


@pytest.fixture
def submit(api: APIClient) -> Submit:
    def send(**changes: Any) -> Response:
        write_books()
        body = {name: value for name, value in (ORDER | changes).items() if value is not None}
        return api.post("/api/v1/orders/", body, format="json")

    return send
