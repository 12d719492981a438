"""One WebSocket of a client: its topics, and the answers to its requests."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import web

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
