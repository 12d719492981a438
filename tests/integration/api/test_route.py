"""The best route over the API: where a quantity would go now, for what, and who gets nothing and why."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk
from dipmaster.domain.books import Book, Level
from execution.domain.health import Health, HealthState
from execution.market import books, health
from execution.models import ChildOrder, Instrument, ParentOrder, Venue
from tests.integration.api.conftest import client_of, make_user

D = Decimal
ASKS = {"binance": ("50001", "1"), "okx": ("50002", "1"), "bybit": ("50003", "1"), "coinbase": ("50050", "1")}


@pytest.fixture(autouse=True)
def shown(api: APIClient) -> None:
    """Four books, one bitcoin each, ever dearer; all venues at the same fee."""
    Venue.objects.update(taker_fee_bps=10, maker_fee_bps=10, tier_in_force=None)
    for venue, (price, size) in ASKS.items():
        write(venue, price, size)


def write(venue: str, price: str, size: str, age: float = 0.0) -> None:
    bid, ask = Level(price=D(49_999), quantity=D(1)), Level(price=D(price), quantity=D(size))
    at = datetime.now(UTC) - timedelta(seconds=age)
    books.write(Book(venue=venue, symbol="BTCUSDT", bids=(bid,), asks=(ask,), received_at=at))


def ask(api: APIClient, **changes: Any) -> Response:
    asked = {"symbol": "BTCUSDT", "side": "buy", "quantity": "1.5"} | changes
    return api.get("/api/v1/route/", {name: value for name, value in asked.items() if value is not None})


def parts(answer: Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.data
    return {leg["venue"]: leg["quantity"] for leg in answer.data["legs"]}


def reasons(answer: Response) -> dict[str, str]:
    return {one["venue"]: one["reason"] for one in answer.data["rejected"]}


def test_the_cheapest_venues_get_the_quantity_and_the_others_a_reason(api: APIClient) -> None:
    answer = ask(api)
    assert parts(answer) == {"binance": "1", "okx": "0.5"}
    assert answer.data["quantity"] == "1.5"
    assert answer.data["unrouted_quantity"] == "0"
    assert D(answer.data["total_fee"]) == (50_001 + D(50_002) / 2) / 1000
    assert D(answer.data["all_in_price"]) == (50_001 + D(50_002) / 2) * D("1.001") / D("1.5")
    assert reasons(answer) == {venue: "it is no cheaper than what was taken" for venue in ("bybit", "coinbase")}
    assert 0 < answer.data["confidence"] < 1
    assert not ParentOrder.objects.exists()
    assert not ChildOrder.objects.exists()


def test_fewer_venues_route_less(api: APIClient) -> None:
    answer = ask(api, max_venues=1)
    assert parts(answer) == {"binance": "1"}
    assert answer.data["unrouted_quantity"] == "0.5"


def test_everything_or_nothing(api: APIClient) -> None:
    assert D(ask(api, quantity="7").data["quantity"]) == 4
    nothing = ask(api, quantity="7", require_full_fill="true")
    assert parts(nothing) == {}
    assert nothing.data["average_price"] is None
    assert set(reasons(nothing).values()) == {"the venues together do not fill the quantity"}


def test_balances_and_position_limits_bound_it(api: APIClient) -> None:
    now = datetime.now(UTC)
    for venue in ASKS:
        usdt = "10000" if venue == "binance" else "10000000"
        health.write_account(venue, health.Account(balances={"USDT": D(usdt), "BTC": D(3)}, positions=(), at=now))
    Venue.objects.filter(name="okx").update(max_position_notional=100_000)
    answer = ask(api, quantity="2")
    assert D("0.19") < D(parts(answer)["binance"]) <= D("0.2")
    assert "okx" not in parts(answer)
    assert reasons(answer)["okx"] == "its position limit leaves less than its smallest order"


def test_venues_that_do_not_serve_are_named(api: APIClient) -> None:
    now = datetime.now(UTC)
    down = Health(state=HealthState.DOWN, since=now, reason="no market data for more than 10 s")
    health.write_states({"binance": health.VenueHealth(health=down, figures=health.Figures(), at=now)})
    write("okx", "50002", "1", age=9)
    answer = ask(api)
    assert parts(answer).keys() == {"bybit", "coinbase"}
    assert reasons(answer) == {"binance": "it does not serve well enough to be traded with", "okx": "it has no fresh book"}


def test_with_no_book_at_all_nothing_is_routed(api: APIClient) -> None:
    for venue in ASKS:
        write(venue, "50001", "1", age=60)
    answer = ask(api)
    assert parts(answer) == {}
    assert answer.data["slippage_bps"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symbol": None}, "symbol"),
        ({"symbol": "BTC"}, "symbol"),
        ({"symbol": "\x00"}, "symbol"),
        ({"symbol": "XYZUSDT"}, "symbol"),
        ({"side": "hold"}, "side"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "1e999"}, "quantity"),
        ({"quantity": "1e-19"}, "quantity"),
        ({"max_venues": "0"}, "max_venues"),
        ({"max_venues": "two"}, "max_venues"),
        ({"require_full_fill": "perhaps"}, "require_full_fill"),
        ({"limit": "1"}, "limit"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(api: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = ask(api, **changes)
    assert answer.status_code == 400, answer.data
    assert [error["field"] for error in answer.data["errors"]] == [field]


def test_an_instrument_that_is_switched_off_is_not_routed(api: APIClient) -> None:
    Instrument.objects.filter(symbol="BTCUSDT").update(is_enabled=False)
    assert ask(api).data["errors"][0]["code"] == "UNKNOWN_SYMBOL"


def test_the_smallest_and_largest_amounts_do_not_break_it(api: APIClient) -> None:
    assert parts(ask(api, quantity="0.000000000000000001")) == {}
    assert D(ask(api, quantity="999999999999999999").data["quantity"]) == 4


def test_it_is_for_members_of_a_desk(desk: Desk) -> None:
    assert ask(client_of(make_user("guest", None))).status_code == 403
    assert ask(APIClient()).status_code == 401
