"""The socket that tells browsers which orders changed."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.test import Client

from dipmaster.accounts.models import Desk, User
from execution import consumers
from execution.consumers import OrdersConsumer
from execution.services.live import group_of
from tests.integration.paper.asking import eventually
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(transactional_db: None) -> User:
    return User.objects.create_user(username="tess", desk=Desk.objects.create(name="Alpha"))


@pytest.fixture(autouse=True)
async def _closed_connections(transactional_db: None) -> AsyncIterator[None]:
    """The consumer's queries run on a thread of their own, which keeps its connection; the test database can't go before it."""
    yield
    await sync_to_async(connections.close_all)()


class Socket:
    """A browser's end of the socket."""

    def __init__(self, user: Any, session: Any = None) -> None:
        scope = {"type": "websocket", "path": "/ws/orders/", "user": user, "session": session}
        self._ends = ApplicationCommunicator(OrdersConsumer.as_asgi(), scope)

    async def connect(self) -> bool:
        await self._ends.send_input({"type": "websocket.connect"})
        return bool((await self.receive())["type"] == "websocket.accept")

    async def receive(self) -> dict[str, Any]:
        return dict(await self._ends.receive_output(timeout=PATIENCE_SECONDS))

    async def receive_json(self) -> Any:
        return json.loads((await self.receive())["text"])

    async def disconnect(self) -> None:
        await self._ends.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._ends.wait(timeout=PATIENCE_SECONDS)


async def tell(user: User, versions: dict[str, int]) -> None:
    await get_channel_layer().group_send(group_of(user.desk_id), {"type": "orders.changed", "versions": versions})


async def test_an_anonymous_browser_is_refused() -> None:
    assert not await Socket(AnonymousUser()).connect()


async def test_a_user_without_a_desk_is_refused(member: User) -> None:
    member.desk = None
    await sync_to_async(member.save)()
    assert not await Socket(member).connect()


async def test_changes_of_a_moment_are_told_together_and_only_the_latest_version(member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "COALESCE_SECONDS", 1.0)  # a moment is long enough for three messages on a busy machine
    socket = Socket(member)
    await socket.connect()
    assert await socket.receive_json() == {"versions": {}}
    for versions in ({"1": 2}, {"1": 3, "2": 7}, {"1": 1}):
        await tell(member, versions)
    assert await socket.receive_json() == {"versions": {"1": 3, "2": 7}}
    await tell(member, {"9": 1})
    assert await socket.receive_json() == {"versions": {"9": 1}}  # nothing of the older versions came in between
    await socket.disconnect()


async def test_another_desks_changes_are_not_told(member: User) -> None:
    socket = Socket(member)
    await socket.connect()
    await socket.receive_json()
    await get_channel_layer().group_send(group_of(member.desk_id + 1), {"type": "orders.changed", "versions": {"1": 2}})
    await tell(member, {"9": 1})
    assert await socket.receive_json() == {"versions": {"9": 1}}
    await socket.disconnect()


@pytest.fixture
def signed_in(member: User, client: Client) -> Client:
    client.force_login(member)
    return client


async def closing(socket: Socket) -> dict[str, Any]:
    message = await socket.receive()
    while message["type"] != "websocket.close":
        message = await socket.receive()
    return message


@pytest.mark.parametrize("changes", [{"is_active": False}, {"desk": None}])
async def test_a_user_who_left_the_desk_is_let_go(
    member: User, signed_in: Client, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.05)
    socket = Socket(member, signed_in.session)
    await socket.connect()
    await socket.receive_json()
    assert "beat" in await socket.receive_json()
    await sync_to_async(User.objects.filter(pk=member.pk).update)(**changes)
    assert (await closing(socket))["code"] == 4403
    await socket.disconnect()


async def test_a_session_that_signed_out_is_let_go(member: User, signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.05)
    socket = Socket(member, signed_in.session)
    await socket.connect()
    await socket.receive_json()
    assert "beat" in await socket.receive_json()
    await sync_to_async(signed_in.logout)()
    assert (await closing(socket))["code"] == 4403
    await socket.disconnect()


async def test_a_browser_that_is_gone_ends_the_updates_quietly(
    member: User, signed_in: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(consumers, "COALESCE_SECONDS", 0.01)
    socket = Socket(member, signed_in.session)
    await socket.connect()
    await socket.receive_json()
    tries: list[Any] = []

    async def closed(self: OrdersConsumer, content: Any) -> None:
        tries.append(content)
        raise OSError

    monkeypatch.setattr(OrdersConsumer, "send_json", closed)

    async def both_were_tried() -> bool:
        return {"beat"} in [set(content) for content in tries] and {"versions": {"9": 1}} in tries

    await tell(member, {"9": 1})
    await eventually(both_were_tried)
    await tell(member, {"9": 2})
    await asyncio.sleep(0.15)  # room for what must not come: another beat
    await socket.disconnect()
    assert [set(content) for content in tries].count({"beat"}) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
