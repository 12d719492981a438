"""What is known of the venues' health, in Redis: calls as they happened, clocks, states with their figures, accounts.

Every process that calls venues notes its calls (`observe`); the feed judges them (`execution.venues.monitor`); all read.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec
import structlog
from redis.exceptions import RedisError

from execution.domain.health import ClockOffset, Health, HealthState
from execution.domain.venue_orders import VenuePosition
from execution.market.connection import redis

log = structlog.get_logger()

CALLS_KEY = "health:calls"
STATES_KEY = "health:states"
CLOCKS_KEY = "health:clocks"
ACCOUNTS_KEY = "health:accounts"
KEPT_CALLS = 20_000
"""About the newest so many calls of all venues are kept; a busier desk's rates are over its newest calls."""
STATE_SECONDS = 10
"""A state that was not written again for so long is not known any more: the feed does not run."""
CLOCK_SECONDS = 60
"""Clocks drift by milliseconds a minute; an older comparison is no correction."""
REMEMBERED_SECONDS = 5.0
"""So long a process trusts the clock it read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a venue: a `kind` of place, cancel, lookup or public and how it came out."""

    venue: str
    kind: str
    outcome: str
    """acknowledged, rejected, unknown or not_found."""
    milliseconds: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted over the last minutes (FIGURES_WINDOW of the monitor); None: nothing to measure by."""

    calls: int = 0
    unknown: int = 0
    placements: int = 0
    rejects: int = 0
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None

    @property
    def unknown_share(self) -> float | None:
        """Return the share of calls without a proven outcome."""
        return self.unknown / self.calls if self.calls else None

    @property
    def reject_share(self) -> float | None:
        """Return the share of orders that the venue turned away."""
        return self.rejects / self.placements if self.placements else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueHealth:
    """A venue's state as it was judged at `at`."""

    health: Health
    figures: Figures
    at: datetime

    def is_known(self, now: datetime) -> bool:
        """Tell whether the judgement is recent enough to go by."""
        return now - self.at <= timedelta(seconds=STATE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A venue's clock as it was compared at `at`."""

    offset: ClockOffset
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an account holds, asked for at `at`; `failure` says why nothing newer could be read.

    `futures` is what of the balances lies in a wallet of its own for perpetuals.
    """

    balances: dict[str, Decimal]
    positions: tuple[VenuePosition, ...]
    at: datetime | None
    failure: str = ""
    futures: dict[str, Decimal] = field(default_factory=dict)

    def spot(self, currency: str) -> Decimal:
        """Return what pays for spot orders, amounts in open orders included."""
        return max(self.balances.get(currency, Decimal(0)) - self.futures.get(currency, Decimal(0)), Decimal(0))

    def position(self, symbol: str) -> Decimal:
        """Return the position in a perpetual, base currency, negative when short."""
        return next((one.quantity for one in self.positions if one.symbol == symbol), Decimal(0))


_encode = msgspec.json.Encoder().encode
_decode_health = msgspec.json.Decoder(VenueHealth).decode
_decode_clock = msgspec.json.Decoder(Clock).decode
_decode_account = msgspec.json.Decoder(Account).decode


async def observe(venue: str, *, kind: str, outcome: str, seconds: float) -> None:
    """Note how a call came out. A Redis that is away costs the note, never the call."""
    fields = {"venue": venue, "kind": kind, "outcome": outcome, "ms": f"{seconds * 1000:.1f}"}
    try:
        await asyncio.to_thread(_add_call, fields)
    except RedisError as error:
        log.warning("call_not_noted", venue=venue, kind=kind, error=str(error))


def _add_call(fields: dict[str, str]) -> None:
    redis().xadd(CALLS_KEY, cast(dict[Any, Any], fields), maxlen=KEPT_CALLS, approximate=True)


def read_calls(after: str) -> tuple[list[Call], str]:
    """Return the calls noted after the one of this id, oldest first, and the id of the last; ids begin with milliseconds since 1970."""
    entries = cast(list[tuple[bytes, dict[bytes, bytes]]], redis().xrange(CALLS_KEY, min=f"({after}"))
    return [_call(entry, fields) for entry, fields in entries], entries[-1][0].decode() if entries else after


def _call(entry: bytes, fields: Mapping[bytes, bytes]) -> Call:
    return Call(
        venue=fields[b"venue"].decode(),
        kind=fields[b"kind"].decode(),
        outcome=fields[b"outcome"].decode(),
        milliseconds=float(fields[b"ms"]),
        at=datetime.fromtimestamp(int(entry.partition(b"-")[0]) / 1000, UTC),
    )


def write_states(states: Mapping[str, VenueHealth]) -> None:
    """Replace what is stored with these."""
    with redis().pipeline() as pipeline:
        pipeline.delete(STATES_KEY)
        if states:
            pipeline.hset(STATES_KEY, mapping={name: _encode(state) for name, state in states.items()})
        pipeline.execute()


def read_states() -> dict[str, VenueHealth]:
    """Return the last judgement of each venue, however old: `is_known` tells."""
    stored = cast(dict[bytes, bytes], redis().hgetall(STATES_KEY))
    return {name.decode(): _decode_health(data) for name, data in stored.items()}


def known_states(venues: Iterable[str], now: datetime) -> dict[str, VenueHealth | None]:
    """Return each venue's judgement, none where there is no recent one."""
    stored = read_states()
    return {name: found if (found := stored.get(name)) and found.is_known(now) else None for name in venues}


def state_of(judged: VenueHealth | None) -> HealthState | None:
    """Return the state alone."""
    return judged.health.state if judged else None


def write_clock(venue: str, clock: Clock) -> None:
    """Store a comparison of clocks."""
    redis().hset(CLOCKS_KEY, venue, cast(str, _encode(clock)))


def read_clocks(now: datetime) -> dict[str, Clock]:
    """Return the venues' clocks that were compared recently."""
    stored = cast(dict[bytes, bytes], redis().hgetall(CLOCKS_KEY))
    clocks = {name.decode(): _decode_clock(data) for name, data in stored.items()}
    return {name: clock for name, clock in clocks.items() if now - clock.at <= timedelta(seconds=CLOCK_SECONDS)}


_remembered: dict[str, tuple[float, ClockOffset | None]] = {}


async def clock_offset(venue: str) -> ClockOffset | None:
    """Return by how much the venue's clock is ahead of ours for certain, none when nobody compared them lately. Never raises.

    A question that took two seconds proves little: a request must not be dated by a guess while our own clock may be right.
    """
    remembered = _remembered.get(venue)
    if remembered and time.monotonic() - remembered[0] < REMEMBERED_SECONDS:
        return remembered[1]
    try:
        clocks = await asyncio.to_thread(read_clocks, datetime.now(UTC))
    except RedisError as error:
        log.warning("clock_not_read", venue=venue, error=str(error))
        return remembered[1] if remembered else None
    clock = clocks.get(venue)
    offset = replace(clock.offset, milliseconds=clock.offset.beyond_doubt_ms) if clock else None
    _remembered[venue] = (time.monotonic(), offset)
    return offset


def write_account(venue: str, account: Account) -> None:
    """Store what an account holds."""
    redis().hset(ACCOUNTS_KEY, venue, cast(str, _encode(account)))


def write_account_failure(venue: str, failure: str) -> None:
    """Note why an account could not be read; what was read before stays, with its age."""
    before = read_accounts().get(venue) or Account(balances={}, positions=(), at=None)
    write_account(venue, replace(before, failure=failure))


def read_accounts() -> dict[str, Account]:
    """Return what the accounts held when they were read last."""
    stored = cast(dict[bytes, bytes], redis().hgetall(ACCOUNTS_KEY))
    return {name.decode(): _decode_account(data) for name, data in stored.items()}
