"""What an order locks, what a trade moves: the part of a venue that differs between spot and perpetual."""

from typing import Protocol

from execution.paper.accounts import Account, Order, Trade
from execution.paper.engine import Fill, Incoming
from execution.paper.pair import Pair

PPM = 1_000_000


class Ledger(Protocol):
    """The money of one kind of instrument."""

    def reserve(self, account: Account, order: Order, incoming: Incoming, pair: Pair) -> None:
        """Lock what an order may cost.

        Raises:
            Refused: INSUFFICIENT, REDUCE_ONLY.
        """

    def hold(self, account: Account, order: Order, pair: Pair) -> None:
        """Hold back what an order needs that rests now."""

    def overtaken(self, account: Account, order: Order, pair: Pair) -> list[Order]:
        """Return the open orders that a new one ends."""

    def realised(self, account: Account, order: Order, pair: Pair, fill: Fill) -> int:
        """Apply a fill to the account's position and return the profit in atoms of the quote asset."""

    def commission(self, order: Order, pair: Pair, fill: Fill, *, is_maker: bool) -> tuple[int, str]:
        """Return the atoms and the asset of a fill's commission."""

    def settle(self, account: Account, order: Order, pair: Pair, trade: Trade) -> None:
        """Move the money of one trade; the order has counted it already."""

    def restore(self, account: Account, pair: Pair, trade: Trade) -> None:
        """Move the money of a trade of an earlier run."""

    def release(self, account: Account, order: Order, pair: Pair) -> None:
        """Free what an ended order still locks."""

    def touched(self, order: Order, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the assets and the symbols of positions that a change of the order may change."""
