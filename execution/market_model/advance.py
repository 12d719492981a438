"""The loop: grid steps of 20 ms, and between them whatever comes first."""

from execution.market_model.actions import arrive
from execution.market_model.compiled import compiled, entry
from execution.market_model.feedback import step_impact
from execution.market_model.layout import (
    BASIS_EVERY,
    BLOCK_END,
    BY_CHILD,
    EVENTS_FULL,
    FAR,
    GRID_PER_BLOCK,
    GRID_SECONDS,
    MOST_ORDERS,
    REACHED,
    STOPPED,
    TAPE_FULL,
    World,
)
from execution.market_model.levels import write_depth
from execution.market_model.venue import happen, set_next, take

EVENTS_OF_ONE_STEP = 2 * MOST_ORDERS + 8


@compiled
def _sample(world: World, time: float) -> None:
    """Write the touch of every venue, and now and then its depth."""
    market = world.market[0]
    index = market.sample
    market.sample += 1
    for v in range(world.venues.size):
        venue = world.venues[v]
        for side in range(2):
            world.samples[index, v, side] = venue.level[side] * venue.tick
            world.samples[index, v, 2 + side] = venue.queue[side]
        if market.depth_every > 0 and index % market.depth_every == 0:
            write_depth(world, v, time, world.depths[index // market.depth_every, v])


@compiled
def _enter_grid(world: World) -> None:
    """Begin a grid step: impact, every venue's target A_v(t - latency), and the sample."""
    market = world.market[0]
    step = market.grid
    step_impact(market)
    world.impact[GRID_PER_BLOCK + step] = market.impact
    for v in range(world.venues.size):
        venue = world.venues[v]
        seen = GRID_PER_BLOCK + step - venue.latency_steps
        venue.target = world.price[seen] + world.impact[seen] + world.basis[v, step // BASIS_EVERY]
    if market.sample_every > 0 and market.grid_total % market.sample_every == 0:
        _sample(world, market.block_start + step * GRID_SECONDS)
    market.grid += 1
    market.grid_total += 1


@compiled
def _next_venue(world: World) -> int:
    """Return the venue whose candidate comes first."""
    first = 0
    for v in range(1, world.venues.size):
        if world.venues[v].next_at < world.venues[first].next_at:
            first = v
    return first


@compiled
def _background(world: World, until: float) -> bool:
    """Let the next background event happen if it is not after `until`; return whether one did."""
    market = world.market[0]
    v = _next_venue(world)
    venue = world.venues[v]
    if market.child < market.children and world.children[market.child].time <= venue.next_at:
        child = world.children[market.child]
        if child.time > until:
            return False
        market.child += 1
        for scale in range(3):
            market.pooled[scale] += child.push[scale]
        take(world, child.venue, child.sign, child.usd, child.sign * FAR, child.time, BY_CHILD)
        return True
    if venue.next_at > until:
        return False
    time, cursor = venue.next_at, venue.cursor
    venue.cursor += 1
    set_next(world, v)
    happen(world, v, world.candidate_kind[v, cursor], world.candidate_uniform[v, cursor], time)
    return True


@compiled
def _room(world: World) -> int:
    """Return REACHED while one more step surely fits into the arrays, else which of them is full."""
    market = world.market[0]
    if market.is_recording and market.tape + MOST_ORDERS + 8 > world.tape.size:
        return TAPE_FULL
    return EVENTS_FULL if market.events + EVENTS_OF_ONE_STEP > world.events.size else REACHED


@compiled
def _run(world: World, until: float, stops: bool) -> int:
    """Let all events up to a time happen, background before our own at the same instant."""
    market = world.market[0]
    while True:
        code = _room(world)
        if code != REACHED:
            return code
        heard = market.events
        arrival = world.actions[market.action].arrival if market.action < market.actions else until + 1.0
        if not _background(world, min(until, arrival)):
            if arrival > until:
                return REACHED
            market.time = arrival
            market.action += 1
            arrive(world, world.actions[market.action - 1])
        if stops and market.events > heard:
            market.time = world.events[market.events - 1].time
            return STOPPED


@entry
def advance(world: World, until: float, stops: bool) -> int:
    """Run to a time, to just after the first own event, or to where Python has to make room; return which."""
    market = world.market[0]
    while True:
        grid_at = market.block_start + market.grid * GRID_SECONDS
        code = _run(world, min(until, grid_at), stops)
        if code != REACHED:
            return code
        market.time = max(market.time, min(until, grid_at))
        if until < grid_at:
            return REACHED
        if market.grid == GRID_PER_BLOCK:
            return BLOCK_END
        _enter_grid(world)
