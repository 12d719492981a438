"""What every gateway offers the server, and what it gets to work with."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aiohttp import web

from execution.paper.events import Event
from execution.paper.exchange import Exchange
from execution.paper.faults import Faults
from execution.paper.latency import Latency
from execution.paper.venue import Venue


class Operation(StrEnum):
    """What a request is for: faults are asked for by operation."""

    CREATE = "create"
    CANCEL = "cancel"
    QUERY = "query"  # signed reads: orders, trades, balances, positions, key permissions
    PUBLIC = "public"  # unsigned reads: time, listings, books, trades
    STREAM = "stream"  # whatever goes over a WebSocket


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """One venue's core with what surrounds it; all times a gateway tells or checks come from `clock`."""

    exchange: Exchange
    venue: Venue
    latency: Latency
    faults: Faults

    def clock(self, now_ms: int) -> int:
        """Return the venue's time, skewed while that fault is on."""
        return now_ms + self.venue.behaviour.clock_skew_ms


class Gateway(Protocol):
    """One venue's protocol: REST and WebSocket endpoints below `/<venue name>/`."""

    def __init__(self, core: Core) -> None: ...

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint, each under the prefix `/<venue name>`."""

    def operation(self, method: str, path: str) -> Operation:
        """Classify a REST request by its path behind the prefix (`/v5/order/create`)."""

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer in the venue's own shape, for rejects by code, rate limits (status 429, 418, 403) and outages."""

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what changed on a part of the public streams; each channel keeps its venue's own pace.

        Called every TICK_SECONDS (0.05 s) for every part of the books (`Pair.part`).
        """

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the private streams.

        The server calls it after every market step. After a request that changed something the gateway calls it itself, with
        `venue.take_events()`, so that events need not wait for the next step.
        """

    async def close(self) -> None:
        """Say goodbye on every socket."""
