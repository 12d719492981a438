"""Buy and sell."""

from enum import StrEnum


class Side(StrEnum):
    """Direction of an order, seen from the desk."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a buy and -1 for a sell: positive slippage times this sign is cost."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """Return the side that trades against this one."""
        return Side.SELL if self is Side.BUY else Side.BUY
