# ruff: noqa: PLR0917
"""Background metaorders, exogenous: they never read the books."""

import math
from typing import Any

from execution.market_model.compiled import compiled, entry
from execution.market_model.feedback import impact_of
from execution.market_model.layout import BLOCK_SECONDS, Reals
from execution.market_model.parameters import LONGEST_STREAM, STREAM_ALPHA, TIMESCALES_SECONDS

_TAU = TIMESCALES_SECONDS


@compiled
def _begin(random: Any, streams: Any, active: Any, time: float) -> None:
    """Start a metaorder: random sign, Pareto number of children, own scale of size and own pace."""
    stream = active[streams.count]
    streams.count += 1
    stream.sign = 1 if random.random() < 0.5 else -1
    tail = (streams.shortest / LONGEST_STREAM) ** STREAM_ALPHA
    length = streams.shortest * (1.0 - random.random() * (1.0 - tail)) ** (-1.0 / STREAM_ALPHA)
    stream.left = max(1, round(length))
    stream.log_scale = streams.stream_sd * random.standard_normal()
    stream.rate = streams.child_rate * math.exp(streams.child_rate_sd * random.standard_normal())
    stream.next_at = time
    stream.at = time
    for scale in range(3):
        stream.flow[scale] = 0.0


@compiled
def _earliest(streams: Any, active: Any) -> int:
    """Return the index of the stream whose child comes first, -1 without one."""
    best, due = -1, math.inf
    for index in range(streams.count):
        if active[index].next_at < due:
            best, due = index, active[index].next_at
    return best


@compiled
def _push(streams: Any, stream: Any, child: Any) -> None:
    """Add a child to its stream's flow; note in the child by how much each timescale's impact changes.

    D' = -D / tau + executed volume, kept exactly within the stream.
    """
    for scale in range(3):
        faded = stream.flow[scale] * math.exp(-(child.time - stream.at) / _TAU[scale])
        stream.flow[scale] = faded + child.sign * child.usd * 1e-6
        before = impact_of(faded, streams.strength[scale], streams.knee[scale])
        child.push[scale] = impact_of(stream.flow[scale], streams.strength[scale], streams.knee[scale]) - before
    stream.at = child.time


@compiled
def _venue_of(shares: Reals, uniform: float) -> int:
    for venue in range(shares.size - 1):
        if uniform < shares[venue]:
            return venue
        uniform -= shares[venue]
    return shares.size - 1


@compiled
def _emit(random: Any, streams: Any, stream: Any, activity: float, shares: Reals, child: Any) -> None:
    """Write a stream's child that is due and draw when its next one is."""
    child.time, child.sign = stream.next_at, stream.sign
    child.venue = _venue_of(shares, random.random())
    size = math.exp(streams.child_mu + stream.log_scale + streams.child_sd * random.standard_normal())
    child.usd = min(size, streams.cap)
    _push(streams, stream, child)
    stream.left -= 1
    if random.random() < streams.burst:
        stream.next_at += streams.burst_seconds * random.standard_exponential()
    else:
        stream.next_at += random.standard_exponential() / (stream.rate * activity)


@entry
def stream_block(random: Any, state: Any, active: Any, start: float, activity: Reals, shares: Reals, children: Any) -> int:
    """Write the next minute's children in the order of time; return how many, -1 if they are too many to hold."""
    streams, count = state[0], 0
    for second in range(BLOCK_SECONDS):
        clock, end, level = start + second, start + second + 1.0, activity[second]
        rate = streams.per_second * level
        while True:
            arrival = clock + streams.hazard / rate if rate > 0.0 else math.inf
            first = _earliest(streams, active)
            due = active[first].next_at if first >= 0 else math.inf
            if min(arrival, due) >= end:
                streams.hazard -= (end - clock) * rate
                break
            if count == children.size or streams.count == active.size:
                return -1
            if arrival < due:
                clock, streams.hazard = arrival, random.standard_exponential()
                _begin(random, streams, active, arrival)
                continue
            streams.hazard -= (max(due, clock) - clock) * rate
            clock = max(due, clock)
            _emit(random, streams, active[first], max(level, 1e-9), shares, children[count])
            count += 1
            if active[first].left <= 0:
                streams.count -= 1
                active[first] = active[streams.count]
    return count


@entry
def pool_children(children: Any, count: int, start: float, pooled: Reals) -> None:
    """Let a minute of children push the pool, which fades at 1 / (2 tau): for warming up."""
    clock = start
    for index in range(count):
        child = children[index]
        for scale in range(3):
            pooled[scale] *= math.exp(-(child.time - clock) / (2.0 * _TAU[scale]))
            pooled[scale] += child.push[scale]
        clock = child.time
    for scale in range(3):
        pooled[scale] *= math.exp(-(start + BLOCK_SECONDS - clock) / (2.0 * _TAU[scale]))
