"""The loop: grid steps of 20 ms, and between them whatever comes first."""

import math

from execution.market_model.actions import arrive
from execution.market_model.book import follow_prompt_impact
from execution.market_model.compiled import compiled, entry
from execution.market_model.feedback import step_impact
from execution.market_model.layout import (
    BASIS_EVERY,
    BLOCK_END,
    BY_CHILD,
    FAR,
    GRID_PER_BLOCK,
    GRID_SECONDS,
    MOST_EVENTS,
    MOST_ORDERS,
    NO_ROOM,
    REACHED,
    STOPPED,
    TAPE_ROWS,
    Records,
    World,
)
from execution.market_model.levels import write_depth
from execution.market_model.venue import happen, take

EVENTS_OF_ONE_STEP = 2 * MOST_ORDERS + 8


@compiled
def _sample(world: World, time: float) -> None:
    """Write the touch of every venue, and now and then its depth."""
    index = world.sample_count
    for v in range(world.venue_count):
        venue = world.venues[v]
        for side in range(2):
            world.samples[index, v, side] = venue.level[side] * venue.tick
            world.samples[index, v, 2 + side] = venue.queue[side]
        if world.depth_every > 0 and world.sample_total % world.depth_every == 0:
            write_depth(world, v, time, world.depths[index, v])
    world.sample_count += 1
    world.sample_total += 1


@compiled
def _enter_grid(world: World) -> None:
    """Begin a grid step: impact, every venue's target A_v(t - latency), and the sample."""
    step = world.grid
    step_impact(world)
    world.impact_grid[GRID_PER_BLOCK + step] = world.impact
    for v in range(world.venue_count):
        venue = world.venues[v]
        if world.has_own_flow:
            follow_prompt_impact(world, v, world.time)
        seen = GRID_PER_BLOCK + step - venue.latency_steps
        venue.target = world.price_grid[seen] + world.impact_grid[seen] + world.basis_grid[v, step // BASIS_EVERY] + venue.prompt
    if world.sample_every > 0 and world.grid_total % world.sample_every == 0:
        _sample(world, world.block_start + step * GRID_SECONDS)
    world.grid += 1
    world.grid_total += 1


@compiled
def _next_venue(world: World) -> int:
    """Return the venue whose candidate comes first."""
    first = 0
    for v in range(1, world.venue_count):
        if world.venues[v].next_at < world.venues[first].next_at:
            first = v
    return first


@compiled
def _background(world: World, candidates: Records, children: Records, until: float) -> bool:
    """Let the next background event happen if it is not after `until`; return whether one did."""
    v = _next_venue(world)
    venue = world.venues[v]
    if world.child_next < world.child_count and children[world.child_next].time <= venue.next_at:
        child = children[world.child_next]
        if child.time > until:
            return False
        world.child_next += 1
        for scale in range(3):
            world.pooled[scale] += child.push[scale]
        take(world, child.venue, child.sign, child.usd, child.sign * FAR, child.time, BY_CHILD)
        return True
    if venue.next_at > until:
        return False
    candidate = candidates[v, venue.cursor]
    venue.cursor += 1
    venue.next_at = candidates[v, venue.cursor].time
    happen(world, v, candidate)
    return True


@compiled
def _has_room(world: World) -> bool:
    """Return whether what one more step may write surely fits."""
    return bool(world.tape_count + MOST_ORDERS + 8 <= TAPE_ROWS and world.event_count + EVENTS_OF_ONE_STEP <= MOST_EVENTS)


@compiled
def _run(world: World, candidates: Records, children: Records, until: float, stops: bool) -> int:
    """Let all events up to a time happen, background before our own at the same instant."""
    while True:
        if not _has_room(world):
            return NO_ROOM
        heard = world.event_count
        arrival = world.actions[world.action_next].arrival if world.action_next < world.action_count else math.inf
        if not _background(world, candidates, children, min(until, arrival)):
            if arrival > until:
                return REACHED
            world.time = arrival
            world.action_next += 1
            arrive(world, world.actions[world.action_next - 1])
        if stops and world.event_count > heard:
            world.time = world.events[world.event_count - 1].time
            return STOPPED


@entry
def advance(worlds: Records, candidates: Records, children: Records, until: float, stops: bool) -> int:
    """Run to a time, to just after the first own event, or to where Python has to act; return which.

    `candidates` [venue, n], each row ending with one at infinity, and `children` are this minute's.
    """
    world = worlds[0]
    while True:
        grid_at = world.block_start + world.grid * GRID_SECONDS
        code = _run(world, candidates, children, min(until, grid_at), stops)
        if code != REACHED:
            return code
        world.time = max(world.time, min(until, grid_at))
        if until < grid_at:
            return REACHED
        if world.grid == GRID_PER_BLOCK:
            return BLOCK_END
        if world.sample_count == world.samples.shape[0]:
            return NO_ROOM
        _enter_grid(world)
