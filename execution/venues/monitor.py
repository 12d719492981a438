"""Judge the venues' health from what all processes noted; one monitor runs, in the feed."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ParamSpec

import structlog
from redis.exceptions import RedisError

from execution.domain.health import (
    RATE_WINDOW,
    THRESHOLDS,
    ClockOffset,
    Health,
    HealthState,
    Reading,
    Verdict,
    advance,
    clock_offset,
    judge,
    percentile,
    refine,
)
from execution.domain.streams import StreamStatus
from execution.market import health as store
from execution.market.health import Account, Call, Clock, Figures, VenueHealth
from execution.venues import budget
from execution.venues.ccxt.addresses import without_query
from execution.venues.protocol import NoRoom, VenueClient

log = structlog.get_logger()
P = ParamSpec("P")
FIGURES_WINDOW = timedelta(minutes=5)
TRADING = frozenset({"place", "cancel", "lookup"})


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What is remembered of one venue between two looks."""

    since: datetime
    has_heard: bool = False
    """Whether its streams ever brought anything."""
    reopened_at: datetime | None = None
    """Since when streams that had brought something begin anew, because what is watched has changed."""
    calls: deque[Call] = field(default_factory=deque)
    health: Health | None = None

    def data_age(self, received_at: datetime | None, now: datetime) -> float | None:
        """Return how long nothing came, in seconds; a venue that never sent anything is silent since it is watched.

        Streams that we begin anew ourselves have as long as one that reconnects: until then nothing is measured.
        """
        if received_at is not None:
            self.has_heard, self.reopened_at = True, None
            return max((now - max(received_at, self.since)).total_seconds(), 0.0)
        if not self.has_heard:
            return max((now - self.since).total_seconds(), 0.0)
        self.reopened_at = self.reopened_at or now
        age = (now - self.reopened_at).total_seconds()
        return age if age > THRESHOLDS.silent_seconds else None


