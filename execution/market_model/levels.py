# ruff: noqa: PLR0917
"""Liquidity behind the touch: hashed when somebody looks, so that it need not be stored."""

import math
from typing import Any

import numpy as np

from execution.market_model.compiled import compiled, entry
from execution.market_model.layout import DEPTH_BANDS_BPS, DUST_USD, EPOCH_SECONDS, RING, Integers, Reals, Records, World

TOLD_SHARE = 32
WHOLE_LOT = 1e-6  # of a lot may be missing from a whole one: rounding
_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@compiled
def outward(side: int) -> int:
    """Return by which step levels get worse: -1 on the bid, +1 on the ask."""
    return 2 * side - 1


@compiled
def _hash(key: int, first: int, second: int) -> float:
    """Return a uniform in (0, 1) that depends on nothing but its arguments (SplitMix64's finaliser)."""
    x = np.uint64(key) + np.uint64(first) * np.uint64(_GOLDEN) + np.uint64(second) * np.uint64(_FIRST)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_FIRST)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_SECOND)
    x ^= x >> np.uint64(31)
    return (float(x >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@compiled
def natural(world: World, v: int, side: int, level: int, time: float) -> float:
    """Return the USD that rest at a level if nobody has eaten there: density x tick x venue scale x Exp(1).

    The exponential changes every ten seconds, each level at its own phase.
    """
    venue = world.venues[v]
    distance = abs(level * venue.tick - venue.reference)
    density = world.density[4]
    for part in range(4):
        if distance <= world.density_to[part]:
            density = world.density[part]
            break
    place = 2 * (v + 1) + side
    epoch = math.floor(time / EPOCH_SECONDS + _hash(world.key, level, place))
    return float(-math.log(_hash(world.key, level, place + 1024 * (epoch + 1))) * density * venue.tick * venue.depth)


@compiled
def eaten(world: World, v: int, side: int, level: int, time: float) -> float:
    """Return how much of a level is still missing after what was consumed there: it grows back over the recovery time."""
    slot = level & (RING - 1)
    if world.ring_level[v, side, slot] != level:
        return 0.0
    return float(world.ring_eaten[v, side, slot] * math.exp((world.ring_time[v, side, slot] - time) / world.recovery))


@compiled
def note_eaten(world: World, v: int, side: int, level: int, usd: float, time: float) -> None:
    """Remember that this much of a level is missing now."""
    slot = level & (RING - 1)
    world.ring_level[v, side, slot] = level
    world.ring_eaten[v, side, slot] = usd
    world.ring_time[v, side, slot] = time


@compiled
def standing(world: World, v: int, side: int, level: int, time: float) -> float:
    """Return the USD that rest at a level behind the touch."""
    return max(natural(world, v, side, level, time) - eaten(world, v, side, level, time), 0.0)


@compiled
def best_level(venue: Any, side: int) -> int:
    """Return where the touch of a side belongs by the reference price and the extra half spread."""
    floor = math.floor(venue.reference / venue.tick)
    return int(floor - venue.extra[0] if side == 0 else floor + 1 + venue.extra[1])


@entry
def write_levels(worlds: Records, v: int, side: int, time: float, levels: Integers, sizes: Reals) -> int:
    """Write the best levels of a side that hold something, own orders excluded; return how many."""
    world = worlds[0]
    venue = world.venues[v]
    count, level, size = 0, venue.level[side], venue.queue[side]
    for _ in range(RING):
        if size > DUST_USD:
            levels[count], sizes[count] = level, size
            count += 1
            if count == levels.size:
                break
        level += outward(side)
        size = standing(world, v, side, level, time)
    return count


@entry
def write_changes(
    worlds: Records, v: int, side: int, usd_per_lot: float, known: Integers, since: int, levels: Integers, lots: Integers
) -> tuple[int, int]:
    """Write which levels of a side show other lots than are known, and know them; return how many, and the touch.

    Behind the touch a level counts as changed once it has by three percent: what was eaten grows back a little every moment.

    A window of `known.size` levels from the touch on is known, each in the slot level mod size (a power of two); before, it
    began at `since`. What has left the window comes first, with 0 lots.
    """
    world = worlds[0]
    venue, step, size = world.venues[v], outward(side), known.size
    first, count = venue.level[side], 0
    for index in range(size):
        level = since + index * step
        slot = level & (size - 1)
        if not 0 <= (level - first) * step < size and known[slot] > 0:
            levels[count], lots[count] = level, 0
            known[slot] = 0
            count += 1
    resting = venue.queue[side]
    for index in range(size):
        level = first + index * step
        slot = level & (size - 1)
        whole = math.floor(resting / usd_per_lot + WHOLE_LOT)
        if (index == 0 and whole != known[slot]) or abs(whole - known[slot]) * TOLD_SHARE > known[slot]:
            levels[count], lots[count] = level, whole
            known[slot] = whole
            count += 1
        resting = standing(world, v, side, level + step, world.time)
    return count, first


@compiled
def write_depth(world: World, v: int, time: float, depth: Reals) -> None:
    """Write the USD within each band of the mid, mean of both sides."""
    venue = world.venues[v]
    mid = 0.5 * (venue.level[0] + venue.level[1]) * venue.tick
    depth[:] = 0.0
    for side in range(2):
        level, size = venue.level[side], venue.queue[side]
        while True:
            distance = abs(level * venue.tick - mid)
            if distance > DEPTH_BANDS_BPS[-1]:
                break
            for band in range(depth.size):
                if distance <= DEPTH_BANDS_BPS[band]:
                    depth[band] += 0.5 * size
            level += outward(side)
            size = standing(world, v, side, level, time)


@entry
def measure_depth(worlds: Records, v: int, time: float, depth: Reals) -> None:
    """Write the depth of one venue now."""
    write_depth(worlds[0], v, time, depth)
