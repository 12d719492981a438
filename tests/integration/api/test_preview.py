"""The preview of an order over the API: what it would cost and meet, and nothing that is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk
from execution.domain.algorithms import registry, twap
from execution.domain.algorithms.base import Plan
from execution.domain.algorithms.registry import algorithm_names, register_algorithm
from execution.models import ExecutionMode, ParentOrder
from execution.services import previews_costs
from tests.integration.api.conftest import ORDER, client_of, make_user, write_books
from tests.integration.known_market import trade_for_hours

Preview = Callable[..., Response]


@pytest.fixture
def preview(api: APIClient) -> Preview:
    """Asks for the preview of ORDER with changes; a change to None leaves the field out."""

    def send(**changes: Any) -> Response:
        write_books()
        body = {name: value for name, value in (ORDER | changes).items() if value is not None}
        return api.post("/api/v1/orders/preview/", body, format="json")

    return send


def chosen(answer: Response) -> dict[str, Any]:
    return next(one for one in answer.data["estimates"] if one["is_chosen"])


def test_every_algorithm_is_estimated_and_one_is_chosen(preview: Preview) -> None:
    trade_for_hours("BTCUSDT")
    answer = preview()
    assert answer.status_code == 200, answer.data
    assert [one["algorithm"] for one in answer.data["estimates"]] == list(algorithm_names())
    assert chosen(answer)["algorithm"] == answer.data["algorithm"] == "twap"
    for one in answer.data["estimates"]:
        parts = [one["fee_bps"], one["spread_bps"], one["impact_bps"], one["timing_bps"]]
        assert one["total_bps"] == pytest.approx(sum(parts))
        assert one["deviation_bps"] > 0
        assert 0 < one["participation"] <= one["peak_participation"] * 1.01 <= 1.01
        assert one["unknown"] == []


def test_the_frontier_risks_less_and_costs_more_with_urgency(preview: Preview) -> None:
    trade_for_hours("BTCUSDT")
    answer = preview(algorithm="shortfall", quantity="20")
    points = answer.data["frontier"]
    assert answer.data["frontier_of"] == "shortfall"
    assert [point["deviation_bps"] for point in points] == sorted((point["deviation_bps"] for point in points), reverse=True)
    assert points[-1]["cost_bps"] > points[0]["cost_bps"]


def test_the_schedule_sums_to_the_order_and_tells_each_slices_share(preview: Preview) -> None:
    trade_for_hours("BTCUSDT")
    schedule = preview().data["schedule"]
    assert sum(float(part["quantity"]) for part in schedule) == pytest.approx(0.5)
    for part in schedule:
        own, others = float(part["quantity"]), part["market_quantity"]
        assert part["participation"] == pytest.approx(own / (own + others))


def test_without_history_what_is_not_known_is_null_and_told(preview: Preview) -> None:
    answer = preview()
    assert answer.status_code == 200
    assert chosen(answer)["fee_bps"] is not None
    assert chosen(answer)["deviation_bps"] is None
    assert chosen(answer)["unknown"]
    assert {warning["code"] for warning in answer.data["warnings"]} >= {"UNKNOWN_VOLATILITY"}


def test_too_much_of_the_volume_is_told_with_a_remedy_that_helps(preview: Preview) -> None:
    trade_for_hours("BTCUSDT")
    (warning,) = preview(quantity="60").data["warnings"]
    assert warning["code"] == "LARGE_SHARE"
    assert warning["remedy"]["field"] == "duration_minutes"
    longer = preview(quantity="60", duration_minutes=warning["remedy"]["value"])
    assert longer.data["warnings"] == []


def test_parameters_that_were_given_shape_the_plan(preview: Preview) -> None:
    answer = preview(algorithm="twap", parameters={"slice_count": 3, "randomise": "0"})
    assert [part["quantity"] for part in answer.data["schedule"]] == ["0.16666", "0.16667", "0.16667"]
    assert chosen(answer)["parameters"]["slice_count"] == 3


def test_the_mode_is_looked_up_once(preview: Preview) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert preview().status_code == 200
    assert sum(ExecutionMode._meta.db_table in query["sql"] for query in captured) == 1


def test_nothing_is_stored_or_reserved(preview: Preview, desk: Desk) -> None:
    preview()
    assert not ParentOrder.objects.exists()
    assert not desk.exposures.exists()


def test_what_risk_would_refuse_is_told(preview: Preview, desk: Desk) -> None:
    desk.is_trading_enabled = False
    desk.save()
    answer = preview()
    assert answer.data["can_send"] is False
    assert [check["code"] for check in answer.data["checks"] if not check["is_passed"]] == ["TRADING_DISABLED"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "1e30"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": "0.123456"}, "quantity"),
        ({"symbol": "'; DROP TABLE execution_parentorder; --"}, "symbol"),
        ({"symbol": "DOGEUSDT"}, "symbol"),
        ({"duration_minutes": "0"}, "duration_minutes"),
        ({"duration_minutes": "1e9"}, "duration_minutes"),
        ({"limit_price": "50000.001"}, "limit_price"),
        ({"max_slippage_bps": "0.0004"}, "max_slippage_bps"),
        ({"would_price": "-1"}, "would_price"),
        ({"remainder": "burn"}, "remainder"),
        ({"mode": "reckless"}, "mode"),
        ({"algorithm": "no\x00such"}, "algorithm"),
        ({"algorithm": "magic"}, "algorithm"),
        ({"parameters": {"urgency": "0.5"}}, "parameters.urgency"),
        ({"algorithm": "shortfall", "parameters": {"urgency": "1.5"}}, "parameters.urgency"),
        ({"algorithm": "shortfall", "parameters": {"urgency": "NaN"}}, "parameters.urgency"),
        ({"algorithm": "shortfall", "parameters": {"profile": "<script>"}}, "parameters.profile"),
        ({"parameters": {"slice_count": "1e999"}}, "parameters.slice_count"),
        ({"venues": ["nowhere"]}, "venues"),
        ({"start_at": "2020-01-01T00:00:00Z"}, "start_at"),
        ({"limit_prize": "1"}, "limit_prize"),
    ],
)
def test_a_bad_value_is_refused_at_its_field(preview: Preview, changes: dict[str, Any], field: str) -> None:
    answer = preview(**changes)
    assert answer.status_code == 400, answer.data
    assert field in {error["field"] for error in answer.data["errors"]}


def test_without_a_fresh_price_there_is_no_preview(api: APIClient) -> None:
    answer = api.post("/api/v1/orders/preview/", ORDER, format="json")
    assert answer.status_code == 503
    assert answer.data["errors"][0]["code"] == "NO_MARKET"


def test_who_belongs_to_no_desk_gets_none(desk: Desk) -> None:
    answer = client_of(make_user("visitor", None)).post("/api/v1/orders/preview/", ORDER, format="json")
    assert answer.status_code == 403
    assert answer.data["errors"][0]["code"] == "NO_DESK"


def test_an_algorithm_that_fails_is_told_in_its_row_and_the_others_are_estimated(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ALGORITHMS", dict(registry._ALGORITHMS))

    def nothing_but_trouble(*_order: Any) -> Plan:
        raise ZeroDivisionError("by design")

    register_algorithm("trouble", nothing_but_trouble, title="Trouble", is_custom=False)
    answer = preview()
    assert answer.status_code == 200
    trouble = next(one for one in answer.data["estimates"] if one["algorithm"] == "trouble")
    assert "by design" in trouble["problem"]
    assert trouble["total_bps"] is None
    assert chosen(answer)["fee_bps"] is not None


def test_a_custom_algorithm_that_fails_is_left_alone_for_a_while(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ALGORITHMS", dict(registry._ALGORITHMS))
    monkeypatch.setattr(previews_costs, "_rests_until", {})
    register_algorithm("elsewhere", twap.plan, title="Elsewhere")  # its process imports no module that knows it
    told = [next(one for one in preview().data["estimates"] if one["algorithm"] == "elsewhere")["problem"] for _ in range(2)]
    assert told[0]
    assert told[1] == "Elsewhere failed a moment ago."
