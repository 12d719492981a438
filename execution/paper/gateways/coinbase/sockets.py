"""One WebSocket: what it is subscribed to, and the numbers of its frames."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.gateways.base import Core
from execution.paper.gateways.coinbase.products import time_text
from execution.paper.sockets import Outbox


class Connection(Outbox):
    """A socket with every channel; frames are numbered over all of them."""

    def __init__(self, socket: web.WebSocketResponse, core: Core) -> None:
        super().__init__(socket, faults=core.faults)
        self.products: dict[str, set[str]] = {}
        self.accounts: dict[str, Account] = {}
        self._number = 0

    def listens(self, channel: str, product: str) -> bool:
        """Tell whether a product's frames of a channel go here."""
        return product in self.products.get(channel, ())

    def send(self, channel: str, events: list[dict[str, Any]], now_ms: int, *, is_data: bool = True) -> None:
        """Send a frame under the next number."""
        frame = {
            "channel": channel,
            "client_id": "",
            "timestamp": time_text(now_ms),
            "sequence_num": self._number,
            "events": events,
        }
        self._number += 1
        self.post(frame, is_data=is_data)

    def refuse(self, message: str) -> None:
        """Refuse a message; such frames have no number."""
        self.post({"type": "error", "message": message}, is_data=False)

    def confirm(self, now_ms: int) -> None:
        """Tell what the socket is subscribed to."""
        named: dict[str, Iterable[str]] = {channel: sorted(products) for channel, products in self.products.items()}
        self.send("subscriptions", [{"subscriptions": named}], now_ms, is_data=False)
