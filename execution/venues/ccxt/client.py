"""A venue reached through ccxt's REST client: the same client for every venue, which its dialect tells what is particular."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from ccxt.base.errors import AuthenticationError, BaseError, PermissionDenied

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from execution.domain.venue_orders import (
    Acknowledged,
    CancelOutcome,
    LookupOutcome,
    NewOrder,
    NotFound,
    PlaceOutcome,
    Rejected,
    Unknown,
    VenueOrder,
    VenuePosition,
)
from execution.venues.ccxt.addresses import without_query
from execution.venues.ccxt.answers import UnreadableAnswer, house_symbol
from execution.venues.ccxt.exchange import denies_the_order, departures, refusal_of, wait_of
from execution.venues.ccxt.markets import Markets, NoMarkets
from execution.venues.ccxt.requests import KEY_REFUSED, NO_ROOM, NotSent, create_request
from execution.venues.dialect import Dialect, KeyRights, Refusal, Verdict
from execution.venues.live import fault_of_key
from execution.venues.protocol import NOT_SENT, Budget, NoRoom, Observe, ReadClock

log = structlog.get_logger()
T = TypeVar("T")
KEY_ERRORS = (AuthenticationError, PermissionDenied)


class CcxtClient:
    """One account on one venue; lives on one asyncio loop.

    Unproven answers become `Unknown` here. Only cancellation from outside escapes, and proves nothing either.
    """

    def __init__(
        self,
        exchange: Any,
        dialect: Dialect,
        *,
        venue: str,
        timeout_seconds: float,
        maker_fee_bps: Decimal,
        taker_fee_bps: Decimal,
        observe: Observe,
        budget: Budget,
        read_clock: ReadClock,
        is_live: bool = False,
    ) -> None:
        self._exchange = exchange
        self._dialect = dialect
        self._venue = venue
        self._timeout_seconds = timeout_seconds
        self._fees = (maker_fee_bps, taker_fee_bps)
        self._observe = observe
        self._budget = budget
        self._read_clock = read_clock
        self._is_live = is_live
        self._markets = Markets(exchange, venue)
        self._is_key_good = False

    async def place(self, order: NewOrder) -> PlaceOutcome:
        """Send a new order once. What fails before the order has left is a rejection of our own: the venue knows nothing of it."""
        left: list[str] = []
        outcome = await self._proven("place", lambda: self._place(order, left), left)
        if isinstance(outcome, Unknown) and not _may_have_left(left):
            return Rejected(code=NOT_SENT, reason=outcome.reason, at=outcome.at)
        return outcome

    async def cancel(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> CancelOutcome:
        """Withdraw an order; one that had already ended is looked up and acknowledged as it ended."""
        return await self._proven("cancel", lambda: self._cancel(symbol, client_order_id, venue_order_id), [])

    async def lookup(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> LookupOutcome:
        """Ask by our id, by the venue's, among open orders and in the history; executions come along."""
        return await self._proven("lookup", lambda: self._lookup(symbol, client_order_id, venue_order_id), [])

    async def executions_since(self, *, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions from `since` on, oldest first, with our order ids where the venue still tells them."""
        await self._prepare("lookup")
        return await self._heeding(self._dialect.executions_since(self._exchange, venue=self._venue, symbol=symbol, since=since))

    async def listings(self) -> tuple[Listing, ...]:
        """Return the terms of every active spot pair and linear perpetual with a house symbol."""
        await self._require_room()
        await self._markets.load(reload=True)
        found = [(house_symbol(market["symbol"]), market) for market in self._exchange.markets.values()]
        return tuple(self._terms(symbol, market) for symbol, market in found if symbol and _is_traded(market))

    async def balances(self) -> dict[str, Decimal]:
        """Return what the account owns by currency, amounts in open orders included."""
        await self._prepare("lookup")
        return await self._heeding(self._dialect.balances(self._exchange))

    async def futures_balances(self) -> dict[str, Decimal]:
        """Return what of the balances lies in a wallet of its own for perpetuals, and so pays for nothing on spot."""
        await self._prepare("lookup")
        return await self._heeding(self._dialect.futures_balances(self._exchange))

    async def positions(self) -> dict[str, VenuePosition]:
        """Return the open perpetual positions by house symbol."""
        await self._prepare("lookup")
        told = await self._heeding(self._dialect.positions(self._exchange))
        return {position.symbol: position for position in told}

    async def key_rights(self) -> KeyRights | None:
        """Return what the API key may do; none where the venue cannot tell."""
        await self._prepare("lookup")
        return await self._heeding(self._dialect.key_rights(self._exchange))

    async def server_time(self) -> datetime:
        """Return the venue's time."""
        await self._require_room()
        return await self._heeding(self._dialect.server_time(self._exchange))

    async def close(self) -> None:
        """Close the connections."""
        self._markets.close()
        await self._exchange.close()

    async def _place(self, order: NewOrder, left: list[str]) -> PlaceOutcome:
        try:
            await self._prepare("place")
            await self._require_good_key()
            request = create_request(order, self._exchange, self._dialect, venue=self._venue)
        except NotSent as error:
            return Rejected(code=error.code, reason=str(error), at=_now())
        except NoMarkets as error:  # some venues want a signature for what they list, too
            if not isinstance(error.__cause__, KEY_ERRORS):
                raise
            return Rejected(code=KEY_REFUSED, reason=_key_not_accepted(self._venue, error.__cause__), at=_now())
        try:
            answer = await self._create(request, left)
        except BaseError as error:
            refusal = refusal_of(error)
            if refusal is None or refusal.verdict not in (Verdict.DUPLICATE, Verdict.NO_EFFECT):
                raise
            if refusal.verdict is Verdict.DUPLICATE:
                return await self._existing(order, refusal)
            return Rejected(code=refusal.code, reason=refusal.message, at=_now())
        created = self._dialect.read_created(answer, order, exchange=self._exchange, venue=self._venue)
        return Acknowledged(order=created, at=_now())

    async def _create(self, request: tuple[Any, ...], left: list[str]) -> Any:
        """Send the order, noting in `left` what leaves."""
        token = departures.set(left)
        try:
            return await self._exchange.create_order(*request)
        finally:
            departures.reset(token)

    async def _existing(self, order: NewOrder, refusal: Refusal) -> PlaceOutcome:
        """Return the order that already has our id: an earlier send of the same intent."""
        found = await self._lookup(order.symbol, order.client_order_id, None)
        if isinstance(found, NotFound):
            return Unknown(reason=f"{refusal.message} but the order is not found", at=_now())
        return found

    async def _cancel(self, symbol: str, client_order_id: str, venue_order_id: str | None) -> CancelOutcome:
        await self._prepare("cancel")
        try:
            ended = await self._dialect.cancel(
                self._exchange, symbol=symbol, client_order_id=client_order_id, venue_order_id=venue_order_id
            )
        except BaseError as error:
            if not denies_the_order(error):
                raise
            return await self._lookup(symbol, client_order_id, venue_order_id)
        if ended is not None:
            return Acknowledged(order=await self._with_executions_if_possible(ended, symbol), at=_now())
        found = await self._lookup(symbol, client_order_id, venue_order_id)
        if isinstance(found, NotFound):
            return Unknown(reason="the venue took the cancel, but the order is not found", at=_now())
        return found

    async def _with_executions_if_possible(self, order: VenueOrder, symbol: str) -> VenueOrder:
        """Add the executions; the cancellation is proven and stays so when they cannot be read now."""
        try:
            return await self._with_executions(order, symbol)
        except (BaseError, UnreadableAnswer, TimeoutError) as error:
            log.warning("executions_not_read", venue=self._venue, order=order.client_order_id, error=without_query(repr(error)))
            return order

    async def _lookup(self, symbol: str, client_order_id: str, venue_order_id: str | None) -> LookupOutcome:
        await self._prepare("lookup")
        found = await self._dialect.find(self._exchange, symbol=symbol, client_order_id=client_order_id, venue_order_id=venue_order_id)
        if found is None:
            return NotFound(at=_now())
        return Acknowledged(order=await self._with_executions(found, symbol), at=_now())

    async def _with_executions(self, order: VenueOrder, symbol: str) -> VenueOrder:
        if not order.filled_quantity:
            return order
        executions = await self._dialect.executions_of(self._exchange, order, venue=self._venue, symbol=symbol)
        return replace(order, executions=executions)

    def _terms(self, symbol: str, market: Any) -> Listing:
        maker, taker = self._fees
        return self._dialect.terms(self._exchange, market, venue=self._venue, symbol=symbol, maker_fee_bps=maker, taker_fee_bps=taker)

    async def _prepare(self, kind: str) -> None:
        """Count the request, and have what it needs: the venue's time and its markets.

        Raises:
            NotSent: the rate budget has no room for a new order.
        """
        if not await self._budget.acquire(self._venue, kind) and kind == "place":
            raise NotSent(NO_ROOM, f"the rate budget of {self._venue} has no room: what is left is kept for cancels and lookups")
        await self._markets.load()
        offset = await self._read_clock(self._venue)
        if offset is not None:
            self._exchange.options["timeDifference"] = -round(offset.milliseconds)  # ccxt writes it into time stamps as it is

    async def _require_room(self) -> None:
        if not await self._budget.acquire(self._venue, "public"):
            raise NoRoom(f"the rate budget of {self._venue} has no room now")

    async def _require_good_key(self) -> None:
        """Ask once what the key may do, before its first order. Without an answer nothing is placed; it is asked again next time.

        Raises:
            NotSent: the key is wrong, may withdraw, may not trade, or is live and its venue cannot tell.
        """
        if self._is_key_good:
            return
        try:
            rights = await self._dialect.key_rights(self._exchange)
        except KEY_ERRORS as error:
            raise NotSent(KEY_REFUSED, _key_not_accepted(self._venue, error)) from error
        fault = fault_of_key(rights, venue=self._venue, is_live=self._is_live)
        if fault:
            raise NotSent(KEY_REFUSED, fault)
        self._is_key_good = True

    async def _proven(self, kind: str, call: Callable[[], Awaitable[T]], left: list[str]) -> T | Unknown:
        """Make `Unknown` of whatever goes wrong: no class of exception tells whether the order exists."""
        began = time.perf_counter()
        outcome: T | Unknown
        try:
            async with asyncio.timeout(self._timeout_seconds):
                outcome = await call()
        except TimeoutError:
            outcome = Unknown(reason=f"no answer within {self._timeout_seconds:g} s", at=_now())
        except Exception as error:  # noqa: BLE001 - each of them leaves the outcome open, and each is told
            await self._heed(error)
            outcome = Unknown(reason=without_query(f"{type(error).__name__}: {error}")[:300], at=_now())
        if isinstance(outcome, Unknown):
            log.warning("venue_outcome_unknown", venue=self._venue, kind=kind, reason=outcome.reason)
        if not _is_ours(outcome):
            await self._observe(self._venue, kind=kind, outcome=_OUTCOMES[type(outcome)], seconds=time.perf_counter() - began)
        return outcome

    async def _heeding(self, call: Awaitable[T]) -> T:
        """Heed what goes wrong in a call, and raise it."""
        try:
            return await call
        except BaseError as error:
            await self._heed(error)
            raise

    async def _heed(self, error: Exception) -> None:
        """Leave a venue alone that says it is asked too much."""
        told = error.__cause__ if isinstance(error, NoMarkets) else error
        refusal = refusal_of(told) if told is not None else None
        if told is not None and refusal is not None and refusal.verdict is Verdict.RATE_LIMITED:
            await self._budget.block(self._venue, wait_of(told))


_OUTCOMES: dict[type, str] = {Acknowledged: "acknowledged", Rejected: "rejected", NotFound: "not_found", Unknown: "unknown"}


def _key_not_accepted(venue: str, error: BaseException) -> str:
    refusal = refusal_of(error)
    return f"{venue} does not accept the API key: {refusal.message if refusal else without_query(str(error))}"[:300]


def _is_ours(outcome: object) -> bool:
    """Tell whether we refused by ourselves: that says nothing about the venue."""
    return isinstance(outcome, Rejected) and outcome.code.startswith(NOT_SENT)


def _may_have_left(left: list[str]) -> bool:
    """Tell whether an order may be on its way: reading (HTX reads the account's number first) places nothing."""
    return any(method != "GET" for method in left)


def _is_traded(market: Any) -> bool:
    return bool(market["active"] is not False and (market["spot"] or (market["swap"] and market["linear"])))


def _now() -> datetime:
    return datetime.now(UTC)
