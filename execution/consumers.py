"""Live updates for browsers: which orders of the desk changed, and to which version."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.db.models import Q

from execution.domain.lifecycle import LIVE_ORDERS
from execution.models import ParentOrder
from execution.services.live import group_of

COALESCE_SECONDS = 0.25
BEAT_SECONDS = 10.0
_FORBIDDEN = 4403

logger = logging.getLogger(__name__)


class OrdersConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Tells a browser {"versions": {"<order id>": version}}, changes of a quarter of a second together.

    The channel layer may lose a message, so each beat compares the versions told with the database and tells what is missing.
    """

    desk_id: int | None = None

    async def connect(self) -> None:
        """Let members of a desk in; anyone else is refused before the handshake ends."""
        user = self.scope["user"]
        desk_id = user.desk_id if user.is_authenticated else None
        if desk_id is None:
            await self.close(code=_FORBIDDEN)
            return
        self.desk_id = desk_id
        self._waiting: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._telling: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        await self.channel_layer.group_add(group_of(desk_id), self.channel_name)
        await self.accept()
        self._told = await self._recent_versions()  # the page may be older than this connection
        if await self._send({"versions": self._told}):
            self._beating = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        """Leave the desk's group and end what still runs."""
        if self.desk_id is None:
            return
        tasks = [task for task in (self._beating, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                logger.error("Live updates had stopped for a browser", exc_info=ended)
        await self.channel_layer.group_discard(group_of(self.desk_id), self.channel_name)

    async def orders_changed(self, event: dict[str, Any]) -> None:
        """Take versions from the desk's group and tell them soon."""
        self._wait(event["versions"])

    def _wait(self, versions: dict[str, int]) -> None:
        for order_id, version in versions.items():
            if version > max(self._told.get(order_id, 0), self._waiting.get(order_id, 0)):
                self._waiting[order_id] = version
        if self._waiting and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._waiting:
            await asyncio.sleep(COALESCE_SECONDS)
            versions, self._waiting = self._waiting, {}
            self._told |= versions
            if not await self._send({"versions": versions}):
                return

    async def _beat(self) -> None:
        """Show that the line is alive, and repeat what got lost; who signed out or left the desk is let go."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not await self._still_belongs():
                await self._dismiss()
                return
            versions = await self._recent_versions()
            self._told = {order_id: told for order_id, told in self._told.items() if order_id in versions}
            self._wait(versions)
            if not await self._send({"beat": datetime.now(UTC).isoformat()}):
                return

    async def _send(self, content: dict[str, Any]) -> bool:
        """Tell whether the browser was still there: ASGI raises an OSError for a socket that closed, and its disconnect follows."""
        try:
            await self.send_json(content)
        except OSError:
            return False
        return True

    async def _dismiss(self) -> None:
        with suppress(OSError):  # it may have closed by itself meanwhile
            await self.close(code=_FORBIDDEN)

    async def _recent_versions(self) -> dict[str, int]:
        return dict(await database_sync_to_async(_versions_of)(self.desk_id))

    async def _still_belongs(self) -> bool:
        """Read the session again: it may have been signed out, or its user blocked or moved, since the handshake."""
        session = import_module(settings.SESSION_ENGINE).SessionStore(self.scope["session"].session_key)
        user = await get_user({"session": session})
        return bool(user.is_authenticated and user.desk_id == self.desk_id)


def _versions_of(desk_id: int) -> dict[str, int]:
    """Return the versions of orders that may have changed of late."""
    recently = datetime.now(UTC) - timedelta(minutes=2)
    orders = ParentOrder.objects.filter(Q(state__in=LIVE_ORDERS) | Q(completed_at__gte=recently), desk_id=desk_id)
    return {str(order_id): version for order_id, version in orders.values_list("pk", "version")}
