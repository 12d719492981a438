"""Where the acceptance matrix trades, and the venues' own records as witness."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One instrument on one venue."""

    venue: str
    symbol: str

    @property
    def is_perpetual(self) -> bool:
        return self.symbol.endswith("-PERP")

    @property
    def title(self) -> str:
        return f"{self.venue} {'perpetual' if self.is_perpetual else 'spot'}"


PLACES = tuple(
    Place(venue, symbol)
    for venue, symbol in (
        ("binance", "BTCUSDT"),
        ("binance", "BTCUSDT-PERP"),
        ("okx", "BTCUSDT"),
        ("okx", "BTCUSDT-PERP"),
        ("bybit", "BTCUSDT"),
        ("bybit", "BTCUSDT-PERP"),
        ("coinbase", "BTCUSDT"),
    )
)
VENUES = tuple(dict.fromkeys(place.venue for place in PLACES))


@dataclass(frozen=True, slots=True)
class Quote:
    bid: Decimal
    ask: Decimal


def _as_told(venue: str, trade_id: str) -> str:
    """Return the id of a trade in its venue's own form: Coinbase's are UUIDs."""
    return str(UUID(int=int(trade_id))) if venue == "coinbase" else trade_id


class Witness:
    """The paper exchange seen past its venues' protocols: what really happened, and faults on demand."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def quote(self, place: Place) -> Quote:
        book = self.book(place, 1)
        return Quote(Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0]))

    def book(self, place: Place, limit: int) -> dict[str, list[list[str]]]:
        """Return the best levels of a book as its venue shows it, [price, quantity in base currency]."""
        return dict(self._call("GET", f"book?{urlencode({'venue': place.venue, 'symbol': place.symbol, 'limit': limit})}"))

    def orders(self, venue: str, client_id: str) -> list[Json]:
        """Return every order that ever carried a client id on a venue."""
        accounts = self._call("GET", f"orders?venue={venue}")
        return [order for account in accounts.values() for order in account["orders"] if order["client_id"] == client_id]

    def order(self, venue: str, client_id: str) -> Json:
        (found,) = self.orders(venue, client_id)
        return dict(found)

    def trades(self, venue: str, client_id: str) -> dict[str, Decimal]:
        """Return the quantity of each trade of one order, by trade id."""
        ids = {order["order_id"] for order in self.orders(venue, client_id)}
        accounts = self._call("GET", f"orders?venue={venue}")
        trades = [trade for account in accounts.values() for trade in account["trades"] if trade["order_id"] in ids]
        return {_as_told(venue, trade["trade_id"]): Decimal(trade["quantity"]) for trade in trades}

    def account(self, venue: str, key: str) -> Json:
        return dict(self._call("GET", f"orders?venue={venue}")[key])

    def fault(self, venue: str, fault: str, **asked: Any) -> None:
        self._call("POST", "faults", {"venue": venue, "fault": fault, **asked})

    def clear(self, venue: str | None = None) -> None:
        self._call("DELETE", f"faults?venue={venue}" if venue else "faults")

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.base_url}/control/{path}", method=method, data=data), timeout=30) as answer:
            return json.load(answer)
