"""Binance, spot and USD-M linear perpetuals through one object of ccxt's `binance`."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import structlog
from ccxt.base.errors import BaseError

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, VenueOrder, VenuePosition
from execution.venues.binance import addresses, codes, lookups, orders
from execution.venues.binance.account import BinanceAccountReader
from execution.venues.binance.market import BinanceMarketReader
from execution.venues.ccxt.answers import decimal, house_symbol, mapping, optional_decimal, rows
from execution.venues.ccxt.exchange import refusal_of
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import AccountReader, KeyRights, MarketReader, Refusal

log = structlog.get_logger()
NO_PERMISSION = "-2015"


class BinanceDialect(UnifiedDialect):
    """What Binance does in its own way."""

    market_reader: type[MarketReader] = BinanceMarketReader
    account_reader: type[AccountReader] = BinanceAccountReader

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return the addresses of spot and USD-M below `base_url`."""
        return addresses.urls(base_url)

    def options(self) -> dict[str, Any]:
        """Return what makes one object trade both kinds."""
        return addresses.options()

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Read `{"code", "msg"}`."""
        return codes.read_refusal(status, body)

    def create_params(self, order: NewOrder) -> dict[str, Any]:
        """Return our id, the time in force and reduce-only."""
        return orders.create_params(order)

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read the full answer: state and quantity filled, on spot with its executions."""
        return orders.read_order(answer["info"], venue=venue, symbol=order.symbol, client_order_id=order.client_order_id)

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by our id; the answer is the order as it ended."""
        answer = await exchange.cancel_order(None, parse_symbol(symbol).ccxt_symbol, orders.by_client_id(client_order_id))
        return orders.read_order(answer["info"], venue="", symbol=symbol, client_order_id=client_order_id)

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask by our id, by the venue's, among open orders and in the history."""
        book = lookups.book_of(exchange, symbol)
        return await lookups.find(book, symbol=symbol, client_order_id=client_order_id, venue_order_id=venue_order_id)

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return every execution of one order; an order that has filled nothing is not asked about."""
        if not order.filled_quantity:
            return ()
        return await lookups.executions_of(lookups.book_of(exchange, symbol), order, venue=venue, symbol=symbol)

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions in one instrument."""
        book = lookups.book_of(exchange, symbol)
        return await lookups.executions_since(book, venue=venue, symbol=symbol, since=since, now=datetime.now(UTC))

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return the time-out and a second that the venue's clock may be behind: `recvWindow` is the time-out, by the venue's clock."""
        return timeout_seconds + 1

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Ask the wallet API what the key may do."""
        told = mapping(await exchange.sapiGetAccountApiRestrictions())
        return KeyRights(
            can_trade=told.get("enableSpotAndMarginTrading") is True or told.get("enableFutures") is True,
            can_withdraw=told.get("enableWithdrawals") is not False,
        )

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Add up the spot wallet, amounts in open orders included, and the USD-M wallet without unrealised profit."""
        owned: dict[str, Decimal] = {}
        for row in rows(mapping(await exchange.privateGetAccount()).get("balances")):
            _add(owned, str(row["asset"]), decimal(row, "free") + decimal(row, "locked"))
        for asset, amount in (await self.futures_balances(exchange)).items():
            _add(owned, asset, amount)
        return {asset: amount for asset, amount in owned.items() if amount}

    async def futures_balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return what is in the USD-M wallet without unrealised profit."""
        futures = await _of_usdm(exchange.fapiPrivateV3GetAccount)
        owned = (
            {str(row["asset"]): decimal(row, "walletBalance") for row in rows(mapping(futures).get("assets"))}
            if futures is not None
            else {}
        )
        return {asset: amount for asset, amount in owned.items() if amount}

    async def positions(self, exchange: Any) -> tuple[VenuePosition, ...]:
        """Return the open positions; version 2 of the call is the one that tells the leverage."""
        told = await _of_usdm(exchange.fapiPrivateV2GetPositionRisk)
        read = [_position(exchange, row) for row in rows(told)] if told is not None else []
        return tuple(position for position in read if position is not None)


async def _of_usdm(call: Callable[[], Any]) -> Any | None:
    """Ask the USD-M account; none when the key has no right to it, which a key for spot alone has not."""
    try:
        return await call()
    except BaseError as error:
        refusal = refusal_of(error)
        if refusal is None or refusal.code != NO_PERMISSION:
            raise
        log.warning("key_has_no_futures_rights", code=refusal.code, message=refusal.message)
        return None


def _add(owned: dict[str, Decimal], asset: str, amount: Decimal) -> None:
    owned[asset] = owned.get(asset, Decimal(0)) + amount


def _position(exchange: Any, row: Any) -> VenuePosition | None:
    quantity = decimal(row, "positionAmt")
    symbol = house_symbol(str(exchange.safe_symbol(row["symbol"], None, None, "contract"))) if quantity else None
    if symbol is None:
        return None
    return VenuePosition(
        symbol=symbol,
        quantity=quantity,
        entry_price=decimal(row, "entryPrice"),
        leverage=optional_decimal(row, "leverage"),
        unrealised=optional_decimal(row, "unRealizedProfit"),
    )
