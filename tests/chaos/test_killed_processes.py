"""Kill -9 in the middle of an order: it goes on, nothing is sent twice and no fill is lost."""

from decimal import Decimal

import pytest

from dipmaster.embedded.programs import DISPATCHER, FEED, worker_names
from tests.live import LiveDesk
from tests.waiting import wait_until


def an_order_in_the_middle(live_desk: LiveDesk) -> int:
    """Submit an order and return it once it has fills and something resting; it has time left for processes to start in again."""
    order_id = int(live_desk.submit(quantity="0.3", duration_minutes="0.8")["id"])

    def is_working() -> bool:
        states = {child["state"] for child in live_desk.parts(order_id, "children")}
        return "open" in states and Decimal(live_desk.order(order_id)["filled_quantity"]) > 0

    wait_until(is_working)
    return order_id


def is_back(live_desk: LiveDesk, name: str, old: int | None) -> bool:
    return live_desk.desk.pid(name) not in (None, old)


@pytest.mark.parametrize("names", [worker_names(), (FEED, DISPATCHER), (*worker_names(), FEED, DISPATCHER)], ids="+".join)
def test_an_order_survives_kill_9(live_desk: LiveDesk, names: tuple[str, ...]) -> None:
    order_id = an_order_in_the_middle(live_desk)
    before = {name: live_desk.desk.pid(name) for name in names}

    for name in names:
        live_desk.desk.kill(name)

    ended = live_desk.wait_for_end(order_id)
    assert all(is_back(live_desk, name, pid) for name, pid in before.items())
    assert ended["state"] in ("filled", "expired")
    assert Decimal(ended["filled_quantity"]) >= Decimal("0.95") * Decimal(ended["quantity"])
    live_desk.assert_whole(order_id)


def test_fills_that_happen_while_the_feed_is_down_are_recorded_when_it_is_back(live_desk: LiveDesk) -> None:
    order_id = an_order_in_the_middle(live_desk)
    live_desk.desk.kill(FEED, stay_down=True)
    wait_until(lambda: sum(Decimal(r["executed"]) for r in live_desk.venue_records(order_id)) > 0)

    live_desk.desk.restart(FEED)

    live_desk.wait_for_end(order_id)
    live_desk.assert_whole(order_id)


def test_a_cancel_works_while_the_feed_is_down(live_desk: LiveDesk) -> None:
    order_id = an_order_in_the_middle(live_desk)
    live_desk.desk.kill(FEED, stay_down=True)
    try:
        status, _ = live_desk.call("POST", f"/orders/{order_id}/cancel/")
        ended = live_desk.wait_for_end(order_id)
    finally:
        live_desk.desk.restart(FEED)

    assert status == 200
    assert ended["state"] in ("cancelled", "filled")
    assert not [record for record in live_desk.venue_records(order_id) if record["status"] in ("new", "partially filled")]
    live_desk.assert_whole(order_id)
