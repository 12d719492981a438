"""The execution report over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from analytics.reports import json as report_json
from analytics.services import reports
from dipmaster.accounts.models import Desk
from execution.models import ParentOrder
from risk.models import RiskLimit
from tests.integration.api.conftest import Submit, client_of, make_user
from tests.integration.api.parts import add_parts

CONTRACT = {"orders", "fills", "costs", "violations", "pnl", "latency_ms", "execution_quality"}


def address(order_id: int) -> str:
    return f"/api/v1/orders/{order_id}/report/"


def code(response: Any) -> str:
    (error,) = response.json()["errors"]
    return str(error["code"])


@pytest.fixture
def ended(submit: Submit) -> int:
    """Submit an order of 0.1 and end it half filled."""
    order_id = int(submit(quantity="0.1").json()["id"])
    add_parts(order_id)
    now = timezone.now()
    ParentOrder.objects.filter(pk=order_id).update(
        state="expired", filled_quantity="0.05", filled_notional="2499.975", fees_quote="0.5", arrival_mid=50_000, end_mid=50_010,
        started_at=now - timedelta(minutes=1), completed_at=now,
    )  # fmt: skip
    return order_id


def test_a_finished_orders_report_is_the_standard_one(api: APIClient, ended: int) -> None:
    report = reports.build(order_id=ended, now=timezone.now())
    response = api.get(address(ended))
    assert response.status_code == 200
    assert set(response.json()) >= CONTRACT
    assert response.json() == report_json.render(report)
    assert response.json()["execution_quality"]["fill_rate"] == 0.5


def test_before_the_end_the_report_is_not_ready(api: APIClient, submit: Submit) -> None:
    response = api.get(address(submit().json()["id"]))
    assert (response.status_code, code(response)) == (404, "REPORT_NOT_READY")


def test_a_refused_order_has_no_report(api: APIClient, submit: Submit) -> None:
    RiskLimit.objects.create(max_order_quantity="0.1")
    response = api.get(address(submit().json()["order"]["id"]))
    assert (response.status_code, code(response)) == (404, "NO_REPORT")


def test_another_desks_report_is_not_found(ended: int) -> None:
    reports.build(order_id=ended, now=timezone.now())
    response = client_of(make_user("other", Desk.objects.create(name="Arbitrage"))).get(address(ended))
    assert (response.status_code, code(response)) == (404, "NOT_FOUND")


def test_nobody_reads_a_report_without_signing_in(ended: int) -> None:
    assert APIClient().get(address(ended)).status_code == 401
