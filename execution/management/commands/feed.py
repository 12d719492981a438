"""manage.py feed: books, trades and executions of every venue, until stopped."""

import asyncio
import gc
import signal
from typing import Any

import uvloop
from django.core.management.base import BaseCommand

from execution.management.feed.process import Feed
from execution.services import executions


class Command(BaseCommand):
    """Run the feed process."""

    help = "Keep books, bars and executions of every enabled venue up to date, until SIGTERM."
    requires_system_checks = ()  # pages have nothing to do with it

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        gc.collect()
        gc.freeze()  # a full collection over everything that is imported stops the loop for 0.16 s, measured
        uvloop.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Feed(record=executions.record, nudge=executions.nudge).run(stop)
