"""The WebSockets of Bybit's clients: their topics, and the answers to their requests."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.gateways.base import Core
from execution.paper.sockets import Outbox

Json = dict[str, Any]
MOST_CHARACTERS = 21_000


class Refusal(Exception):
    """Why a request on a stream is refused."""


class Listener:
    """A socket, its subscriptions and, once it has signed in, its account's key."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, *, is_private: bool) -> None:
        self.outbox = Outbox(socket, faults=core.faults, latency=core.latency if is_private else None, is_private=is_private)
        self.topics: set[str] = set()
        self.key = ""
        self.connection_id = uuid4().hex[:20]

    def send(self, frame: bytes | Json) -> None:
        """Send data."""
        self.outbox.post(frame)

    def answer(self, op: str, request: Json, *, success: bool = True, message: str = "") -> None:
        """Answer a request that changes something, under the client's own number."""
        answer = {"success": success, "ret_msg": message, "conn_id": self.connection_id, "op": op}
        number = {"req_id": str(request["req_id"])} if "req_id" in request else {}
        self.outbox.post({**answer, **number}, is_data=False)

    def listens(self, topic: str) -> bool:
        """Tell whether a topic is subscribed to."""
        return topic in self.topics


class Streams:
    """The open sockets of one address; what they may ask for is the subclass's to say."""

    def __init__(self, core: Core, *, is_private: bool) -> None:
        self._core, self._is_private = core, is_private
        self._open: set[Listener] = set()

    async def close(self) -> None:
        """Say goodbye to every listener."""
        for listener in list(self._open):
            await listener.outbox.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        listener = Listener(socket, self._core, is_private=self._is_private)
        self._open.add(listener)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(listener, message.data)
        finally:
            self._open.discard(listener)
            self._unsubscribe(listener, list(listener.topics))
            listener.outbox.stop()
        return socket

    def _hear(self, listener: Listener, text: str) -> None:
        request: Json = {}
        try:
            request = read_request(text)
            self._obey(listener, request)
        except Refusal as refusal:
            listener.answer(str(request.get("op", "")), request, success=False, message=str(refusal))

    def _obey(self, listener: Listener, request: Json) -> None:
        raise NotImplementedError

    def _unsubscribe(self, listener: Listener, topics: Sequence[str]) -> None:
        raise NotImplementedError


def read_request(text: str) -> Json:
    """Read a client's request.

    Raises:
        Refusal: it is not a JSON object.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Refusal("error:invalid request, please check") from error


def read_topics(request: Json, *, most: int | None = None) -> Sequence[str]:
    """Read the topics of a request.

    Raises:
        Refusal: there are none, or too many.
    """
    topics = request.get("args")
    if not isinstance(topics, list) or not topics or not all(isinstance(topic, str) for topic in topics):
        raise Refusal("error:invalid args")
    if most is not None and len(topics) > most:
        raise Refusal(f"args size >{most}")
    if sum(map(len, topics)) > MOST_CHARACTERS:
        raise Refusal(f"args length >{MOST_CHARACTERS}")
    return topics
