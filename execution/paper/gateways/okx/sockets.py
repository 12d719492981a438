"""What OKX's public and private WebSockets share: pings as text, subscribing, errors, and the end of a silent connection."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.errors import Json
from execution.paper.sockets import Frame, Outbox

SILENT_SECONDS = 30.0
SILENT_CODE, SILENT_REASON = 4004, b"No data received in 30s"
ARGUMENT_NAMES = ("channel", "instType", "instFamily", "instId", "ccy")
Topic = tuple[tuple[str, str], ...]


class Connection(Outbox):
    """One WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, *, is_private: bool = False) -> None:
        super().__init__(socket, faults=core.faults, latency=core.latency if is_private else None, is_private=is_private)
        self.id = secrets.token_hex(4)
        self.topics: set[Topic] = set()
        self.key = ""
        self.posted_at = time.monotonic()

    def post(self, frame: Frame, *, is_data: bool = True) -> None:
        """Queue a frame and note that the connection is not silent."""
        self.posted_at = time.monotonic()
        super().post(frame, is_data=is_data)

    def answer(self, event: str, request: Mapping[str, Any], **fields: Any) -> None:
        """Answer a request."""
        identity = {"id": request["id"]} if "id" in request else {}
        self.post({**identity, "event": event, **fields, "connId": self.id}, is_data=False)

    def refuse(self, request: Mapping[str, Any], code: str, message: str) -> None:
        """Answer a request with an error."""
        self.answer("error", request, code=code, msg=message)


class Sockets:
    """One of the endpoints below /ws/v5."""

    is_private = False

    def __init__(self, core: Core) -> None:
        self.core = core
        self.connections: set[Connection] = set()

    async def close(self) -> None:
        """Say goodbye on every socket."""
        for connection in list(self.connections):
            await connection.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes; one on which nothing moves for 30 seconds is closed."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        connection = Connection(socket, self.core, is_private=self.is_private)
        self.connections.add(connection)
        try:
            while (text := await _receive(connection)) is not None:
                self._take(connection, text)
        finally:
            self.connections.discard(connection)
            self.forget(connection)
            connection.stop()
        return socket

    def forget(self, connection: Connection) -> None:
        """Drop what a closed connection listened to."""
        for topic in list(connection.topics):
            self.leave(connection, topic)

    def sign_in(self, connection: Connection, request: Mapping[str, Any]) -> None:
        """Answer a login; public sockets have none."""
        connection.refuse(request, "60008", "The current WebSocket endpoint does not support logins.")

    def is_served(self, topic: Mapping[str, str]) -> bool:
        """Tell whether a channel exists here."""
        raise NotImplementedError

    def join(self, connection: Connection, topic: Topic) -> None:
        """Start telling a connection of a topic."""
        raise NotImplementedError

    def leave(self, connection: Connection, topic: Topic) -> None:
        """Stop telling a connection of a topic."""
        connection.topics.discard(topic)

    def _take(self, connection: Connection, text: str) -> None:
        if text == "ping":
            connection.post("pong", is_data=False)
            return
        request = _decoded(text)
        if request is None or not isinstance(request.get("args"), list):
            connection.refuse(request or {}, "60012", f"Invalid request: {text[:500]}")
            return
        operation = request.get("op")
        if operation == "login":
            self.sign_in(connection, request)
        elif operation in {"subscribe", "unsubscribe"}:
            for argument in request["args"]:
                self._subscribe(connection, request, argument, is_leaving=operation == "unsubscribe")
        else:
            connection.refuse(request, "60019", f"Invalid op: {operation}")

    def _subscribe(self, connection: Connection, request: Json, argument: Any, *, is_leaving: bool) -> None:
        if not isinstance(argument, dict):
            connection.refuse(request, "60013", "Invalid args")
            return
        named = {name: str(argument[name]) for name in ARGUMENT_NAMES if argument.get(name)}
        if self.is_private and not connection.key:
            connection.refuse(request, "60011", "Please log in")
            return
        if not self.is_served(named):
            what = ",".join(f"{name}:{value}" for name, value in named.items())
            message = f"Wrong URL or {what} doesn't exist. Please use the correct URL, channel and parameters referring to API document."
            connection.refuse(request, "60018", message)
            return
        topic = tuple(named.items())
        connection.answer("unsubscribe" if is_leaving else "subscribe", request, arg=named)
        if is_leaving:
            self.leave(connection, topic)
        elif topic not in connection.topics:
            connection.topics.add(topic)
            self.join(connection, topic)


async def _receive(connection: Connection) -> str | None:
    """Return the next text, None when the connection has ended."""
    while True:
        try:
            message = await connection.socket.receive(timeout=SILENT_SECONDS)
        except TimeoutError:
            if time.monotonic() - connection.posted_at < SILENT_SECONDS:
                continue
            await connection.socket.close(code=SILENT_CODE, message=SILENT_REASON)
            return None
        if message.type is WSMsgType.TEXT:
            return str(message.data)
        if message.type is not WSMsgType.BINARY:
            return None


def _decoded(text: str) -> Json | None:
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return message if isinstance(message, dict) else None
