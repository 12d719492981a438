"""The compiled referee: a recorded book, own orders in its queues, and what they took of it.

How own orders meet the recording
* An order that rests joins behind everything shown at its price. Trades there shrink what is ahead; a smaller quantity shown caps it.
* It fills by what trades at its price beyond what was ahead; by trades beyond its price, up to their quantity; and by the opposite
  side of the book when that is shown at its price or beyond, up to what is shown there. A fill is at the order's own price.
* A taker walks the levels shown less what was taken of them. What was taken stays taken until the recording shows less at that price;
  what it shows beyond the old quantity is new and can be had.
* A trade takes its quantity off the book at once, whatever the next message of the book says replaces that.
The recorded market does not react to own orders.
"""

# mypy: disable-error-code="untyped-decorator, misc"
# ruff: noqa: PLR0917 -- compiled functions take their arrays one by one, keywords cost them specialisations

from typing import NamedTuple

import numpy as np
from numba import njit

from analytics.lab.replay.tape import Integers

BID, ASK, BOUGHT, SOLD, CLEAR, END = range(6)
FOREVER = 2**62

# columns of an order
STATE, SIDE, TYPE, PRICE, LEFT, AHEAD, ARRIVES, CANCEL_ARRIVES, RANK = range(9)
ORDER_COLUMNS = 9
NONE, FLYING, RESTING = range(3)  # states; an order that ended is none
LIMIT, POST_ONLY, TAKE, IOC = range(4)  # types; TAKE: at any price, IOC: to its limit, of both the rest ends at once

# columns of the log, and what its rows say
LOG_ORDER, LOG_NS, LOG_WHAT, LOG_PRICE, LOG_QUANTITY = range(5)
LOG_COLUMNS = 5
MADE, TOOK, ENDED, RESTED = range(4)  # ENDED and RESTED carry the quantity left; what rests is told when it does

# the cursor
NEXT_ROW, BEST_BID, BEST_ASK, NEXT_ACTION, LOGGED, RANKS, RESTS = range(7)
CURSOR_COLUMNS = 7


class Rows(NamedTuple):
    """The columns of a tape that the referee reads."""

    exchange_ns: Integers
    kind: Integers
    price: Integers
    quantity: Integers


class Book(NamedTuple):
    """Shown and taken lots by level."""

    bid: Integers
    ask: Integers
    bid_taken: Integers
    ask_taken: Integers


@njit(cache=True)
def advance(rows: Rows, book: Book, orders: Integers, log: Integers, cursor: Integers, until_ns: int) -> None:
    """Let everything up to and including a time happen; of what is simultaneous, the recording comes first."""
    count = len(rows.kind)
    while True:
        row = cursor[NEXT_ROW]
        row_ns = rows.exchange_ns[row] if row < count else FOREVER
        if min(row_ns, cursor[NEXT_ACTION]) > until_ns:
            return
        if cursor[NEXT_ACTION] < row_ns:
            _act(book, orders, log, cursor)
        else:
            _happen(rows, row, book, orders, log, cursor)
            cursor[NEXT_ROW] += 1


@njit(cache=True)
def advance_to_news(rows: Rows, book: Book, orders: Integers, log: Integers, cursor: Integers, until_ns: int) -> int:
    """Let things happen up to a time or to the end of the moment of the first own event, and return which."""
    count, before = len(rows.kind), cursor[LOGGED]
    while True:
        row = cursor[NEXT_ROW]
        row_ns = rows.exchange_ns[row] if row < count else FOREVER
        next_ns = min(row_ns, cursor[NEXT_ACTION])
        if cursor[LOGGED] > before and next_ns > log[cursor[LOGGED] - 1, LOG_NS]:
            return int(log[cursor[LOGGED] - 1, LOG_NS])
        if next_ns > until_ns:
            return until_ns
        advance(rows, book, orders, log, cursor, next_ns)


@njit(cache=True)
def nearest(shown: Integers, taken: Integers, best: int, step: int, count: int) -> tuple[Integers, Integers]:
    """Return the first levels from the best on with anything left on them, and what is left."""
    levels, free = np.empty(count, np.int64), np.empty(count, np.int64)
    found, level = 0, best
    while found < count and 0 <= level < len(shown):
        if shown[level] > taken[level]:
            levels[found], free[found] = level, shown[level] - taken[level]
            found += 1
        level += step
    return levels[:found], free[:found]


@njit(cache=True)
def schedule(orders: Integers, cursor: Integers) -> None:
    """Note when the next order or cancellation arrives."""
    soonest = FOREVER
    for number in range(len(orders)):
        if orders[number, STATE] == FLYING:
            soonest = min(soonest, orders[number, ARRIVES])
        if orders[number, STATE] != NONE:
            soonest = min(soonest, orders[number, CANCEL_ARRIVES])
    cursor[NEXT_ACTION] = soonest


