"""The compiled desk of the replay: clips that join the best price for a while and cross after it."""

# mypy: disable-error-code="untyped-decorator, misc"
# ruff: noqa: PLR0917 -- compiled functions take their arrays one by one, keywords cost them specialisations

from typing import NamedTuple

import numpy as np
from numba import njit

from analytics.lab.replay.kernel import (
    AHEAD,
    ARRIVES,
    CANCEL_ARRIVES,
    ENDED,
    FLYING,
    FOREVER,
    LEFT,
    LOG_NS,
    LOG_ORDER,
    LOG_QUANTITY,
    LOG_WHAT,
    LOGGED,
    POST_ONLY,
    PRICE,
    RANK,
    SIDE,
    STATE,
    TAKE,
    TYPE,
    Book,
    Rows,
    advance,
    schedule,
)
from analytics.lab.replay.tape import Integers

IDLE, WORKING, CANCELLING, DONE = range(4)


class Seen(NamedTuple):
    """The best prices and when the desk sees them."""

    at_ns: Integers
    bid: Integers
    ask: Integers


class Timing(NamedTuple):
    """Nanoseconds: when it starts and must be over, how long a clip waits, how often is decided, what travels how long."""

    start: int
    stop: int
    patience: int
    step: int
    order: int
    answer: int


@njit(cache=True)
def run(
    rows: Rows,
    book: Book,
    orders: Integers,
    log: Integers,
    cursor: Integers,
    seen: Seen,
    side: int,
    releases: Integers,
    quantities: Integers,
    timing: Timing,
    last_ns: int,
) -> int:
    """Work clips until all are filled or the recording is over; return the lots left."""
    clips = len(releases)
    left, state = quantities.copy(), np.zeros(clips, np.int64)
    heard, now, row = cursor[LOGGED], timing.start, 0
    while now <= last_ns:
        advance(rows, book, orders, log, cursor, now)
        heard = _hear(log, cursor, heard, now - timing.answer, left, state)
        row = _look(seen.at_ns, row, now)
        best = seen.bid[row] if side > 0 else seen.ask[row]
        is_open = False
        for clip in range(clips):
            if state[clip] == DONE:
                continue
            is_open = True
            if now >= releases[clip]:
                is_late = now >= min(releases[clip] + timing.patience, timing.stop)
                _decide(clip, side, best, is_late, now + timing.order, left, state, orders, cursor)
        if not is_open:
            break
        now += timing.step
    return int(left.sum())


@njit(cache=True)
def _look(at_ns: Integers, row: int, now: int) -> int:
    if at_ns[row] + 60_000_000_000 < now:
        row = max(int(np.searchsorted(at_ns, now, side="right")) - 1, 0)
    while row + 1 < len(at_ns) and at_ns[row + 1] <= now:
        row += 1
    return row


@njit(cache=True)
def _hear(log: Integers, cursor: Integers, heard: int, until_ns: int, left: Integers, state: Integers) -> int:
    """Take in what the exchange said long enough ago; an order's end says how much of it is left."""
    while heard < cursor[LOGGED] and log[heard, LOG_NS] <= until_ns:
        clip = log[heard, LOG_ORDER]
        if log[heard, LOG_WHAT] == ENDED:
            left[clip] = log[heard, LOG_QUANTITY]
            state[clip] = DONE if left[clip] == 0 else IDLE
        heard += 1
    return heard


@njit(cache=True)
def _decide(
    clip: int, side: int, best: int, is_late: bool, arrives: int, left: Integers, state: Integers, orders: Integers, cursor: Integers
) -> None:
    if state[clip] == IDLE:
        _send(clip, side, TAKE if is_late else POST_ONLY, best, left[clip], arrives, orders, cursor)
        state[clip] = WORKING
    elif state[clip] == WORKING and orders[clip, TYPE] == POST_ONLY and (is_late or (best - orders[clip, PRICE]) * side > 0):
        if orders[clip, STATE] != 0:
            orders[clip, CANCEL_ARRIVES] = arrives
            schedule(orders, cursor)
        state[clip] = CANCELLING


@njit(cache=True)
def _send(clip: int, side: int, kind: int, price: int, quantity: int, arrives: int, orders: Integers, cursor: Integers) -> None:
    orders[clip, STATE], orders[clip, SIDE], orders[clip, TYPE], orders[clip, PRICE] = FLYING, side, kind, price
    orders[clip, LEFT], orders[clip, AHEAD], orders[clip, ARRIVES], orders[clip, CANCEL_ARRIVES] = quantity, 0, arrives, FOREVER
    orders[clip, RANK] = 0
    schedule(orders, cursor)
