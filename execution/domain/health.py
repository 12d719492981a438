"""How well a venue serves: UP, DEGRADED or DOWN, entered at once and left only after a quiet time.

The state at any moment is the worst verdict of the last quiet time (a sliding maximum), so worse measurements never give a better
state, and a state never improves twice within one quiet time.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class HealthState(IntEnum):
    """The higher the worse."""

    UP = 0
    DEGRADED = 1  # gets new orders only when no venue that is up has a fresh book
    DOWN = 2  # gets no new orders; cancels and lookups go out always

    @property
    def word(self) -> str:
        """Return the name as it is stored and shown."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on a measurement counts as bad. Rates are over RATE_WINDOW; each wants a least number: one bad call is no verdict."""

    stale_seconds: float = 2.0
    """DEGRADED: the age at which no book is traded on any more."""
    silent_seconds: float = 10.0
    """DOWN: a stream that lives reconnects and reads a new snapshot within this."""
    slow_ms: float = 1_000.0
    """DEGRADED, 95th percentile of acknowledgements: over ten times the target of 100 ms, prices have moved on by then."""
    fewest_timed: int = 5
    unknown_share: float = 0.1
    """DEGRADED: each unknown outcome blocks its quantity until it is looked up; one in ten blocks more than a slice can spare."""
    fewest_unknown: int = 2
    lost_share: float = 0.5
    """DOWN: more calls are lost than answered."""
    fewest_lost: int = 5
    reject_share: float = 0.2
    """DEGRADED only: who refuses is there, and what is wrong may be ours."""
    fewest_rejects: int = 5
    failed_probes: int = 2
    """DEGRADED: questions for the venue's clock without an answer, in a row; one alone may be our network."""
    dead_probes: int = 4
    """DOWN: about twenty seconds without any answer."""
    clock_ms: float = 1_000.0
    """DEGRADED: venues refuse time stamps further ahead than this; only our correction keeps requests valid."""


RATE_WINDOW = timedelta(seconds=60)
DEGRADED_QUIET = timedelta(seconds=30)
"""Two venues' worth of slices work in this time: going back sooner would send the next slice into the next hiccup."""
DOWN_QUIET = timedelta(seconds=15)
"""After this without a verdict of DOWN a venue counts as degraded: it gets orders again only when no other can take them."""
THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """The venue's clock minus ours, and by how much that may be wrong either way; milliseconds."""

    milliseconds: float
    uncertainty_ms: float

    @property
    def beyond_doubt_ms(self) -> float:
        """Return what of the offset is certain: nothing of one that is smaller than its uncertainty."""
        certain = max(abs(self.milliseconds) - self.uncertainty_ms, 0.0)
        return certain if self.milliseconds > 0 else -certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured of a venue: counts over RATE_WINDOW, milliseconds, seconds. None: not measured, and no reason for a verdict."""

    data_age_seconds: float | None = None
    """Since anything came from its market streams: the age of its youngest book."""
    calls: int = 0
    """Placements, cancels and lookups that were sent."""
    unknown: int = 0
    """Of them, those without a proven outcome."""
    placements: int = 0
    rejects: int = 0
    timed: int = 0
    """Acknowledged placements, whose time is known."""
    latency_p95_ms: float | None = None
    failed_probes: int = 0
    """Questions for its clock that got no answer, in a row, up to now."""
    clock_offset: ClockOffset | None = None
    blocked_seconds: float = 0.0
    """How long the venue still has us wait (429, 418)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one reading says; the reason is empty when all is well."""

    state: HealthState
    reason: str = ""


def judge(reading: Reading, thresholds: Thresholds = THRESHOLDS) -> Verdict:
    """Return the worst that the reading shows, with all its reasons of that kind."""
    findings = [*_of_data(reading, thresholds), *_of_calls(reading, thresholds), *_of_clock(reading, thresholds)]
    if reading.blocked_seconds > 0:
        findings.append(Verdict(state=HealthState.DEGRADED, reason="it has us wait: too many requests"))
    worst = max((finding.state for finding in findings), default=HealthState.UP)
    return Verdict(state=worst, reason="; ".join(finding.reason for finding in findings if finding.state is worst))


def _of_data(reading: Reading, limits: Thresholds) -> Iterator[Verdict]:
    age = reading.data_age_seconds
    if age is None or age <= limits.stale_seconds:
        return
    state = HealthState.DOWN if age > limits.silent_seconds else HealthState.DEGRADED
    limit = limits.silent_seconds if state is HealthState.DOWN else limits.stale_seconds
    yield Verdict(state=state, reason=f"no market data for more than {limit:g} s")


def _of_calls(reading: Reading, limits: Thresholds) -> Iterator[Verdict]:
    unknown, share = reading.unknown, _share(reading.unknown, reading.calls)
    if unknown >= limits.fewest_lost and share >= limits.lost_share:
        yield Verdict(state=HealthState.DOWN, reason=f"{unknown} of {reading.calls} calls without a proven outcome")
    elif unknown >= limits.fewest_unknown and share >= limits.unknown_share:
        yield Verdict(state=HealthState.DEGRADED, reason=f"{unknown} of {reading.calls} calls without a proven outcome")
    if reading.rejects >= limits.fewest_rejects and _share(reading.rejects, reading.placements) >= limits.reject_share:
        yield Verdict(state=HealthState.DEGRADED, reason=f"{reading.rejects} of {reading.placements} orders rejected")
    latency = reading.latency_p95_ms
    if latency is not None and reading.timed >= limits.fewest_timed and latency > limits.slow_ms:
        yield Verdict(state=HealthState.DEGRADED, reason=f"acknowledgements take {latency:,.0f} ms (95th percentile)")
    if reading.failed_probes >= limits.failed_probes:
        state = HealthState.DOWN if reading.failed_probes >= limits.dead_probes else HealthState.DEGRADED
        yield Verdict(state=state, reason=f"{reading.failed_probes} questions in a row without an answer")


def _of_clock(reading: Reading, limits: Thresholds) -> Iterator[Verdict]:
    """Judge what of the offset is beyond doubt."""
    offset = reading.clock_offset
    if offset is not None and abs(offset.beyond_doubt_ms) > limits.clock_ms:
        yield Verdict(state=HealthState.DEGRADED, reason=f"its clock is off by {offset.milliseconds / 1000:+.1f} s")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A venue's state, since when, and why; what it takes to judge how long it was quiet."""

    state: HealthState
    since: datetime
    reason: str = ""
    bad_at: datetime | None = None
    """When a verdict was last DEGRADED or worse."""
    down_at: datetime | None = None
    """When a verdict was last DOWN."""


