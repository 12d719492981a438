"""Bybit's private stream: orders and executions of every category of the unified account, over one socket.

Sources: https://bybit-exchange.github.io/docs/v5/websocket/private/order, .../execution, .../ws/connect.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.venues.bybit.orders import category_of, is_trade, read_execution
from execution.venues.ccxt.answers import mapping, rows
from execution.venues.dialect import AccountNews

TOPICS = ("order", "execution")
TOLD_OTHERWISE = ("Created", "New", "PartiallyFilled")
"""States of an order that its acknowledgement, or the topic of executions, tells as well."""
REQUEST = "account-topics"
READY_SECONDS = 10.0


class BybitAccountReader:
    """Reads the topics `order` and `execution`; logins, pongs and other answers are ccxt's."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        self._symbols = {(category_of(symbol), str(exchange.market_id(parse_symbol(symbol).ccxt_symbol))): symbol for symbol in symbols}
        self._subscribed: asyncio.Future[None] | None = None

    async def subscribe(self) -> None:
        """Sign in, subscribe and wait until the venue confirms both."""
        url = self._exchange.urls["api"]["ws"]["private"]["contract"]
        self._subscribed = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(READY_SECONDS):
            await self._exchange.authenticate(url)
            await self._exchange.client(url).send({"op": "subscribe", "req_id": REQUEST, "args": list(TOPICS)})
            await self._subscribed

    def read(self, message: Any) -> AccountNews | None:
        """Read one decoded frame."""
        frame = mapping(message)
        if frame.get("op") == "subscribe" and frame.get("req_id") == REQUEST:
            return self._read_answer(frame)
        topic = str(frame.get("topic", "")).partition(".")[0]
        if topic == "execution":
            return AccountNews(executions=self._executions(rows(frame.get("data"))))
        if topic == "order":
            return AccountNews(client_order_ids=_client_ids(rows(frame.get("data"))))
        return None

    def _read_answer(self, frame: Mapping[str, Any]) -> AccountNews:
        is_accepted = frame.get("success") is True
        if self._subscribed is not None and not self._subscribed.done() and is_accepted:
            self._subscribed.set_result(None)
        return AccountNews(lost="" if is_accepted else f"the subscription is refused: {frame.get('ret_msg')}"[:200])

    def _executions(self, data: Sequence[Any]) -> tuple[Execution, ...]:
        """Read the trades in our symbols; executions in others are another program's, or not of the desk's instruments."""
        found = []
        for row in data:
            symbol = self._symbols.get((str(mapping(row).get("category")), str(mapping(row).get("symbol"))))
            if symbol is not None and is_trade(row):
                found.append(read_execution(row, venue=self._venue, symbol=symbol))
        return tuple(found)


def _client_ids(data: Sequence[Any]) -> tuple[str, ...]:
    """Name the orders that something else happened to."""
    changed = (row for row in map(mapping, data) if row.get("orderStatus") not in TOLD_OTHERWISE)
    ids = (str(row.get("orderLinkId") or "") for row in changed)
    return tuple(dict.fromkeys(client_id for client_id in ids if client_id))
