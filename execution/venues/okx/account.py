"""OKX's private stream: the `orders` channel of every kind of instrument, which carries executions too."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.venues.ccxt.answers import decimal, mapping, rows
from execution.venues.dialect import AccountNews
from execution.venues.okx.orders import read_fill

log = structlog.get_logger()
ORDERS = "orders"
SUBSCRIBE = {"op": "subscribe", "args": [{"channel": ORDERS, "instType": "ANY"}]}
ENDING_EVENTS = frozenset({"notice", "channel-conn-count-error"})
NOTHING = AccountNews()


class SubscriptionRefused(RuntimeError):
    """The venue does not let the account listen."""


class OkxAccountReader:
    """The private stream of one account."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        markets = {symbol: exchange.market(parse_symbol(symbol).ccxt_symbol) for symbol in symbols}
        self._markets = {str(market["id"]): (symbol, market) for symbol, market in markets.items()}
        self._confirmed: asyncio.Future[None] | None = None

    async def subscribe(self) -> None:
        """Sign in and listen to the orders of spot and swaps; return when the venue confirmed.

        Raises:
            SubscriptionRefused: the venue says no.
        """
        await self._exchange.authenticate()
        self._confirmed = asyncio.get_running_loop().create_future()
        await self._exchange.client(self._exchange.get_url(ORDERS, "private")).send(SUBSCRIBE)
        await self._confirmed

    def read(self, message: Any) -> AccountNews | None:
        """Read one decoded frame; logins and what precedes the subscription are ccxt's.

        Raises:
            UnreadableAnswer: it is not what the protocol promises.
        """
        if not isinstance(message, dict):
            return None
        if message.get("event") is not None:
            return self._answer(message)
        if mapping(message.get("arg") or {}).get("channel") != ORDERS:
            return None
        news = [self._order(mapping(row)) for row in rows(message.get("data"))]
        return AccountNews(
            executions=tuple(execution for execution, _ in news if execution is not None),
            client_order_ids=tuple(dict.fromkeys(client_order_id for _, client_order_id in news if client_order_id)),
        )

    def _answer(self, message: Mapping[str, Any]) -> AccountNews | None:
        """Read an answer to a subscription, or a word on the connection."""
        confirmed, event = self._confirmed, message["event"]
        words = f"{message.get('code', '')} {message.get('msg', '')}".strip()
        if event in ENDING_EVENTS:
            return AccountNews(lost=f"the venue ends the stream: {words or event}")
        if confirmed is None or event not in ("subscribe", "error"):
            return None
        if confirmed.done():
            return AccountNews(lost=f"the venue refuses: {words}") if event == "error" else NOTHING
        if event == "error":
            confirmed.set_exception(SubscriptionRefused(f"the venue refused the account's stream: {words}"))
        else:
            confirmed.set_result(None)
        return NOTHING

    def _order(self, row: Mapping[str, Any]) -> tuple[Execution | None, str]:
        """Return the execution that a row tells of, if any, and our id of the order."""
        client_order_id = str(row.get("clOrdId") or "")
        found = self._markets.get(str(row.get("instId")))
        if found is None:
            log.warning("report_of_unknown_symbol", venue=self._venue, symbol=row.get("instId"))
            return None, client_order_id
        if not row.get("tradeId") or not decimal(row, "fillSz"):
            return None, "" if row.get("state") == "live" else client_order_id  # its acknowledgement tells as much
        symbol, market = found
        named = {**row, "fee": row.get("fillFee"), "feeCcy": row.get("fillFeeCcy")}
        return read_fill(named, market, venue=self._venue, symbol=symbol), client_order_id
