"""A man in the middle on loopback: passes everything to the paper exchange, except what a test tells it to spoil."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import ClientSession, WSMsgType, web

from tests.waiting import PATIENCE_SECONDS

Answer = Callable[[web.Request, web.Response | None], Coroutine[Any, Any, web.StreamResponse]]


HOP_BY_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class BackgroundLoop:
    """An asyncio loop in a thread, for servers that live beside a synchronous test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result(PATIENCE_SECONDS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()  # which refuses while it runs


class Proxy:
    """`spoil` gives (method, end of path) an answer of its own; `reaches_venue` decides whether the request is passed on first."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._spoilt: dict[tuple[str, str], tuple[Answer, bool]] = {}
        self.requests: list[tuple[str, str]] = []
        self.copies = 1
        self.is_mute = False
        self.spoils_frames = False
        self.is_silent = False
        self.answers_pings = True
        self.depth_frames_to_drop = 0
        self.url = ""
        self._sockets: set[web.WebSocketResponse] = set()
        self._connections = 0

    async def start(self) -> None:
        self._session = ClientSession()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self.disconnect()
        await self._runner.cleanup()
        await self._session.close()

    def spoil(self, method: str, path: str, answer: Answer, *, reaches_venue: bool = False) -> None:
        self._spoilt[method, path] = (answer, reaches_venue)

    def heal(self) -> None:
        self._spoilt.clear()

    @property
    def connections(self) -> int:
        """How many WebSockets were ever opened."""
        return self._connections

    async def disconnect(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request)
        for (method, path), (answer, reaches_venue) in self._spoilt.items():
            if request.method == method and request.path.endswith(path):
                return await answer(request, await self._pass_on(request) if reaches_venue else None)
        return await self._pass_on(request)

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        async with self._session.request(
            request.method, f"{self._target}{request.raw_path}", data=await request.read(), headers=headers
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(autoping=self.answers_pings)
        await near.prepare(request)
        self._sockets.add(near)
        self._connections += 1
        try:
            async with self._session.ws_connect(f"{self._target}{request.raw_path}") as far:
                back = asyncio.create_task(self._pump_back(far, near))
                async for message in near:
                    if message.type is WSMsgType.TEXT:
                        await far.send_str(message.data)
                back.cancel()
        finally:
            self._sockets.discard(near)
        return near

    async def _pump_back(self, far: Any, near: web.WebSocketResponse) -> None:
        async for message in far:
            if message.type is not WSMsgType.TEXT or near.closed or self._swallows(message.data):
                continue
            for _ in range(self.copies):
                await near.send_str(message.data[:-5] if self.spoils_frames else message.data)
        await near.close()

    def _swallows(self, text: str) -> bool:
        if self.depth_frames_to_drop and "depthUpdate" in text:
            self.depth_frames_to_drop -= 1
            return True
        return self.is_silent or (self.is_mute and "executionReport" in text)
