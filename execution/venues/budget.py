"""The rate budget that all processes share per venue: one window of weight in Redis, with headroom for cancels and lookups."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog
from redis.exceptions import RedisError

from execution.market.connection import redis
from execution.models import Venue

log = structlog.get_logger()


class Kind(StrEnum):
    """What a request is for."""

    PLACE = "place"
    CANCEL = "cancel"
    LOOKUP = "lookup"
    PUBLIC = "public"


ESSENTIAL = frozenset({Kind.CANCEL, Kind.LOOKUP})
"""They settle what is already at the venue: counted, never held back."""
SHARE_FOR_THE_REST = 0.8
"""Placements and public requests may fill this much of a window; the last fifth is kept for what is essential."""
SLOTS = 10
"""A window is counted in tenths; the running tenth and the ten before it count, so no window of this length ever holds more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a venue allows: `weight` in any `window_seconds`, and what a request of each kind costs of it (1 unless named)."""

    weight: int
    window_seconds: float
    costs: dict[Kind, int] = field(default_factory=dict)


PUBLISHED = {
    # Spot counts weight per address and minute: 1 to place or cancel, 4 to query (a few more places are asked when that denies the order).
    "binance": Limit(weight=6000, window_seconds=60, costs={Kind.LOOKUP: 4, Kind.PUBLIC: 10}),
    "okx": Limit(weight=60, window_seconds=2),  # per account and instrument for each order call: shared by all, which is stricter
    "bybit": Limit(weight=600, window_seconds=5),  # per address, all calls
    "coinbase": Limit(weight=30, window_seconds=1),  # private calls of one account
}
"""By ccxt id, as the venues publish them."""
CAUTIOUS = Limit(weight=100, window_seconds=10)
"""For a venue that nobody described: ten requests a second are within every large exchange's limit."""

_KEPT_SECONDS = 86_400  # the feed writes the limits again every few seconds
_ACQUIRE = """
local now = redis.call('TIME')
local limit = redis.call('HMGET', KEYS[2], 'weight', 'window', 'cost:' .. ARGV[1])
local most = tonumber(limit[1] or ARGV[4])
local window = tonumber(limit[2] or ARGV[5])
local cost = tonumber(ARGV[2])
if cost < 0 then cost = tonumber(limit[3] or ARGV[6]) end
local slot = math.floor((now[1] * 1000 + now[2] / 1000) / (window / SLOTS))
local used = 0
local slots = redis.call('HGETALL', KEYS[1])
for i = 1, #slots, 2 do
  local at = tonumber(slots[i])
  if at < slot - SLOTS or at > slot then
    redis.call('HDEL', KEYS[1], slots[i])
  else
    used = used + tonumber(slots[i + 1])
  end
end
local blocked = redis.call('PTTL', KEYS[3])
if ARGV[3] == '0' and (blocked > 0 or used + cost > most * SHARE) then
  return {0, used, most, window, math.max(blocked, 0)}
end
if cost > 0 then
  redis.call('HINCRBY', KEYS[1], slot, cost)
  redis.call('PEXPIRE', KEYS[1], math.ceil(window * 2))
end
return {1, used + cost, most, window, math.max(blocked, 0)}
""".replace("SLOTS", str(SLOTS)).replace("SHARE", str(SHARE_FOR_THE_REST))
_BLOCK = "if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end return 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What of a window is used, and how long the venue has told us to wait (seconds, 0: not at all)."""

    used: int
    weight: int
    window_seconds: float
    blocked_seconds: float

    @property
    def share(self) -> float:
        """Return the used share; above 1 when cancels and lookups went beyond the limit."""
        return self.used / self.weight


async def acquire(venue: str, kind: str, weight: int | None = None) -> bool:
    """Count a request into the venue's window and tell whether it may leave; without `weight` at the kind's cost.

    Cancels and lookups always may: when the budget is used up, while the venue has us wait, and when Redis is away.
    """
    wanted = Kind(kind)
    try:
        usage = await asyncio.to_thread(_take, venue, wanted, weight)
    except RedisError as error:
        log.warning("rate_budget_not_read", venue=venue, kind=wanted.value, error=str(error))
        return wanted in ESSENTIAL
    return usage is not None


async def block(venue: str, seconds: float) -> None:
    """Let only cancels and lookups through for a while: the venue answered 429 or 418. A longer wait that runs already stays."""
    log.warning("venue_rate_limited", venue=venue, seconds=seconds)
    try:
        await asyncio.to_thread(redis().eval, _BLOCK, 1, _blocked_key(venue), max(int(seconds * 1000), 1))
    except RedisError as error:
        log.warning("rate_limit_not_shared", venue=venue, error=str(error))


def publish(venue: str, *, ccxt_id: str, weight: int | None) -> None:
    """Tell all processes a venue's limit: the published one of its protocol, with the row's own weight when it names one."""
    limit = PUBLISHED.get(ccxt_id, CAUTIOUS)
    fields: dict[str, int] = {"weight": weight or limit.weight, "window": int(limit.window_seconds * 1000)}
    fields |= {f"cost:{kind}": cost for kind, cost in limit.costs.items()}
    with redis().pipeline() as pipeline:
        pipeline.delete(_limit_key(venue))
        pipeline.hset(_limit_key(venue), mapping=fields)  # type: ignore[arg-type] # any number will do
        pipeline.expire(_limit_key(venue), _KEPT_SECONDS)
        pipeline.execute()


def publish_all() -> None:
    """Tell all processes the limits of every venue, as their rows say now."""
    for name, ccxt_id, weight in Venue.objects.values_list("name", "ccxt_id", "rate_limit"):
        publish(name, ccxt_id=ccxt_id, weight=weight)


def usage_of(venues: Iterable[str]) -> dict[str, Usage]:
    """Return what of each venue's window is used now."""
    names = tuple(venues)
    with redis().pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.eval(_ACQUIRE, *_arguments(name, Kind.LOOKUP, 0))
        return {name: _usage(answer) for name, answer in zip(names, pipeline.execute(), strict=True)}


def _take(venue: str, kind: Kind, weight: int | None) -> Usage | None:
    answer: Any = redis().eval(_ACQUIRE, *_arguments(venue, kind, -1 if weight is None else weight))
    return _usage(answer) if answer[0] else None


def _arguments(venue: str, kind: Kind, weight: int) -> tuple[Any, ...]:
    """Return the script's keys and arguments; the limit given here counts until one is published."""
    limit = PUBLISHED.get(venue, CAUTIOUS)
    keys = (f"budget:used:{venue}", _limit_key(venue), _blocked_key(venue))
    return (
        len(keys), *keys, kind.value, weight, int(kind in ESSENTIAL),
        limit.weight, int(limit.window_seconds * 1000), limit.costs.get(kind, 1),
    )  # fmt: skip


def _usage(answer: Any) -> Usage:
    _granted, used, weight, window, blocked = answer
    return Usage(used=used, weight=weight, window_seconds=window / 1000, blocked_seconds=blocked / 1000)


def _limit_key(venue: str) -> str:
    return f"budget:limit:{venue}"


def _blocked_key(venue: str) -> str:
    return f"budget:blocked:{venue}"
