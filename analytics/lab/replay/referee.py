"""A recorded market that takes orders: the compiled referee with its state."""

from dataclasses import dataclass

import numpy as np

from analytics.lab.replay import kernel
from analytics.lab.replay.kernel import Book, Rows
from analytics.lab.replay.tape import Integers, Tape

BUY, SELL = 1, -1
LOG_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to an own order, when it happened; `quantity` lots filled, or left when it ended or came to rest."""

    order: int
    at_ns: int
    what: int  # kernel.MADE, TOOK, ENDED or RESTED
    price: int
    quantity: int


class Replay:
    """Own orders against one tape.

    Prices are levels of the tape's window and quantities lots. Orders have numbers 0 to `slots` - 1; a number is free again when its
    order has ended. Latency is the caller's: what it places or cancels carries the time at which it reaches the exchange.
    """

    def __init__(self, tape: Tape, *, slots: int = 32) -> None:
        self.tape = tape
        self.rows = Rows(tape.exchange_ns, tape.kind.astype(np.int64), tape.price, tape.quantity)
        self.book = Book(*(np.zeros(tape.levels, np.int64) for _ in range(4)))
        self.orders: Integers = np.zeros((slots, kernel.ORDER_COLUMNS), np.int64)
        self.log: Integers = np.zeros((LOG_ROWS, kernel.LOG_COLUMNS), np.int64)
        self.cursor: Integers = np.zeros(kernel.CURSOR_COLUMNS, np.int64)
        self.cursor[kernel.BEST_BID], self.cursor[kernel.BEST_ASK] = -1, tape.levels
        self.cursor[kernel.NEXT_ACTION] = kernel.FOREVER
        self.orders[:, kernel.CANCEL_ARRIVES] = kernel.FOREVER

    def follow(self, other: "Replay") -> None:
        """Stand where another replay of the same tape stands."""
        for mine, others in zip((*self.book, self.orders, self.cursor), (*other.book, other.orders, other.cursor), strict=True):
            np.copyto(mine, others)
        logged = other.cursor[kernel.LOGGED]
        self.log[:logged] = other.log[:logged]

    def place(self, order: int, *, side: int, kind: int, price: int, quantity: int, arrives_ns: int) -> None:
        """Send an order; price is not read when it takes at any price.

        Raises:
            ValueError: its number is taken, its quantity not positive, or its price outside the window.
        """
        if self.orders[order, kernel.STATE] != kernel.NONE:
            raise ValueError(f"order {order} is still working")
        if quantity <= 0 or (kind != kernel.TAKE and not 0 <= price < self.tape.levels):
            raise ValueError(f"not an order that can be replayed: {quantity} lots at level {price}")
        row = (kernel.FLYING, side, kind, price, quantity, 0, arrives_ns, kernel.FOREVER, 0)
        self.orders[order] = row
        kernel.schedule(self.orders, self.cursor)

    def cancel(self, order: int, *, arrives_ns: int) -> None:
        """Send a cancellation; it does nothing to an order that has ended when it arrives."""
        if self.orders[order, kernel.STATE] != kernel.NONE:
            self.orders[order, kernel.CANCEL_ARRIVES] = arrives_ns
            kernel.schedule(self.orders, self.cursor)

    def advance(self, until_ns: int) -> tuple[Event, ...]:
        """Let everything up to and including a time happen, and return what happened to own orders."""
        before = int(self.cursor[kernel.LOGGED])
        kernel.advance(self.rows, self.book, self.orders, self.log, self.cursor, until_ns)
        return self._since(before)

    def advance_to_news(self, until_ns: int) -> tuple[int, tuple[Event, ...]]:
        """Let things happen up to a time or to the first moment of own events; return the time reached and these events."""
        before = int(self.cursor[kernel.LOGGED])
        reached = int(kernel.advance_to_news(self.rows, self.book, self.orders, self.log, self.cursor, until_ns))
        return reached, self._since(before)

    def forget(self) -> None:
        """Empty the log, which otherwise holds all events since the beginning."""
        self.cursor[kernel.LOGGED] = 0

    def _since(self, before: int) -> tuple[Event, ...]:
        return tuple(
            Event(order=int(row[0]), at_ns=int(row[1]), what=int(row[2]), price=int(row[3]), quantity=int(row[4]))
            for row in self.log[before : self.cursor[kernel.LOGGED]]
        )

    def levels(self, side: int, count: int) -> tuple[tuple[int, int], ...]:
        """Return the best levels of a side, bids for BUY, with what is shown there and not taken."""
        shown, taken = (self.book.bid, self.book.bid_taken) if side == BUY else (self.book.ask, self.book.ask_taken)
        best = self.cursor[kernel.BEST_BID if side == BUY else kernel.BEST_ASK]
        levels, free = kernel.nearest(shown, taken, best, -side, count)
        return tuple(zip(levels.tolist(), free.tolist(), strict=True))
