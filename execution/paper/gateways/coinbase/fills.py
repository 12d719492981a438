"""The fills of each order, without going through all of an account's trades each time."""

from collections import defaultdict
from collections.abc import Sequence

from execution.paper.accounts import Account, Trade


class FillIndex:
    """Trades by order; what has been added to an account since the last call is taken up first."""

    def __init__(self) -> None:
        self._by_order: dict[str, dict[int, list[Trade]]] = defaultdict(lambda: defaultdict(list))
        self._seen: dict[str, int] = defaultdict(int)

    def of(self, account: Account, order_id: int) -> Sequence[Trade]:
        """Return the fills of an order, oldest first."""
        seen, by_order = self._seen[account.key], self._by_order[account.key]
        for trade in account.trades[seen:]:
            by_order[trade.order_id].append(trade)
        self._seen[account.key] = len(account.trades)
        return by_order.get(order_id, ())