def advance(before: Health | None, verdict: Verdict, now: datetime) -> Health:
    """Return the state after one more verdict; `now` never runs back."""
    bad_at = now if verdict.state >= HealthState.DEGRADED else before.bad_at if before else None
    down_at = now if verdict.state is HealthState.DOWN else before.down_at if before else None
    state = HealthState.UP
    if bad_at is not None and now - bad_at < DEGRADED_QUIET:
        state = HealthState.DEGRADED
    if down_at is not None and now - down_at < DOWN_QUIET:
        state = HealthState.DOWN
    since = before.since if before and before.state is state else now
    return Health(state=state, since=since, reason=_reason(before, verdict, state), bad_at=bad_at, down_at=down_at)


def _reason(before: Health | None, verdict: Verdict, state: HealthState) -> str:
    """Keep the last reason while a state is only held: what is better now did not bring it about."""
    if state is HealthState.UP:
        return ""
    if verdict.state is state or before is None:
        return verdict.reason
    return verdict.reason if verdict.state > before.state else before.reason


def left_out(states: Mapping[str, HealthState | None], fresh: Collection[str]) -> dict[str, HealthState]:
    """Return the venues that get no new orders: those that are down, and degraded ones while one that is up has a fresh book.

    A venue whose state nobody knows (None: the feed does not run) is not left out: its books' age decides.
    """
    is_any_up = any(states.get(venue) is HealthState.UP for venue in fresh)
    return {venue: state for venue, state in states.items() if state is HealthState.DOWN or (state is HealthState.DEGRADED and is_any_up)}


def clock_offset(*, sent: datetime, received: datetime, server: datetime) -> ClockOffset:
    """Compare clocks: server time minus the midpoint of question and answer, +- half the round trip (Cristian, 1989)."""
    round_trip = received - sent
    midpoint = sent + round_trip / 2
    millisecond = timedelta(milliseconds=1)
    return ClockOffset(milliseconds=(server - midpoint) / millisecond, uncertainty_ms=round_trip / 2 / millisecond)


DRIFT_MS_PER_SECOND = 0.1
"""Two clocks drift apart by at most about this (100 parts per million, a poor quartz)."""


def refine(before: ClockOffset | None, after_seconds: float, measured: ClockOffset) -> ClockOffset:
    """Join a measurement with what was known `after_seconds` ago: the offset lies within both intervals (Marzullo, 1984).

    A question that waited somewhere says little and takes nothing away. When the intervals do not meet, a clock was set: only the new
    measurement counts.
    """
    if before is None:
        return measured
    known = before.uncertainty_ms + DRIFT_MS_PER_SECOND * after_seconds
    low = max(before.milliseconds - known, measured.milliseconds - measured.uncertainty_ms)
    high = min(before.milliseconds + known, measured.milliseconds + measured.uncertainty_ms)
    if low > high:
        return measured
    return ClockOffset(milliseconds=(low + high) / 2, uncertainty_ms=(high - low) / 2)


def percentile(values: Collection[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of all do not exceed (nearest rank); none of no values."""
    ordered = sorted(values)
    return ordered[max(-(-int(share * 1000) * len(ordered) // 1000), 1) - 1] if ordered else None
