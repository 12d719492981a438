"""What must hold of a finished order, checked against the venues' own records."""

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.request import urlopen

from django.db.models import F, Sum

from execution.models import ChildOrder, Fill, OrderEvent, ParentOrder, Slice, Venue
from execution.services.change import event_hash
from risk.models import Exposure


def venue_records(order: ParentOrder, paper_url: str) -> list[dict[str, Any]]:
    """Return the paper venues' own record of the order's children."""
    ours = set(order.children.values_list("client_order_id", flat=True))
    found = []
    for venue in Venue.objects.values_list("name", flat=True):
        with urlopen(f"{paper_url}/control/orders?venue={venue}") as answer:  # noqa: S310  (our own paper exchange)
            accounts = json.load(answer)
        found += [record for account in accounts.values() for record in account["orders"] if record["client_id"] in ours]
    return found


def invariants(order: ParentOrder, paper_url: str) -> list[str]:
    """Return what does not hold; nothing when all is well."""
    return [*_quantities(order, paper_url), *_no_doubles(order, paper_url), *_nothing_left(order), *_log(order)]


def _quantities(order: ParentOrder, paper_url: str) -> list[str]:
    kept = Slice.objects.filter(parent=order).aggregate(total=Sum(F("quantity") - F("returned_quantity")))["total"]
    found = {
        "slices": kept,
        "slices' fills": Slice.objects.filter(parent=order).aggregate(total=Sum("filled_quantity"))["total"],
        "child orders": ChildOrder.objects.filter(parent=order).aggregate(total=Sum("filled_quantity"))["total"],
        "fills": Fill.objects.filter(parent=order).aggregate(total=Sum("quantity"))["total"],
        "venues' records": sum((Decimal(record["executed"]) for record in venue_records(order, paper_url)), Decimal(0)),
    }
    return [
        f"the {name} say {quantity}, the order {order.filled_quantity}"
        for name, quantity in found.items()
        if (quantity or Decimal(0)) != order.filled_quantity
    ]


def _no_doubles(order: ParentOrder, paper_url: str) -> list[str]:
    counts = Counter(record["client_id"] for record in venue_records(order, paper_url))
    broken = [f"{name} was placed {count} times" for name, count in counts.items() if count > 1]
    if order.filled_quantity > order.quantity:
        broken.append(f"{order.filled_quantity} filled of {order.quantity}")
    return broken


def _nothing_left(order: ParentOrder) -> list[str]:
    exposure = Exposure.objects.get(desk=order.desk, symbol=order.instrument.symbol)
    reserved = exposure.reserved_buy + exposure.reserved_sell
    open_elsewhere = ParentOrder.objects.filter(desk=order.desk, completed_at__isnull=True).exists()
    return [f"{reserved} is still reserved"] if reserved and not open_elsewhere else []


def _log(order: ParentOrder) -> list[str]:
    events = list(OrderEvent.objects.filter(parent=order).order_by("sequence"))
    chained = all(after.previous_hash == before.hash for before, after in pairwise(events))
    genuine = all(event.hash == event_hash(event) for event in events)
    return [] if chained and genuine else ["the event log's chain is broken"]
