"""Coinbase's private stream: it tells cumulative figures only, so an order that anything happened to is looked up over REST."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from execution.venues.ccxt.answers import UnreadableAnswer, mapping, rows
from execution.venues.coinbase.tokens import socket_token
from execution.venues.dialect import AccountNews

CHANNELS = ("heartbeats", "user")
NEW = ("PENDING", "OPEN")


class CoinbaseAccountReader:
    """The private stream of one account: one socket, every product."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        self._sequence = -1
        self._subscribed: asyncio.Future[None] | None = None

    async def subscribe(self) -> None:
        """Subscribe to the account's orders, with a fresh token; heartbeats keep the socket open and numbered.

        Raises:
            ConnectionError: the venue refuses.
        """
        self._subscribed = asyncio.get_running_loop().create_future()
        self._exchange.open()
        client = self._exchange.client(self._exchange.urls["api"]["ws"])
        await client.connect(self._exchange.session)
        for channel in CHANNELS:
            await client.send({"type": "subscribe", "product_ids": [], "channel": channel, "jwt": socket_token(self._exchange)})
        await self._subscribed

    def read(self, message: Any) -> AccountNews | None:
        """Read one decoded frame; all of them are ours.

        Raises:
            UnreadableAnswer: it is not what the protocol promises.
        """
        frame = mapping(message)
        if frame.get("type") == "error":
            return self._refused(str(frame.get("message")))
        number = frame.get("sequence_num")
        if type(number) is not int:
            raise UnreadableAnswer(f"a frame without a number: {str(message)[:200]}")
        if number <= self._sequence:
            return AccountNews()  # sent twice
        if number != self._sequence + 1:
            return AccountNews(lost=f"frame {self._sequence + 1} of the account's stream is missing: {number} came")
        self._sequence = number
        events = [mapping(event) for event in rows(frame.get("events"))]
        if frame.get("channel") == "subscriptions":
            self._confirm(events)
        if frame.get("channel") != "user":
            return AccountNews()
        return AccountNews(client_order_ids=tuple(dict.fromkeys(_client_order_ids(events))))

    def _confirm(self, events: Iterable[Mapping[str, Any]]) -> None:
        is_ours = any("user" in mapping(event.get("subscriptions") or {}) for event in events)
        if is_ours and self._subscribed is not None and not self._subscribed.done():
            self._subscribed.set_result(None)

    def _refused(self, reason: str) -> AccountNews:
        reason = f"the venue refused the account's stream: {reason}"
        if self._subscribed is not None and not self._subscribed.done():
            self._subscribed.set_exception(ConnectionError(reason))
        return AccountNews(lost=reason)


def _client_order_ids(events: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Name the orders that something happened to; a snapshot's are open, and open orders are looked up after every connection anyway."""
    for event in events:
        if event.get("type") == "snapshot":
            continue
        for order in map(mapping, rows(event.get("orders") or [])):
            ours = order.get("client_order_id")
            filled = str(order.get("cumulative_quantity"))
            is_new = order.get("status") in NEW and filled.strip("0.") == ""
            if ours and not is_new:  # of a new order its acknowledgement tells as much
                yield str(ours)
