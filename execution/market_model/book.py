# ruff: noqa: PLR0917
"""Taking from a venue's book and moving its touch."""

from execution.market_model.compiled import compiled
from execution.market_model.layout import DUST_USD, NO_LEVEL, RING, World
from execution.market_model.levels import best_level, natural, note_eaten, outward, standing
from execution.market_model.own_orders import (
    advance_queue,
    best_own,
    fill_resting,
    own_at,
    run_over,
    shift_queues,
    take_level,
)


@compiled
def move_touch(world: World, v: int, side: int, level: int, queue: float, time: float) -> None:
    """Put the touch of a side elsewhere, own orders' places with it."""
    venue = world.venues[v]
    old_level, old_queue = venue.level[side], venue.queue[side]
    venue.level[side] = level
    venue.queue[side] = queue
    if venue.own[side] > 0:
        shift_queues(world, v, side, old_level, old_queue, time)


@compiled
def is_swept(world: World, v: int, side: int) -> bool:
    """Return whether takers have driven the touch beyond where it belongs."""
    venue = world.venues[v]
    return bool((venue.level[side] - best_level(venue, side)) * outward(side) > 0)


@compiled
def note_leaving(world: World, v: int, side: int, time: float) -> None:
    """Remember what is missing at a swept touch that the quotes are about to leave."""
    if is_swept(world, v, side):
        venue = world.venues[v]
        level = venue.level[side]
        missing = natural(world, v, side, level, time) - venue.queue[side]
        if missing > 0.0:
            note_eaten(world, v, side, level, missing, time)


@compiled
def _put_touch(world: World, v: int, side: int, queue: float, time: float) -> None:
    """Put a touch where it belongs, trading with own orders of the opposite side in its way; short of those that remain."""
    venue = world.venues[v]
    level = best_level(venue, side)
    if venue.own[1 - side] > 0:
        stop = run_over(world, v, 1 - side, level, time)
        if stop != NO_LEVEL:
            level = stop + outward(side)
    if level != venue.level[side]:
        move_touch(world, v, side, level, queue, time)


@compiled
def follow_prompt_impact(world: World, v: int, time: float) -> None:
    """Move a venue's prices by what own taking has moved them at once; a touch never stays inside of where it belongs.

    It goes out with its queue. The other side is found too far out and refilled by the makers.
    """
    venue = world.venues[v]
    shift = world.prompt_strength * world.prompt_flow - venue.prompt
    if shift == 0.0:
        return
    venue.prompt += shift
    venue.own_impact += shift
    venue.reference += shift
    venue.target += shift
    for side in range(2):
        level = best_level(venue, side)
        if (venue.level[side] - level) * outward(side) < 0:
            move_touch(world, v, side, level, venue.queue[side], time)


@compiled
def requote(world: World, v: int, target: float, time: float, queue_bid: float, queue_ask: float) -> None:
    """Move the reference price and both touches; stop at an own order that is in the way and not filled whole."""
    venue = world.venues[v]
    hit = 1 if target > venue.reference else 0
    for side in range(2):
        note_leaving(world, v, side, time)
    old = venue.reference
    venue.reference = target
    venue.own_impact = world.own_impact + venue.prompt
    if venue.own[hit] > 0:
        stop = run_over(world, v, hit, best_level(venue, 1 - hit), time)
        if stop != NO_LEVEL:
            floor = stop - 1 + venue.extra[0] if hit == 1 else stop - venue.extra[1]
            venue.reference = (floor + 0.5) * venue.tick
    for side in range(2):
        _put_touch(world, v, side, queue_bid if side == 0 else queue_ask, time)
    venue.requoted_at[1 if venue.reference > old else 0] = time


@compiled
def restore_touch(world: World, v: int, side: int, queue: float, time: float) -> None:
    """Put a touch back where it belongs."""
    note_leaving(world, v, side, time)
    _put_touch(world, v, side, queue, time)


@compiled
def _next_touch(world: World, v: int, side: int, time: float, stops_at_own: bool) -> None:
    """Move an emptied touch to the next level that holds something."""
    venue = world.venues[v]
    level = venue.level[side]
    note_eaten(world, v, side, level, natural(world, v, side, level, time), time)
    while True:
        level += outward(side)
        queue = standing(world, v, side, level, time)
        if queue > DUST_USD or (stops_at_own and own_at(world, v, side, level)):
            move_touch(world, v, side, level, queue, time)
            return


@compiled
def _take_inside(world: World, v: int, side: int, usd: float, limit: int, time: float) -> tuple[float, float]:
    """Let a background taker take own orders that are better than the touch; return USD and USD x bps."""
    venue = world.venues[v]
    taken, value = 0.0, 0.0
    while taken < usd:
        index = best_own(world, v, side)
        if index < 0:
            break
        level = world.orders[index].level
        if (level - venue.level[side]) * outward(side) >= 0 or (level - limit) * outward(side) > 0:
            break
        fill = min(usd - taken, world.orders[index].remaining)
        fill_resting(world, index, fill, time)
        taken += fill
        value += fill * level * venue.tick
    return taken, value


@compiled
def sweep(world: World, v: int, side: int, usd: float, limit: int, time: float, is_own: bool) -> tuple[float, float, float, int]:
    """Take from a side, best first, no worse than a level; return USD, USD x bps, USD that were ours, last level.

    An own taker passes over own orders: nobody trades with himself.
    """
    venue = world.venues[v]
    sees_own = venue.own[side] > 0 and not is_own
    taken, value, own, last = 0.0, 0.0, 0.0, venue.level[side]
    if sees_own:
        own, value = _take_inside(world, v, side, usd, limit, time)
        taken = own
    for _ in range(RING):
        level = venue.level[side]
        if usd - taken <= DUST_USD or (level - limit) * outward(side) > 0:
            break
        if sees_own:
            others, ours = take_level(world, v, side, level, venue.queue[side], usd - taken, time)
        else:
            others, ours = min(usd - taken, venue.queue[side]), 0.0
            if venue.own[side] > 0:
                advance_queue(world, v, side, level, others)
        taken += others + ours
        own += ours
        value += (others + ours) * level * venue.tick
        last = level
        venue.queue[side] -= others
        if venue.queue[side] <= DUST_USD:
            _next_touch(world, v, side, time, sees_own and usd - taken > DUST_USD)
    if venue.queue[side] <= DUST_USD:
        _next_touch(world, v, side, time, False)
    return taken, value, own, last