class Monitor:
    """Looks at all venues once a second. It takes up the states that an earlier feed left, so that a restart heals nobody."""

    def __init__(self) -> None:
        self._watches: dict[str, _Watch] = {}  # touched by one `evaluate` at a time only
        self._failed_probes: Counter[str] = Counter()
        self._clocks: dict[str, Clock] = {}
        self._after = ""

    async def evaluate(self, now: datetime, streams: Iterable[StreamStatus]) -> None:
        """Judge every venue that has streams, store the states, and log each change."""
        await asyncio.to_thread(self._evaluate, now, list(streams))

    async def measure_clock(self, venue: str, server_time: Callable[[], Awaitable[datetime]]) -> None:
        """Ask for the venue's time and store the offset. A question without an answer counts against its health."""
        sent = datetime.now(UTC)
        try:
            server = await server_time()
        except NoRoom as error:  # our own budget: the venue was not asked, which says nothing about it
            log.info("venue_clock_not_asked", venue=venue, reason=str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, there was no answer; the count is shown and judged
            self._failed_probes[venue] += 1
            reason = without_query(f"{type(error).__name__}: {error}")[:200]
            log.warning("venue_clock_not_read", venue=venue, failed=self._failed_probes[venue], error=reason)
            return
        received = datetime.now(UTC)
        self._failed_probes[venue] = 0
        known = self._clocks.get(venue)
        measured = clock_offset(sent=sent, received=received, server=server)
        offset = refine(known.offset, (received - known.at).total_seconds(), measured) if known else measured
        self._clocks[venue] = Clock(offset=offset, at=received)
        await _stored(store.write_clock, venue, self._clocks[venue])

    async def keep_account(self, venue: str, client: VenueClient) -> None:
        """Read balances and positions for the venues page and for limits; a failure is stored beside what was read before.

        They are dated by the question: what trades while it is answered is counted once more rather than not at all.
        """
        at = datetime.now(UTC)
        try:
            balances, futures, positions = await client.balances(), await client.futures_balances(), await client.positions()
        except Exception as error:  # noqa: BLE001 - told on the page and in the log
            failure = without_query(f"{type(error).__name__}: {error}")[:200]
            log.warning("account_not_read", venue=venue, error=failure)
            await _stored(store.write_account_failure, venue, failure)
            return
        account = Account(balances=balances, futures=futures, positions=tuple(positions.values()), at=at)
        await _stored(store.write_account, venue, account)

    def _evaluate(self, now: datetime, streams: Sequence[StreamStatus]) -> None:
        venues = sorted({status.venue for status in streams})
        self._take_up(venues, now)
        self._take_calls(now)
        usage = budget.usage_of(venues)
        clocks = store.read_clocks(now)
        for venue in venues:
            clock = clocks.get(venue)
            received = [status.frame_at for status in streams if status.venue == venue and status.frame_at is not None]
            reading = _reading(
                self._watches[venue],
                data_age_seconds=self._watches[venue].data_age(max(received, default=None), now),
                failed_probes=self._failed_probes[venue],
                offset=clock.offset if clock else None,
                blocked_seconds=usage[venue].blocked_seconds,
                now=now,
            )
            self._judge(venue, judge(reading), now)
        store.write_states({venue: self._state(venue, now) for venue in venues})

    def _take_up(self, venues: Sequence[str], now: datetime) -> None:
        """Begin to watch new venues, with the health that was stored last; forget those that are not watched any more."""
        new = [venue for venue in venues if venue not in self._watches]
        stored = store.read_states() if new else {}
        for venue in new:
            self._watches[venue] = _Watch(since=now, health=stored[venue].health if venue in stored else None)
        for venue in self._watches.keys() - set(venues):
            del self._watches[venue]

    def _take_calls(self, now: datetime) -> None:
        """Read what was noted since the last look, at first the whole window; forget what is older."""
        oldest = now - FIGURES_WINDOW
        calls, self._after = store.read_calls(self._after or f"{int(oldest.timestamp() * 1000)}-0")
        for call in calls:
            if call.venue in self._watches:
                self._watches[call.venue].calls.append(call)
        for watch in self._watches.values():
            while watch.calls and watch.calls[0].at < oldest:
                watch.calls.popleft()

    def _judge(self, venue: str, verdict: Verdict, now: datetime) -> None:
        watch = self._watches[venue]
        before, watch.health = watch.health, advance(watch.health, verdict, now)
        if before is None or before.state is not watch.health.state:
            tell = log.info if watch.health.state is HealthState.UP else log.warning
            was = before.state.word if before else None
            tell("venue_health_changed", venue=venue, state=watch.health.state.word, was=was, reason=watch.health.reason)

    def _state(self, venue: str, now: datetime) -> VenueHealth:
        watch = self._watches[venue]
        assert watch.health is not None
        return VenueHealth(health=watch.health, figures=_figures(watch.calls), at=now)


async def _stored(write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Write without stopping whoever asks the venues: while Redis is away, what was read goes stale, and shows it."""
    try:
        await asyncio.to_thread(write, *args, **kwargs)
    except RedisError as error:
        log.warning("venue_note_not_stored", error=str(error))


def _reading(
    watch: _Watch, *, data_age_seconds: float | None, failed_probes: int, offset: ClockOffset | None, blocked_seconds: float, now: datetime
) -> Reading:
    """Return what was measured."""
    recent = [call for call in watch.calls if now - call.at <= RATE_WINDOW]
    counted = _figures(recent)
    return Reading(
        data_age_seconds=data_age_seconds,
        calls=counted.calls,
        unknown=counted.unknown,
        placements=counted.placements,
        rejects=counted.rejects,
        timed=len(_acknowledged(recent)),
        latency_p95_ms=counted.latency_p95_ms,
        failed_probes=failed_probes,
        clock_offset=offset,
        blocked_seconds=blocked_seconds,
    )


def _figures(calls: Iterable[Call]) -> Figures:
    """Count calls; a lookup or cancel that finds no such order is an answer like any other."""
    trading = [call for call in calls if call.kind in TRADING]
    placements = [call for call in trading if call.kind == "place"]
    times = _acknowledged(trading)
    return Figures(
        calls=len(trading),
        unknown=sum(call.outcome == "unknown" for call in trading),
        placements=len(placements),
        rejects=sum(call.outcome == "rejected" for call in placements),
        latency_p50_ms=percentile(times, 0.5),
        latency_p95_ms=percentile(times, 0.95),
    )


def _acknowledged(calls: Iterable[Call]) -> list[float]:
    return [call.milliseconds for call in calls if call.kind == "place" and call.outcome == "acknowledged"]
