"""Keep the own accounts' orders and fills as JSON lines, and read them back at the next start.

The first line tells the format; a file of another one is set aside under its own name and a new one begun.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from execution.paper.accounts import FundingPayment, Order, Trade
from execution.paper.listings import Kind
from execution.paper.venue import Venue

FORMAT: dict[str, Any] = {"type": "format", "version": 2}


class Journal:
    """An append-only file per venue, flushed after every event."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._earlier = _read_lines(path)
        self._file = path.open("ab")
        if not self._earlier:
            self.write(FORMAT)

    def write(self, record: dict[str, Any]) -> None:
        """Append one event."""
        self._file.write(msgspec.json.encode(record) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def restore(self, venue: Venue, now_ms: int) -> None:
        """Rebuild accounts from earlier events, then expire the orders that were still open."""
        orders: dict[int, dict[str, Any]] = {}
        trades: dict[int, list[Trade]] = defaultdict(list)
        for record in self._earlier:
            kind = record.pop("type")
            if kind == "account":
                balances = {Kind(name): wallet for name, wallet in record["balances"].items()}
                venue.accounts[record["key"]] = venue.make_account(record["key"], balances)
            elif kind == "order":
                orders[record["order_id"]] = record
            elif kind == "trade":
                trade = Trade.from_record(record)
                trades[trade.order_id].append(trade)
                venue.restore_trade(trade)
            elif kind == "funding":
                venue.restore_funding(FundingPayment(**record))
            elif kind == "leverage":
                venue.accounts[record["account"]].position(record["symbol"]).leverage = record["leverage"]
        for record in orders.values():
            _restore_order(venue, Order.from_record(record), trades[record["order_id"]])
        venue.expire_open_orders(now_ms)
        self._earlier = []


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the events of a journal; a last line cut short by a kill is dropped."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    if lines[-1]:
        path.write_bytes(b"\n".join([*lines[:-1], b""]))
    events = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines[:-1]]
    if not events or events[0] == FORMAT:
        return events
    path.rename(path.with_suffix(".earlier-format.jsonl"))
    return []


def _restore_order(venue: Venue, order: Order, trades: list[Trade]) -> None:
    """Bring back an order without its lock; its fills, not its last line, say how much of it traded."""
    order.locked = 0
    order.executed = sum(trade.quantity for trade in trades)
    order.executed_units = sum(trade.quantity * trade.price for trade in trades)
    venue.restore(venue.accounts[order.account], order)