@njit(cache=True)
def _act(book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    now = cursor[NEXT_ACTION]
    for number in range(len(orders)):
        if orders[number, STATE] == FLYING and orders[number, ARRIVES] == now:
            _arrive(number, now, book, orders, log, cursor)
    for number in range(len(orders)):
        if orders[number, STATE] != NONE and orders[number, CANCEL_ARRIVES] == now:
            _end(number, now, orders, log, cursor)
    schedule(orders, cursor)


@njit(cache=True)
def _arrive(number: int, now: int, book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    side, price, kind = orders[number, SIDE], orders[number, PRICE], orders[number, TYPE]
    if kind == TAKE:
        price = len(book.bid) - 1 if side > 0 else 0
    best = cursor[BEST_ASK] if side > 0 else cursor[BEST_BID]
    if (best - price) * side <= 0:
        if kind == POST_ONLY:
            _end(number, now, orders, log, cursor)
            return
        _take(number, now, TOOK, price, book, orders, log, cursor)
    if kind >= TAKE or orders[number, LEFT] == 0:
        _end(number, now, orders, log, cursor)
        return
    orders[number, STATE] = RESTING
    orders[number, AHEAD] = book.bid[price] if side > 0 else book.ask[price]
    orders[number, RANK] = cursor[RANKS]
    cursor[RANKS] += 1
    cursor[RESTS] += 1
    _write(number, now, RESTED, price, orders[number, LEFT], log, cursor)


@njit(cache=True)
def _take(number: int, now: int, what: int, limit: int, book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    """Take what is shown up to a limit and not yet taken; MADE fills at the order's own price, TOOK at the levels'."""
    side = orders[number, SIDE]
    shown, taken = (book.ask, book.ask_taken) if side > 0 else (book.bid, book.bid_taken)
    level = cursor[BEST_ASK] if side > 0 else cursor[BEST_BID]
    while orders[number, LEFT] > 0 and 0 <= level < len(shown) and (limit - level) * side >= 0:
        quantity = min(shown[level] - taken[level], orders[number, LEFT])
        if quantity > 0:
            taken[level] += quantity
            _fill(number, now, what, level if what == TOOK else orders[number, PRICE], quantity, orders, log, cursor)
        level += side


@njit(cache=True)
def _fill(number: int, now: int, what: int, price: int, quantity: int, orders: Integers, log: Integers, cursor: Integers) -> None:
    orders[number, LEFT] -= quantity
    _write(number, now, what, price, quantity, log, cursor)


@njit(cache=True)
def _end(number: int, now: int, orders: Integers, log: Integers, cursor: Integers) -> None:
    if orders[number, STATE] == RESTING:
        cursor[RESTS] -= 1
    orders[number, STATE] = NONE
    orders[number, CANCEL_ARRIVES] = FOREVER
    _write(number, now, ENDED, 0, orders[number, LEFT], log, cursor)


@njit(cache=True)
def _write(number: int, now: int, what: int, price: int, quantity: int, log: Integers, cursor: Integers) -> None:
    row = cursor[LOGGED]
    if row >= len(log):
        raise ValueError("the log is full")
    log[row, LOG_ORDER], log[row, LOG_NS], log[row, LOG_WHAT] = number, now, what
    log[row, LOG_PRICE], log[row, LOG_QUANTITY] = price, quantity
    cursor[LOGGED] += 1


@njit(cache=True)
def _happen(rows: Rows, row: int, book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    kind, price, quantity = rows.kind[row], rows.price[row], rows.quantity[row]
    if kind <= ASK:
        _show(1 if kind == BID else -1, price, quantity, book, orders, cursor)
    elif kind <= SOLD:
        _trade(1 if kind == BOUGHT else -1, price, quantity, rows.exchange_ns[row], book, orders, log, cursor)
    elif kind == CLEAR:
        _clear(book, cursor)
    elif cursor[RESTS] > 0:
        _cross(rows.exchange_ns[row], book, orders, log, cursor)


@njit(cache=True)
def _show(side: int, price: int, quantity: int, book: Book, orders: Integers, cursor: Integers) -> None:
    """Take a level's quantity from the recording; side is 1 for bids and -1 for asks."""
    shown, taken = (book.bid, book.bid_taken) if side > 0 else (book.ask, book.ask_taken)
    shown[price] = quantity
    taken[price] = min(taken[price], quantity)
    _follow_best(side, price, quantity, shown, cursor)
    if cursor[RESTS] > 0:
        for number in range(len(orders)):
            if orders[number, STATE] == RESTING and orders[number, SIDE] == side and orders[number, PRICE] == price:
                orders[number, AHEAD] = min(orders[number, AHEAD], quantity)


@njit(cache=True)
def _follow_best(side: int, price: int, quantity: int, shown: Integers, cursor: Integers) -> None:
    which = BEST_BID if side > 0 else BEST_ASK
    best = cursor[which]
    if quantity > 0:
        if (price - best) * side > 0:
            cursor[which] = price
    elif price == best:
        while 0 <= best < len(shown) and shown[best] == 0:
            best -= side
        cursor[which] = best


@njit(cache=True)
def _clear(book: Book, cursor: Integers) -> None:
    book.bid[:] = 0
    book.ask[:] = 0
    book.bid_taken[:] = 0
    book.ask_taken[:] = 0
    cursor[BEST_BID] = -1
    cursor[BEST_ASK] = len(book.ask)


@njit(cache=True)
def _trade(taker: int, price: int, quantity: int, now: int, book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    """Let a recorded taker (1 bought, -1 sold) meet own orders, best price and longest wait first, then take from the book."""
    if cursor[RESTS] > 0:
        _meet(taker, price, quantity, now, orders, log, cursor)
    shown, taken = (book.ask, book.ask_taken) if taker > 0 else (book.bid, book.bid_taken)
    best = cursor[BEST_ASK] if taker > 0 else cursor[BEST_BID]
    while 0 <= best < len(shown) and (price - best) * taker > 0:  # it went past these: they are gone, whoever says so later
        shown[best] = 0
        taken[best] = 0
        _follow_best(-taker, best, 0, shown, cursor)
        best = cursor[BEST_ASK] if taker > 0 else cursor[BEST_BID]
    if best == price:
        shown[price] = max(shown[price] - quantity, 0)
        taken[price] = min(taken[price], shown[price])
        _follow_best(-taker, price, shown[price], shown, cursor)


@njit(cache=True)
def _meet(taker: int, price: int, quantity: int, now: int, orders: Integers, log: Integers, cursor: Integers) -> None:
    left = quantity
    last_price, last_rank = -taker * FOREVER, -1
    while True:
        number = _next_in_line(taker, last_price, last_rank, orders)
        if number < 0:
            return
        last_price, last_rank = orders[number, PRICE], orders[number, RANK]
        distance = (price - last_price) * taker  # positive: the trade went beyond our price
        if distance < 0:
            return
        before_us = orders[number, AHEAD] if distance == 0 else 0
        if distance == 0:
            orders[number, AHEAD] = max(before_us - left, 0)
        fill = min(left - before_us, orders[number, LEFT])
        if fill > 0:
            left -= fill
            _fill(number, now, MADE, last_price, fill, orders, log, cursor)
            if orders[number, LEFT] == 0:
                _end(number, now, orders, log, cursor)


@njit(cache=True)
def _next_in_line(taker: int, last_price: int, last_rank: int, orders: Integers) -> int:
    """Return the order that a taker meets after the one with the last price and rank, -1 for none."""
    found = -1
    for number in range(len(orders)):
        if orders[number, STATE] != RESTING or orders[number, SIDE] != -taker:
            continue
        price, rank = orders[number, PRICE] * taker, orders[number, RANK]
        last = last_price * taker
        if price < last or (price == last and rank <= last_rank):
            continue
        if found < 0 or price < orders[found, PRICE] * taker or (price == orders[found, PRICE] * taker and rank < orders[found, RANK]):
            found = number
    return found


@njit(cache=True)
def _cross(now: int, book: Book, orders: Integers, log: Integers, cursor: Integers) -> None:
    """Fill own orders that the other side of the recorded book has come to."""
    for taker in (1, -1):
        best = cursor[BEST_BID] if taker > 0 else cursor[BEST_ASK]
        last_price, last_rank = -taker * FOREVER, -1
        while True:
            number = _next_in_line(taker, last_price, last_rank, orders)
            if number < 0 or (best - orders[number, PRICE]) * taker < 0:
                break
            last_price, last_rank = orders[number, PRICE], orders[number, RANK]
            _take(number, now, MADE, last_price, book, orders, log, cursor)
            if orders[number, LEFT] == 0:
                _end(number, now, orders, log, cursor)


@njit(cache=True)
def tops(kind: Integers, price: Integers, quantity: Integers, lowest: int, levels: int) -> Integers:
    """Return row, best bid and best ask (the prices as given) after each message that left both sides of the book."""
    bid, ask = np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    cursor = np.zeros(CURSOR_COLUMNS, np.int64)
    cursor[BEST_BID], cursor[BEST_ASK] = -1, levels
    found = np.empty(((kind == END).sum(), 3), np.int64)
    count = 0
    for row in range(len(kind)):
        level = price[row] - lowest
        if kind[row] <= ASK and 0 <= level < levels:
            side = 1 if kind[row] == BID else -1
            shown = bid if side > 0 else ask
            shown[level] = quantity[row]
            _follow_best(side, level, quantity[row], shown, cursor)
        elif kind[row] == CLEAR:
            bid[:] = 0
            ask[:] = 0
            cursor[BEST_BID], cursor[BEST_ASK] = -1, levels
        elif kind[row] == END and cursor[BEST_BID] >= 0 and cursor[BEST_ASK] < levels:
            found[count, 0], found[count, 1], found[count, 2] = row, cursor[BEST_BID] + lowest, cursor[BEST_ASK] + lowest
            count += 1
    return found[:count]
