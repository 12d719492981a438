# ruff: noqa: PLR0917
"""Own orders: their place in the queue, their fills, what is heard of them."""

from typing import Any

from execution.market_model.compiled import compiled
from execution.market_model.layout import (
    BY_REQUOTE,
    CANCELLED,
    COMPLETE,
    DUST_USD,
    ENDED,
    FILLED,
    NO_LEVEL,
    NO_REASON,
    World,
)
from execution.market_model.levels import natural, outward
from execution.market_model.own_flow import push_made
from execution.market_model.parameters import MAKER_FILL_WEIGHT


@compiled
def tell(world: World, time: float, order_id: int, kind: int, reason: int, usd: float) -> Any:
    """Write an event that the account hears."""
    event = world.events[world.event_count]
    world.event_count += 1
    event.time, event.id, event.kind, event.reason, event.usd = time, order_id, kind, reason, usd
    event.is_maker, event.price, event.last_level = 0, 0.0, 0
    return event


@compiled
def print_trade(world: World, time: float, v: int, sign: int, usd: float, value: float, last_level: int, own_usd: float, kind: int) -> None:
    """Write a trade to the tape when it is recorded; count what others than we traded."""
    venue = world.venues[v]
    price = value / usd
    venue.traded_usd += usd - own_usd
    venue.traded_value += (usd - own_usd) * price
    if not world.is_recording:
        return
    row = world.tape[world.tape_count]
    world.tape_count += 1
    row.time, row.venue, row.sign, row.price, row.last_price = time, v, sign, price, last_level * venue.tick
    row.usd, row.own_usd, row.kind = usd, own_usd, kind


@compiled
def _remove(world: World, index: int) -> None:
    """Take an order out of the table, keeping the others in the order of their arrival."""
    order = world.orders[index]
    world.venues[order.venue].own[order.side] -= 1
    for place in range(index, world.order_count - 1):
        world.orders[place] = world.orders[place + 1]
    world.order_count -= 1


@compiled
def fill_resting(world: World, index: int, usd: float, time: float) -> bool:
    """Fill a resting order; return whether that completed it (and removed it)."""
    order = world.orders[index]
    order.remaining -= usd
    event = tell(world, time, order.id, FILLED, NO_REASON, usd)
    event.is_maker, event.last_level = 1, order.level
    event.price = order.level * world.venues[order.venue].tick
    push_made(world, -outward(order.side) * MAKER_FILL_WEIGHT * usd)
    if order.remaining > DUST_USD:
        return False
    tell(world, time, order.id, ENDED, COMPLETE, 0.0)
    _remove(world, index)
    return True


@compiled
def own_at(world: World, v: int, side: int, level: int) -> bool:
    """Return whether an own order rests at a level."""
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue == v and order.side == side and order.level == level:
            return True
    return False


@compiled
def best_own(world: World, v: int, side: int) -> int:
    """Return the index of the own order that a taker meets first, -1 without one."""
    best = -1
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue != v or order.side != side:
            continue
        if best < 0 or (order.level - world.orders[best].level) * outward(side) < 0:
            best = index
    return best


@compiled
def advance_queue(world: World, v: int, side: int, level: int, consumed: float) -> None:
    """Move own orders at a level forward by what was taken from the front."""
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue == v and order.side == side and order.level == level:
            order.ahead = max(order.ahead - consumed, 0.0)


@compiled
def take_level(world: World, v: int, side: int, level: int, queue: float, usd: float, time: float) -> tuple[float, float]:
    """Let a background taker take from a level first in, first out; return what came from others and from us."""
    others, own, index = 0.0, 0.0, 0
    left = usd
    while index < world.order_count and left > 0.0:
        order = world.orders[index]
        if order.venue != v or order.side != side or order.level != level:
            index += 1
            continue
        before = min(max(min(order.ahead, queue) - others, 0.0), left)
        others += before
        left -= before
        if left <= 0.0:
            break
        fill = min(left, order.remaining)
        own += fill
        left -= fill
        if not fill_resting(world, index, fill, time):
            index += 1
    behind = min(left, queue - others)
    others += max(behind, 0.0)
    advance_queue(world, v, side, level, others)
    return others, own


@compiled
def cancel_from_queue(world: World, v: int, side: int, cancelled: float, queue: float) -> None:
    """Say how much of a cancel at the touch was ahead of us: cancelled x (ahead / queue)^8."""
    venue = world.venues[v]
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue == v and order.side == side and order.level == venue.level[side]:
            share = min(order.ahead / queue, 1.0)
            share *= share
            share *= share
            order.ahead = min(max(order.ahead - cancelled * share * share, 0.0), queue - cancelled)


@compiled
def shift_queues(world: World, v: int, side: int, old_level: int, old_queue: float, time: float) -> None:
    """Put own orders right after the touch of their side has moved.

    Better than the new touch: nobody is ahead. At it: at most its queue is. At the old touch, now behind the new one: what was
    ahead shrinks as the level does.
    """
    venue = world.venues[v]
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue != v or order.side != side:
            continue
        behind = (order.level - venue.level[side]) * outward(side)
        if behind < 0:
            order.ahead = 0.0
        elif behind == 0:
            order.ahead = min(order.ahead, venue.queue[side])
        elif order.level == old_level and old_queue > 0.0:
            order.ahead *= min(natural(world, v, side, old_level, time) / old_queue, 1.0)


@compiled
def run_over(world: World, v: int, side: int, level: int, time: float) -> int:
    """Let others who now quote at `level` of the opposite side trade with own orders in their way, 3 q0 at most.

    Return the level of the first own order still in their way, NO_LEVEL when the way is free.
    """
    budget = 3.0 * world.venues[v].queue_usd
    while True:
        index = best_own(world, v, side)
        if index < 0:
            return NO_LEVEL
        own_level = world.orders[index].level
        if (own_level - level) * outward(side) > 0:
            return NO_LEVEL
        if budget <= 0.0:
            return int(own_level)
        usd = min(budget, world.orders[index].remaining)
        budget -= usd
        fill_resting(world, index, usd, time)
        value = usd * own_level * world.venues[v].tick
        print_trade(world, time, v, outward(side), usd, value, own_level, usd, BY_REQUOTE)


@compiled
def cancel(world: World, order_id: int, time: float) -> None:
    """Take an order back; one that has ended already was told of."""
    for index in range(world.order_count):
        if world.orders[index].id == order_id:
            tell(world, time, order_id, ENDED, CANCELLED, world.orders[index].remaining)
            _remove(world, index)
            return


@compiled
def rest(world: World, order_id: int, v: int, side: int, level: int, usd: float, ahead: float) -> None:
    """Enter an order into the book behind what is ahead of it; our own earlier orders there cannot have more ahead."""
    for index in range(world.order_count):
        order = world.orders[index]
        if order.venue == v and order.side == side and order.level == level:
            order.ahead = min(order.ahead, ahead)
    order = world.orders[world.order_count]
    world.order_count += 1
    order.id, order.venue, order.side, order.level = order_id, v, side, level
    order.remaining, order.ahead = usd, ahead
    world.venues[v].own[side] += 1
