"""Amending and accelerating orders through the API; races and venues: tests/integration/engine/test_amending.py."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk
from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.models import ChildOrder, OrderEvent, ParentOrder, Slice, Venue
from execution.services.change import event_hash
from risk.models import Exposure, RiskLimit, Violation
from tests.integration.api.conftest import Submit, client_of, make_user, write_books

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]
D = Decimal


def errors(response: Any) -> list[tuple[str | None, str]]:
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def order(submit: Submit) -> ParentOrder:
    return ParentOrder.objects.get(pk=submit(limit_price="50000").json()["id"])


def amend(api: APIClient, order: ParentOrder, etag: str = "", **changes: Any) -> Response:
    write_books()
    headers = {"HTTP_IF_MATCH": etag} if etag else {}
    return api.patch(f"/api/v1/orders/{order.pk}/", changes, format="json", **headers)  # type: ignore[no-any-return]


def reserved() -> Decimal:
    return Exposure.objects.get(symbol="BTCUSDT").reserved_buy


def work(order: ParentOrder, *, live: str = "0", filled: str = "0") -> Slice:
    """Have the order at work: one slice with a child that rests `live`, and so much filled."""
    now = datetime.now(UTC)
    order.state, order.filled_quantity, order.started_at, order.arrival_mid = OrderState.WORKING, D(filled), now, D(50_000)
    order.save()
    if D(filled):
        Exposure.objects.update(reserved_buy=D("0.5") - D(filled), position=D(filled))
    part = Slice.objects.create(
        parent=order, number=1, quantity=D("0.2"), start_at=now, end_at=order.end_at, state=SliceState.WORKING,
        next_action_at=now + timedelta(minutes=5),
    )  # fmt: skip
    if D(live):
        ChildOrder.objects.create(
            slice=part, parent=order, venue=Venue.objects.get(name="okx"), number=1, client_order_id="c1", order_type="limit",
            time_in_force="PO", price=49_000, quantity=D(live), state=ChildState.OPEN, reason="post", mid_at_decision=50_000,
            decided_at=now,
        )  # fmt: skip
    return part


def test_terms_are_changed_and_the_log_has_before_and_after(api: APIClient, order: ParentOrder) -> None:
    end = order.end_at + timedelta(minutes=5)
    answer = amend(
        api, order, quantity="0.6", end_at=end.isoformat(), limit_price=None, max_slippage_bps="12", parameters={"patience": 0.5}
    )
    assert answer.status_code == 200, answer.json()
    order.refresh_from_db()
    assert (order.quantity, order.end_at, order.limit_price, order.max_slippage_bps) == (D("0.6"), end, None, D(12))
    assert (order.parameters["patience"], order.parameters["randomise"]) == (0.5, 0.1)
    event = OrderEvent.objects.filter(parent=order).latest("sequence")
    assert event.kind == "amended"
    assert (event.payload["before"]["quantity"], event.payload["after"]["quantity"]) == ("0.5", "0.6")
    assert event.payload["after"]["limit_price"] is None
    assert "quantity 0.5 → 0.6" in event.text
    assert event.hash == event_hash(event)
    assert reserved() == D("0.6")


def test_what_changes_nothing_is_not_logged(api: APIClient, order: ParentOrder) -> None:
    before = order.version
    assert amend(api, order, quantity="0.50", limit_price="50000.0").status_code == 200
    order.refresh_from_db()
    assert order.version == before


def test_zeros_after_a_caps_last_digit_are_no_digits_too_many(api: APIClient, order: ParentOrder) -> None:
    assert amend(api, order, max_slippage_bps="0.001000").status_code == 200
    order.refresh_from_db()
    assert order.max_slippage_bps == D("0.001")


def test_a_duration_counts_from_the_start(api: APIClient, order: ParentOrder) -> None:
    amend(api, order, duration_minutes="30")
    order.refresh_from_db()
    assert order.end_at == order.start_at + timedelta(minutes=30)


def test_less_quantity_gives_the_reservation_back(api: APIClient, order: ParentOrder) -> None:
    work(order, live="0.1", filled="0.1")
    assert amend(api, order, quantity="0.3").status_code == 200
    assert reserved() == D("0.2")


def test_the_quantity_is_never_below_what_is_filled_and_live(api: APIClient, order: ParentOrder) -> None:
    work(order, live="0.1", filled="0.1")
    answer = amend(api, order, quantity="0.19999")
    assert errors(answer) == [("quantity", "BELOW_DONE")]
    assert "At least 0.2 BTC: 0.1 filled and 0.1 live" in answer.json()["errors"][0]["message"]
    order.refresh_from_db()
    assert (order.quantity, reserved()) == (D("0.5"), D("0.4"))


def test_a_lower_quantity_closes_the_slices_that_could_fill_more(api: APIClient, order: ParentOrder) -> None:
    part = work(order, live="0.1", filled="0.1")
    amend(api, order, quantity="0.2")
    part.refresh_from_db()
    assert (part.state, part.next_action_at < datetime.now(UTC)) == (SliceState.CLOSING, True)


def test_more_quantity_passes_the_gate_as_a_whole(api: APIClient, order: ParentOrder) -> None:
    RiskLimit.objects.create(max_order_quantity=D("0.8"))
    answer = amend(api, order, quantity="0.9")
    assert (answer.status_code, errors(answer)) == (422, [(None, "ORDER_QUANTITY")])
    order.refresh_from_db()
    assert (order.quantity, reserved()) == (D("0.5"), D("0.5"))
    assert Violation.objects.get().order_reference == order.reference
    assert amend(api, order, quantity="0.8").status_code == 200


def test_more_quantity_never_carries_the_position_past_its_limit(api: APIClient, order: ParentOrder) -> None:
    RiskLimit.objects.create(max_position_notional=D(30_000))
    assert errors(amend(api, order, quantity="0.7")) == [(None, "POSITION_SYMBOL")]
    assert amend(api, order, quantity="0.6").status_code == 200
    assert reserved() == D("0.6")


def test_a_limit_beyond_the_collar_is_refused(api: APIClient, order: ParentOrder) -> None:
    RiskLimit.objects.create(price_collar_bps=D(100))
    assert errors(amend(api, order, limit_price="51000")) == [(None, "PRICE_COLLAR")]
    order.refresh_from_db()
    assert order.limit_price == 50_000


def test_a_nearer_end_makes_room_for_a_new_plan(api: APIClient, order: ParentOrder) -> None:
    """A slice that would last into the second half of the time left is closed: nothing is planned beside it."""
    lasting, now = work(order, live="0.1"), datetime.now(UTC)
    brief = Slice.objects.create(
        parent=order, number=2, quantity=D("0.1"), start_at=now, end_at=now + timedelta(seconds=25), state=SliceState.WORKING,
        next_action_at=now + timedelta(minutes=5),
    )  # fmt: skip
    Slice.objects.create(parent=order, number=3, quantity=D("0.1"), start_at=order.start_at, end_at=order.end_at)
    end = now + timedelta(seconds=80)
    amend(api, order, end_at=end.isoformat())
    for part, state in ((lasting, SliceState.CLOSING), (brief, SliceState.WORKING)):
        expected_end = part.end_at
        part.refresh_from_db()
        assert part.state == state
        assert part.next_action_at <= datetime.now(UTC)
        assert part.end_at <= datetime.now(UTC) if state == SliceState.CLOSING else part.end_at == expected_end
    assert not Slice.objects.filter(parent=order, state=SliceState.PENDING).exists()
    order.refresh_from_db()
    assert order.next_review_at <= datetime.now(UTC)


def test_a_paused_order_is_amended_and_stays_paused(api: APIClient, order: ParentOrder) -> None:
    api.post(f"/api/v1/orders/{order.pk}/pause/")
    answer = amend(api, order, quantity="0.4").json()
    assert (answer["state"], answer["quantity"]) == ("paused", "0.4")


@pytest.mark.parametrize("state", ["cancelling", "cancelled", "filled", "expired", "rejected"])
@pytest.mark.parametrize("address", ["", "accelerate/"])
def test_an_order_that_ends_or_has_ended_stays_as_it_is(api: APIClient, order: ParentOrder, state: str, address: str) -> None:
    ParentOrder.objects.filter(pk=order.pk).update(state=state)
    method = api.post if address else api.patch
    answer = method(f"/api/v1/orders/{order.pk}/{address}", {} if address else {"quantity": "0.4"}, format="json")
    assert (answer.status_code, errors(answer)) == (409, [(None, "NOT_MOVABLE")])


def test_an_order_that_changed_meanwhile_is_a_conflict(api: APIClient, order: ParentOrder) -> None:
    etag = api.get(f"/api/v1/orders/{order.pk}/")["ETag"]
    assert amend(api, order, etag, quantity="0.4").status_code == 200
    assert errors(amend(api, order, etag, quantity="0.45")) == [(None, "CHANGED_MEANWHILE")]
    order.refresh_from_db()
    assert order.quantity == D("0.4")


@pytest.mark.parametrize("etag", ['"x"', "17x", '"1-²"', "9" * 40])
def test_an_if_match_that_names_no_version_is_told(api: APIClient, order: ParentOrder, etag: str) -> None:
    assert amend(api, order, etag.encode().decode("latin-1"), quantity="0.4").status_code == 412


FAR, PAST = "2126-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
BAD: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, None, "NOTHING_TO_AMEND"),
    ({"side": "sell"}, "side", "UNKNOWN_FIELD"),
    ({"quantity": None}, "quantity", "NULL"),
    ({"quantity": "0"}, "quantity", "NOT_POSITIVE"),
    ({"quantity": "-1"}, "quantity", "NOT_POSITIVE"),
    ({"quantity": "NaN"}, "quantity", "INVALID"),
    ({"quantity": "1e17"}, "quantity", "TOO_LARGE"),
    ({"quantity": "0.500001"}, "quantity", "OFF_THE_LOT"),
    ({"quantity": True}, "quantity", "INVALID"),
    ({"end_at": PAST}, "end_at", "END_IN_PAST"),
    ({"end_at": FAR}, "end_at", "TOO_LONG"),
    ({"end_at": None}, "end_at", "NULL"),
    ({"end_at": "2030-01-01T00:00:00"}, "end_at", "NO_TIME_ZONE"),
    ({"duration_minutes": "0"}, "duration_minutes", "NOT_POSITIVE"),
    ({"duration_minutes": "100000"}, "duration_minutes", "TOO_LONG"),
    ({"duration_minutes": "0.01"}, "end_at", "END_IN_PAST"),
    ({"duration_minutes": "5", "end_at": FAR}, "duration_minutes", "END_TWICE"),
    ({"limit_price": "50000.001"}, "limit_price", "OFF_THE_TICK"),
    ({"limit_price": "0"}, "limit_price", "NOT_POSITIVE"),
    ({"would_price": "50001"}, "would_price", "BEYOND_LIMIT"),
    ({"max_slippage_bps": "10000"}, "max_slippage_bps", "TOO_LARGE"),
    ({"max_slippage_bps": "0.0004"}, "max_slippage_bps", "TOO_PRECISE"),
    ({"remainder": "keep"}, "remainder", "INVALID_CHOICE"),
    ({"parameters": {"patience": 2}}, "parameters.patience", "INVALID_PARAMETER"),
    ({"parameters": {"speed": 2}}, "parameters.speed", "INVALID_PARAMETER"),
    ({"parameters": [1]}, "parameters", "NOT_AN_OBJECT"),
]


@pytest.mark.parametrize(("changes", "field", "code"), BAD, ids=[f"{str(case[0])[:60]} {case[2]}" for case in BAD])
def test_bad_input_is_told_at_its_field_and_changes_nothing(
    api: APIClient, order: ParentOrder, changes: dict[str, Any], field: str | None, code: str
) -> None:
    answer = amend(api, order, **changes)
    assert answer.status_code == 400
    assert (field, code) in errors(answer)
    version = order.version
    order.refresh_from_db()
    assert (order.version, order.quantity, reserved()) == (version, D("0.5"), D("0.5"))


def test_another_desks_order_is_not_found(order: ParentOrder) -> None:
    other = client_of(make_user("other", Desk.objects.create(name="Rates")))
    assert amend(other, order, quantity="0.4").status_code == 404
    assert other.post(f"/api/v1/orders/{order.pk}/accelerate/").status_code == 404


def test_an_accelerated_order_has_half_the_time_and_twice_the_share(api: APIClient, order: ParentOrder) -> None:
    left = order.end_at - datetime.now(UTC)
    write_books()
    answer = api.post(f"/api/v1/orders/{order.pk}/accelerate/")
    assert answer.status_code == 200, answer.json()
    order.refresh_from_db()
    assert abs((order.end_at - datetime.now(UTC)) - left / 2) < timedelta(seconds=20)
    assert order.parameters["participation_cap"] == pytest.approx(0.2)
    assert "Accelerated by trader" in OrderEvent.objects.filter(parent=order).latest("sequence").text


def test_an_order_that_is_as_fast_as_it_can_be_says_so(api: APIClient, order: ParentOrder) -> None:
    now = datetime.now(UTC)
    parameters = order.parameters | {"participation_cap": 0.9}
    ParentOrder.objects.filter(pk=order.pk).update(
        start_at=now - timedelta(minutes=1), end_at=now + timedelta(seconds=9), parameters=parameters
    )
    assert errors(api.post(f"/api/v1/orders/{order.pk}/accelerate/")) == [(None, "NOT_MOVABLE")]


@pytest.mark.parametrize("factor", ["1", "0.5", "-2", "11", "NaN", "many", True, [2]])
def test_a_factor_that_makes_no_sense_is_refused(api: APIClient, order: ParentOrder, factor: Any) -> None:
    answer = api.post(f"/api/v1/orders/{order.pk}/accelerate/", {"factor": factor}, format="json")
    assert (answer.status_code, errors(answer)[0][0]) == (400, "factor")
