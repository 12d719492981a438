"""What a recording becomes: compact arrays of everything that happened, in the exchange's order."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Kind(IntEnum):
    """What a row says; prices are levels of the window, quantities are lots."""

    BID = 0  # the quantity now shown at a bid price
    ASK = 1
    BOUGHT = 2  # a trade whose taker bought
    SOLD = 3
    CLEAR = 4  # a snapshot begins: what was shown before is void
    END = 5  # a message of the book is complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """One continuous recording of one symbol.

    Times are nanoseconds since 1970 on the exchange's clock. `seen_ns` is when the recorder had a message, on the same clock: the
    recorder's own is shifted so that the fastest message took no time. Prices are ticks above `lowest`, quantities lots.
    """

    symbol: str
    market: str
    name: str
    tick: float
    lot: float
    lowest: int
    levels: int
    exchange_ns: Integers
    kind: NDArray[np.int8]
    price: Integers
    quantity: Integers
    top_ns: Integers  # after each whole message of the book: when, seen when, best bid, best ask
    top_seen_ns: Integers
    top_bid: Integers
    top_ask: Integers

    @property
    def opens_ns(self) -> int:
        """Return when the first whole book stood."""
        return int(self.top_ns[0])

    @property
    def closes_ns(self) -> int:
        """Return the time of the last message of the book."""
        return int(self.top_ns[-1])

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return (self.closes_ns - self.opens_ns) / 1e9

    def price_of(self, level: Any) -> Any:
        """Return the price of a level, or of an array of them."""
        return (level + self.lowest) * self.tick

    def mid_at(self, at_ns: Any) -> Any:
        """Return the middle of the best prices as last shown at a time, or at each of an array of times."""
        row = np.maximum(np.searchsorted(self.top_ns, at_ns, side="right") - 1, 0)
        return self.price_of((self.top_bid[row] + self.top_ask[row]) / 2)
