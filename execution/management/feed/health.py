"""Ask each venue, at its own pace, for its time and for what the account holds."""

import asyncio
from collections.abc import Awaitable, Callable

from execution.venues.monitor import Monitor
from execution.venues.protocol import VenueClient

JUDGE_SECONDS = 1.0
CLOCK_SECONDS = 5.0
ACCOUNT_SECONDS = 30.0


async def look_after(monitor: Monitor, venue: str, client: VenueClient) -> None:
    """Ask until cancelled; a venue that is slow to answer delays only its own next question."""
    await asyncio.gather(
        _again_and_again(CLOCK_SECONDS, lambda: monitor.measure_clock(venue, client.server_time)),
        _again_and_again(ACCOUNT_SECONDS, lambda: monitor.keep_account(venue, client)),
    )


async def _again_and_again(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)
