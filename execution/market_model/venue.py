# ruff: noqa: PLR0917
"""What a venue's candidates do: takers, makers and the queues between them."""

import math
from typing import Any

from execution.market_model.book import is_swept, move_touch, requote, restore_touch, sweep
from execution.market_model.compiled import compiled
from execution.market_model.feedback import push_pool
from execution.market_model.layout import BY_INFORMED, BY_NOISE, FAR, INFORMED, MAKER, NOISE, Reals, World
from execution.market_model.levels import best_level
from execution.market_model.own_orders import cancel_from_queue, print_trade

MOST_QUEUE_EXPONENT = 1.5


@compiled
def _normals(first: float, second: float) -> tuple[float, float]:
    """Return two independent standard normals made of two uniforms (Box and Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - first))
    return radius * math.cos(2.0 * math.pi * second), radius * math.sin(2.0 * math.pi * second)


@compiled
def take(world: World, v: int, sign: int, usd: float, limit: int, time: float, kind: int) -> float:
    """Let a background taker trade; return the USD executed."""
    taken, value, own, last = sweep(world, v, 1 if sign > 0 else 0, usd, limit, time, False)
    if taken > 0.0:
        print_trade(world, time, v, sign, taken, value, last, own, kind)
    return taken


@compiled
def _noise(world: World, v: int, uniform: Reals, time: float) -> None:
    """Take one side at random, drawn to the thinner queue and away from where impact has already led."""
    venue = world.venues[v]
    bid, ask = venue.queue[0], venue.queue[1]
    pull = world.imbalance_pull * (bid - ask) / (bid + ask) - world.impact_pull * math.tanh(world.impact / world.impact_scale)
    sign = 1 if uniform[0] < 0.5 * (1.0 + pull) else -1
    size = math.exp(world.noise_mu + world.size_sd * _normals(uniform[1], uniform[2])[0])
    taken = take(world, v, sign, min(size, world.size_cap), sign * FAR, time, BY_NOISE)
    push_pool(world, sign * taken)


@compiled
def _informed(world: World, v: int, uniform: Reals, time: float) -> None:
    """Take towards the venue's target when the gap to its reference exceeds the half spread; never beyond the target."""
    venue = world.venues[v]
    gap = venue.target - venue.reference
    spread = (venue.level[1] - venue.level[0]) * venue.tick
    chance = max(abs(gap) - 0.5 * world.edge * spread, 0.0) / venue.threshold
    if uniform[0] >= chance * chance * chance:
        return
    size = min(math.exp(world.informed_mu + world.size_sd * _normals(uniform[1], uniform[2])[0]), world.size_cap)
    if gap > 0.0:
        take(world, v, 1, size, math.floor(venue.target / venue.tick), time, BY_INFORMED)
    else:
        take(world, v, -1, size, math.ceil(venue.target / venue.tick), time, BY_INFORMED)


@compiled
def _threshold(world: World, v: int, gap: float, time: float) -> float:
    """Return the gap at which makers requote: halved once the touch was swept that way or another venue has just moved so."""
    venue, towards = world.venues[v], 1 if gap > 0.0 else 0
    if is_swept(world, v, towards):
        return float(0.5 * venue.threshold)
    for other in range(world.venue_count):
        if other != v and time - world.venues[other].requoted_at[towards] <= world.window:
            return float(0.5 * venue.threshold)
    return float(venue.threshold)


@compiled
def _change_extra(world: World, v: int, side: int, chance: float, queue: float, time: float) -> None:
    """Widen or narrow a side by a tick: a birth and death process with mean W."""
    venue = world.venues[v]
    if chance < world.birth:
        venue.extra[side] += 1
        move_touch(world, v, side, best_level(venue, side), queue, time)
    elif venue.extra[side] > 0 and chance - world.birth < (1.0 - world.birth) * min(0.25 * venue.extra[side], 1.0):
        venue.extra[side] -= 1
        restore_touch(world, v, side, queue, time)


@compiled
def _maker(world: World, v: int, uniform: Reals, time: float) -> None:
    """Requote when the gap is wide, else refill a swept touch, else change the extra half spread."""
    venue = world.venues[v]
    gap = venue.target - venue.reference
    ratio = gap / _threshold(world, v, gap, time)
    ratio *= ratio
    ratio *= ratio
    requotes = uniform[0] < ratio * ratio
    chance_refill, chance_extra = world.refill, world.extra_probability
    if not requotes and min(uniform[1], uniform[2]) >= max(chance_refill, chance_extra):
        return
    first, second = _normals(uniform[3], uniform[4])
    queue_bid = venue.queue_usd * math.exp(world.touch_sd * first)
    queue_ask = venue.queue_usd * math.exp(world.touch_sd * second)
    if requotes:
        requote(world, v, venue.target, time, queue_bid, queue_ask)
        return
    for side in range(2):
        chance, queue = uniform[1 + side], queue_bid if side == 0 else queue_ask
        if is_swept(world, v, side):
            if chance < chance_refill:
                restore_touch(world, v, side, queue, time)
        elif chance < chance_extra:
            _change_extra(world, v, side, chance / chance_extra, queue, time)


@compiled
def _queue_event(world: World, v: int, uniform: Reals, time: float) -> None:
    """Add to a touch queue or cancel from it; the side about to be run over is the thinner one."""
    venue = world.venues[v]
    side = 0 if uniform[0] < 0.5 else 1
    amount = -world.queue_step * math.log(1.0 - uniform[2])
    if uniform[1] >= 0.5:
        cancelled = venue.queue[side] * (1.0 - math.exp(-amount))
        if venue.own[side] > 0:
            cancel_from_queue(world, v, side, cancelled, venue.queue[side])
        venue.queue[side] -= cancelled
        return
    tilt = world.queue_slope * (venue.target - venue.reference) / venue.threshold
    tilt = min(max(tilt, -MOST_QUEUE_EXPONENT), MOST_QUEUE_EXPONENT)
    venue.queue[side] += amount * venue.queue_usd * math.exp(tilt if side == 0 else -tilt)


@compiled
def happen(world: World, v: int, candidate: Any) -> None:
    """Let one candidate happen, or not."""
    if candidate.kind == MAKER:
        _maker(world, v, candidate.uniform, candidate.time)
    elif candidate.kind == NOISE:
        _noise(world, v, candidate.uniform, candidate.time)
    elif candidate.kind == INFORMED:
        _informed(world, v, candidate.uniform, candidate.time)
    else:
        _queue_event(world, v, candidate.uniform, candidate.time)
