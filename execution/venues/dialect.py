"""What differs from venue to venue: a package per venue, each of the same shape, and one for any other exchange of ccxt.

A package holds
- `addresses.py`: where ccxt is pointed, and what it is told (`urls`, `options`);
- `codes.py`: what the venue's codes prove (`read_refusal`);
- `orders.py`: how orders and executions are sent, found and read (`create_params`, `read_created`, `read_order`);
- `market.py`: books and trades from its public streams (a `MarketReader`);
- `account.py`: orders and executions from its private streams (an `AccountReader`);
- `dialect.py`: the class that puts these together, over `ccxt.unified.UnifiedDialect`;
- `__init__.py`: exports one object of that class as `DIALECT`;
and what the venue alone needs: Binance's `lookups.py` (two families of the same calls), Bybit's `pages.py` (cursors, and windows
of a week), Coinbase's `tokens.py` (signatures of our own).

Everything is read from ccxt's unified structures with `number=str`, or from the venue's own strings: no float is between a venue
and a Decimal.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from execution.domain.venue_orders import NewOrder, VenueOrder, VenuePosition


class Verdict(StrEnum):
    """What a venue's refusal proves."""

    NO_EFFECT = "no effect"  # whitelisted: the request was refused before, or by, the matching engine
    DUPLICATE = "duplicate"  # the venue holds an order of the same client id: look it up
    NO_SUCH_ORDER = "no such order"  # cancel or query: not known, or not open any more: look it up
    RATE_LIMITED = "rate limited"
    OPEN = "open"  # everything else proves nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A venue's own code and words, and what they prove."""

    code: str
    message: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """What a venue says an API key may do."""

    can_trade: bool
    can_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookUpdate:
    """A snapshot or a change of one book; prices and quantities as the venue wrote them, quantities in base currency.

    A change applies to a book whose last sequence is s when `first <= s + 1 <= last`; it is old when `last <= s`, and there is
    a gap when `first > s + 1`. Venues that number otherwise are mapped to this: OKX first = prevSeqId + 1, Binance USD-M
    first = pu + 1, Bybit first = last = u. Quantity "0" removes a level.
    """

    symbol: str
    """House symbol."""
    is_snapshot: bool
    first: int
    last: int
    bids: Sequence[tuple[str, str]]
    asks: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTrade:
    """A trade of anybody's; price in quote currency, quantity in base currency."""

    venue: str
    symbol: str
    price: Decimal
    quantity: Decimal
    traded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The venue or the frame says that the connection cannot be relied on any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One socket and what is sent on it, in order, once it is open."""

    url: str
    messages: tuple[dict[str, Any], ...]
    read: "Callable[[bytes | str], Iterable[BookUpdate | PublicTrade | Lost]] | None" = None
    """Reads this socket's frames instead of the reader's own `read`, where a frame alone does not tell which market it is of:
    Bybit's topics are the same on the spot and on the linear socket. None: `MarketReader.read` reads them."""


class MarketReader(Protocol):
    """The public streams of one venue; one object lives as long as one connection and may keep sequence numbers."""

    needs_snapshot: bool
    """True where the stream sends changes only and `snapshot` is to be fetched over REST after subscribing (Binance)."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        """Take ccxt.pro's exchange with its markets loaded, and house symbols."""

    def subscriptions(self) -> Sequence[Subscription]:
        """Return the sockets to open and what to send on each."""

    def read(self, text: bytes | str) -> Iterable[BookUpdate | PublicTrade | Lost]:
        """Read one frame; frames of no interest (pongs, acknowledgements) yield nothing, a refused subscription yields Lost.

        Raises:
            ValueError: the frame is not what the protocol promises.
        """

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Fetch a book over REST: `first` and `last` are the sequence it is at."""


class WatchedMarket(MarketReader, Protocol):
    """A reader for venues whose frames only ccxt.pro reads: it has no subscriptions, and `watch` is iterated instead of `read`."""

    def watch(self) -> AsyncIterator[BookUpdate | PublicTrade | Lost]:
        """Subscribe through ccxt.pro and yield what it made of the frames; every book is a snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNews:
    """What one private frame told: executions, and orders to be looked up because something happened to them."""

    executions: tuple[Execution, ...] = ()
    client_order_ids: tuple[str, ...] = ()
    lost: str = ""
    """Why the stream has ended, when the frame says so."""


