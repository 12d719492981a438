"""A venue goes away in the middle of an order and comes back: the others go on, and what it held is resolved."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen

from tests.live import LiveDesk
from tests.waiting import wait_until

DOWN = "okx"
LIVE = ("intent", "open", "unknown")


def control(live_desk: LiveDesk, method: str, body: dict[str, Any] | None = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{live_desk.desk.paper_url}/control/faults", data=data, method=method), timeout=30) as answer:
        answer.read()


def children(live_desk: LiveDesk, order_id: int, fits: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [child for child in live_desk.parts(order_id, "children") if fits(child)]


def test_the_order_completes_on_the_other_venues_and_what_the_lost_one_held_is_resolved_when_it_returns(live_desk: LiveDesk) -> None:
    order_id = int(live_desk.submit(quantity="0.6", duration_minutes="0.7")["id"])
    wait_until(lambda: children(live_desk, order_id, lambda child: child["venue"] == DOWN and child["state"] == "open"))
    control(live_desk, "POST", {"venue": DOWN, "fault": "down", "seconds": 600})
    try:
        stuck = {child["client_order_id"] for child in children(live_desk, order_id, lambda c: c["venue"] == DOWN and c["state"] in LIVE)}
        quantity = Decimal("0.6")

        def is_done_elsewhere() -> bool:
            """Everything is filled but for what the lost venue may still hold."""
            held = children(live_desk, order_id, lambda c: c["venue"] == DOWN and c["state"] in LIVE)
            missing = sum((Decimal(child["quantity"]) - Decimal(child["filled_quantity"]) for child in held), Decimal(0))
            return Decimal(live_desk.order(order_id)["filled_quantity"]) + missing >= quantity * Decimal("0.98")

        wait_until(is_done_elsewhere)
        others = children(live_desk, order_id, lambda child: child["venue"] != DOWN and Decimal(child["filled_quantity"]) > 0)
        assert others
    finally:
        control(live_desk, "DELETE")

    ended = live_desk.wait_for_end(order_id)
    assert Decimal(ended["filled_quantity"]) <= quantity
    resolved = children(live_desk, order_id, lambda child: child["client_order_id"] in stuck)
    assert len(resolved) == len(stuck)
    assert all(child["state"] in ("filled", "cancelled", "rejected") for child in resolved)
    assert not [record for record in live_desk.venue_records(order_id) if record["status"] in ("new", "partially filled")]
    live_desk.assert_whole(order_id)
