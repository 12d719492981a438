"""The sending half of every WebSocket: frames leave in order, after the venue's latency, and through its stream faults."""

import asyncio
from typing import Any

import msgspec
from aiohttp import WSCloseCode, web

from execution.paper.faults import Faults
from execution.paper.latency import Latency

MOST_UNSENT_FRAMES = 5_000
ENCODER = msgspec.json.Encoder()
Frame = bytes | str | dict[str, Any] | list[Any]


class Outbox:
    """What waits to be sent on one socket; it sends by itself until `stop` or `close`.

    Data frames (market data, order and account events) pass through the venue's faults; answers to subscriptions, logins and
    pings do not. A client that does not read is cut off, so that it cannot hold up the market.
    """

    def __init__(self, socket: web.WebSocketResponse, *, faults: Faults, latency: Latency | None = None, is_private: bool = False) -> None:
        self.socket, self.is_private = socket, is_private
        self._faults, self._latency = faults, latency
        self._frames: asyncio.Queue[tuple[float, str]] = asyncio.Queue(MOST_UNSENT_FRAMES)
        self._held: str | None = None
        self._due = 0.0
        self._pump = asyncio.create_task(self._send())
        faults.add_socket(self)

    def post(self, frame: Frame, *, is_data: bool = True) -> None:
        """Queue a frame; what is not text yet is encoded as JSON."""
        text = frame if isinstance(frame, str) else (frame if isinstance(frame, bytes) else ENCODER.encode(frame)).decode()
        for one in self._spoilt(text) if is_data else (text,):
            self._queue(one)

    def cut(self) -> None:
        """Break the connection without a word, as a network does."""
        self.stop()
        transport = self.socket._req.transport if self.socket._req is not None else None
        if transport is not None:
            transport.abort()

    def stop(self) -> None:
        """Send nothing any more."""
        self._faults.remove_socket(self)
        self._pump.cancel()

    async def close(self) -> None:
        """Say goodbye."""
        self.stop()
        await self.socket.close(code=WSCloseCode.GOING_AWAY)

    def _spoilt(self, text: str) -> tuple[str, ...]:
        copies = self._faults.copies(is_private=self.is_private)
        if copies == 1 and self._held is None and self._faults.holds_back(is_private=self.is_private):
            self._held = text
            return ()
        later, self._held = (self._held,) if self._held is not None and copies else (), None if copies else self._held
        return (text,) * copies + later

    def _queue(self, text: str) -> None:
        due = 0.0
        if self._latency is not None:
            self._due = due = max(self._due, asyncio.get_running_loop().time() + self._latency.draw())
        try:
            self._frames.put_nowait((due, text))
        except asyncio.QueueFull:
            self.cut()

    async def _send(self) -> None:
        try:
            while not self.socket.closed:
                due, text = await self._frames.get()
                if due:
                    await asyncio.sleep(due - asyncio.get_running_loop().time())
                await self.socket.send_str(text)
        except ConnectionError:
            return  # the reader of this socket notices and ends the connection