class AccountReader(Protocol):
    """The private streams of one account."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        """Take ccxt.pro's exchange with its markets loaded, and house symbols."""

    async def subscribe(self) -> None:
        """Sign in and subscribe to orders and executions of every kind of instrument traded; return when the venue confirmed."""

    def read(self, message: Any) -> AccountNews | None:
        """Read one decoded frame; None leaves it to ccxt (answers to its own requests, logins)."""


class WatchedAccount(AccountReader, Protocol):
    """A reader for venues whose frames only ccxt.pro reads: `read` leaves them to ccxt, and `watch` is iterated after `subscribe`."""

    def watch(self) -> AsyncIterator[AccountNews]:
        """Yield what ccxt made of the frames."""


class Dialect(Protocol):
    """One venue's way of doing it. `execution.venues.ccxt.unified.UnifiedDialect` does everything through ccxt's unified calls;
    a venue's own class overrides what the venue does otherwise.
    """

    ccxt_id: str
    market_reader: type[MarketReader]
    account_reader: type[AccountReader]

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return a complete replacement of ccxt's `urls` for a venue at `base_url` (`http://127.0.0.1:8900/okx`).

        Nothing of ccxt's own tree stays.
        """

    def options(self) -> dict[str, Any]:
        """Return constructor options for ccxt beyond keys, time-outs and `number`."""

    def headers(self, exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
        """Return headers to add to a REST request, over ccxt's own; `now_ms` is the venue's time as far as it is known.

        What arrives after we gave up is to have no effect: OKX takes in a header (`expTime`) the time after which it refuses an
        order, Coinbase a token that has an end (hence the exchange, which holds the key).
        """

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Return the venue's own refusal in an answer (some refuse with HTTP 200); None when it is not the venue's own words.

        A rate limit is a refusal of its own verdict, also by status alone; every other 5xx, 408 and page of HTML is None.
        """

    def create_params(self, order: NewOrder) -> dict[str, Any]:
        """Return what goes to ccxt's create_order besides symbol, side, type, amount and price: client id, time in force, reduce only."""

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read ccxt's answer to create_order; a mere acknowledgement is an open order with nothing filled.

        Executions come along where the answer holds them; quantities in base currency.

        Raises:
            UnreadableAnswer: it does not prove that the venue has this order.
        """

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by our id (or the venue's); raises ccxt's error with its refusal when the venue refuses.

        Return the order when the answer holds its end state (Binance), None when it is a mere acknowledgement: the client then looks it up.
        """

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask by our id, by the venue's, among open orders and in the history; None only when every one of them denies it.

        Executions do not come along.
        """

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return every execution of one order, all pages, oldest first; quantities in base currency."""

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions in one instrument, all pages, oldest first, with our order ids where the venue tells them."""

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return how long after it was sent a request may still take effect; later the venue refuses it.

        An order that every place to ask denies is believed to have never arrived only after this time.
        """

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Ask the venue what the key may do; None where it has no such call."""

    async def server_time(self, exchange: Any) -> datetime:
        """Ask the venue for its time."""

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return what the account owns by currency, all its wallets, amounts in open orders included, zeros left out."""

    async def futures_balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return what of the balances lies in a wallet of its own for perpetuals and pays for nothing on spot; mostly nothing."""

    async def positions(self, exchange: Any) -> tuple[VenuePosition, ...]:
        """Return the open positions in linear perpetuals, quantities in base currency; none where the venue has only spot."""

    def terms(self, exchange: Any, market: Any, *, venue: str, symbol: str, maker_fee_bps: Decimal, taker_fee_bps: Decimal) -> Listing:
        """Read the terms of one of ccxt's markets; quantities in base currency.

        Raises:
            UnreadableAnswer: tick or lot is missing.
        """
