"""What own orders do when they arrive. Nothing here draws a random number."""

from typing import Any

from execution.market_model.book import follow_prompt_impact, sweep
from execution.market_model.compiled import compiled, entry
from execution.market_model.layout import (
    ACCEPTED,
    BY_OWN,
    CANCEL,
    DUST_USD,
    ENDED,
    FAR,
    FILLED,
    LIMIT,
    MARKET,
    MOST_ORDERS,
    NO_REASON,
    OWN_CROSSING,
    POST_ONLY,
    REJECTED,
    TOO_MANY,
    UNFILLED,
    WOULD_CROSS,
    Records,
    World,
)
from execution.market_model.layout import COMPLETE as COMPLETED
from execution.market_model.levels import outward, standing
from execution.market_model.own_flow import push_made, push_taken
from execution.market_model.own_orders import best_own, cancel, print_trade, rest, tell
from execution.market_model.parameters import MAKER_FILL_WEIGHT


@compiled
def _refusal(world: World, action: Any) -> int:
    """Return why the book does not take an order that may rest, NO_REASON if it does."""
    venue, opposite = world.venues[action.venue], 1 - action.side
    if world.order_count >= MOST_ORDERS:
        return TOO_MANY
    own = best_own(world, action.venue, opposite)
    if own >= 0 and (action.level - world.orders[own].level) * outward(opposite) >= 0:
        return OWN_CROSSING
    if action.kind == POST_ONLY and (action.level - venue.level[opposite]) * outward(opposite) >= 0:
        return WOULD_CROSS
    return NO_REASON


@compiled
def _ahead(world: World, v: int, side: int, level: int, time: float) -> float:
    """Return what already rests at a level that an order joins."""
    venue = world.venues[v]
    behind = (level - venue.level[side]) * outward(side)
    if behind < 0:
        return 0.0
    return float(venue.queue[side]) if behind == 0 else standing(world, v, side, level, time)


@compiled
def _take(world: World, action: Any, time: float) -> float:
    """Take what crosses; return what is left."""
    sign = -outward(action.side)
    limit = sign * FAR if action.kind == MARKET else action.level
    taken, value, _own, last = sweep(world, action.venue, 1 - action.side, action.usd, limit, time, True)
    if taken <= 0.0:
        return float(action.usd)
    event = tell(world, time, action.id, FILLED, NO_REASON, taken)
    event.price, event.last_level = value / taken, last
    print_trade(world, time, action.venue, sign, taken, value, last, taken, BY_OWN)
    push_taken(world, action.venue, sign, taken, value)
    follow_prompt_impact(world, action.venue, time)
    return float(action.usd - taken)


@compiled
def arrive(world: World, action: Any) -> None:
    """Let an own order or cancel take effect."""
    time = action.arrival
    if action.kind == CANCEL:
        cancel(world, action.id, time)
        return
    may_rest = action.kind in (LIMIT, POST_ONLY)
    refusal = _refusal(world, action) if may_rest else NO_REASON
    if refusal != NO_REASON:
        tell(world, time, action.id, REJECTED, refusal, action.usd)
        return
    tell(world, time, action.id, ACCEPTED, NO_REASON, action.usd)
    left = action.usd if action.kind == POST_ONLY else _take(world, action, time)
    if left <= DUST_USD:
        tell(world, time, action.id, ENDED, COMPLETED, 0.0)
    elif may_rest:
        rest(world, action.id, action.venue, action.side, action.level, left, _ahead(world, action.venue, action.side, action.level, time))
    else:
        tell(world, time, action.id, ENDED, UNFILLED, left)


@entry
def take_now(worlds: Records, v: int, sign: int, usd: float, limit: int) -> None:
    """Let own flow that is matched elsewhere take from a book at once, and push the price; nothing is told of it."""
    world = worlds[0]
    taken, value, _own, _last = sweep(world, v, 1 if sign > 0 else 0, usd, limit, world.time, True)
    push_taken(world, v, sign, taken, value)
    follow_prompt_impact(world, v, world.time)


@entry
def fill_elsewhere(worlds: Records, signed_usd: float) -> None:
    """Let the fill of a resting order that is kept elsewhere push the price."""
    push_made(worlds[0], MAKER_FILL_WEIGHT * signed_usd)
