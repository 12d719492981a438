"""Find due rows, lease them and wake the workers."""

import os
import signal
import socket
import time
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import psycopg
import structlog
from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as QueueError
from redis import RedisError

from execution.market.connection import redis
from execution.services import claims
from execution.services.change import DUE_CHANNEL

log = structlog.get_logger()

POLL_SECONDS = 0.05
ORDERS_PER_TASK = 50
SLICES_PER_TASK = 10
LONGEST_QUEUE = 100
LOST = (OperationalError, InterfaceError, psycopg.OperationalError, RedisError, QueueError)
"""What a database or a queue that is restarted raises; psycopg's own comes from waiting, which Django does not wrap."""


class Command(BaseCommand):
    """Several dispatchers may run: a row that one has leased is skipped by the others."""

    help = "Find due orders and slices, lease them and wake the workers."
    _stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        owner = f"{socket.gethostname()}:{os.getpid()}"
        while not self._stopping:
            try:
                self._serve(owner)
            except LOST as error:
                log.warning("database_or_queue_lost", error=repr(error))
                connection.close()
                time.sleep(1)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _serve(self, owner: str) -> None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {DUE_CHANNEL}")
        while not self._stopping:
            if not self._dispatch(owner):
                self._wait()

    def _wait(self) -> None:
        """Sleep until something is announced, or for one poll: rows also fall due by the clock alone."""
        for _ in connection.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass

    def _dispatch(self, owner: str) -> int:
        """Lease one round of due rows; workers that lag behind are not buried."""
        if redis().llen(settings.CELERY_TASK_DEFAULT_QUEUE) > LONGEST_QUEUE:
            return 0
        now = datetime.now(UTC)
        orders = claims.claim_orders(owner=owner, limit=ORDERS_PER_TASK, now=now)
        slices = claims.claim_slices(owner=owner, limit=SLICES_PER_TASK, now=now)
        if orders:
            current_app.send_task("execution.plan_orders", args=[orders])
        if slices:
            current_app.send_task("execution.work_slices", args=[slices])
        return len(orders) + len(slices)
