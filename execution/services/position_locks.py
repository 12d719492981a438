"""One worker at a time below a venue's position limit."""

from collections.abc import Iterable

from django.db import connection

from execution.selectors.room import position_limits
from execution.selectors.work import OrderMarket


def lock_position_limits(markets: Iterable[OrderMarket]) -> None:
    """Hold the position limits of the markets' venues until the transaction ends, always in the same order.

    Orders of several batches then cannot pass a limit together: the next one reads what this one has committed. Nothing is locked where
    no venue has a limit.
    """
    names = position_limits(markets)
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"position limit {name}"])
