"""Cancel what is open in a symbol when the client has not called again in time."""

from execution.paper.accounts import Account
from execution.paper.venue import Venue


class Countdowns:
    """The countdowns that run, by account and symbol."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._due_ms: dict[tuple[str, str], int] = {}

    def start(self, account: Account, symbol: str, milliseconds: int, now_ms: int) -> None:
        """Begin a countdown anew; a time of 0 stops it."""
        if milliseconds:
            self._due_ms[account.key, symbol] = now_ms + milliseconds
        else:
            self._due_ms.pop((account.key, symbol), None)

    def expire(self, now_ms: int) -> bool:
        """Cancel the open orders of every countdown that has run out; tell whether there was one."""
        due = [key for key, due_ms in self._due_ms.items() if now_ms >= due_ms]
        for key, symbol in due:
            del self._due_ms[key, symbol]
            account = self._venue.accounts[key]
            for order in [order for order in account.open_orders.values() if order.symbol == symbol]:
                self._venue.cancel(account, order, now_ms)
        return bool(due)
