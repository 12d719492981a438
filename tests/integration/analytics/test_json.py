"""The standard report JSON: keys and nesting are a contract."""

import json
from collections.abc import Callable
from typing import Any

from analytics.models import Report
from analytics.reports import json as report_json
from dipmaster.accounts.models import User
from execution.models import ParentOrder
from tests.integration.analytics.finished import finished_order

Build = Callable[[ParentOrder], Report]

SAMPLE: dict[str, Any] = json.loads("""
{"orders": [{"venue": "binance", "symbol": "BTCUSDT-PERP", "side": "buy", "qty": 1000, "tif": "IOC", "order_type": "limit",
             "limit_price": 62430.0, "slice_id": "001", "parent_id": "P001"}],
 "fills": [{"order_id": "ORD123456", "price": 62431.5, "qty": 500, "slippage_bps": 3.2, "venue": "binance",
            "timestamp": "2025-08-16T10:15:02.123Z"}],
 "costs": {"fees_usd": 23.4, "impact_bps": 5.1, "spread_cost_usd": 12.3, "total_cost_usd": 35.7},
 "violations": [], "pnl": {"realized": -2.3, "unrealized": 5.1}, "latency_ms": 85,
 "execution_quality": {"arrival_slippage_bps": 4.2, "vwap_slippage_bps": -1.3, "fill_rate": 0.95, "passive_ratio": 0.60}}
""")
MODELLED = {"costs.impact_bps"}  # null until there is an impact model


def assert_has_shape(found: Any, sample: Any, path: str = "") -> None:
    if isinstance(sample, dict):
        for key, value in sample.items():
            assert key in found, f"{path}.{key} is missing"
            assert_has_shape(found[key], value, f"{path}.{key}".lstrip("."))
    elif isinstance(sample, list):
        assert isinstance(found, list)
        for each in found if sample else []:
            assert_has_shape(each, sample[0], path)
    elif path not in MODELLED:
        wanted = str if isinstance(sample, str) else (int, float)
        assert isinstance(found, wanted), f"{path} is {found!r}"


def test_keys_nesting_and_types_are_those_of_the_sample(order: ParentOrder, build: Build) -> None:
    found = json.loads(json.dumps(report_json.render(build(order)), allow_nan=False))
    assert_has_shape(found, SAMPLE)
    assert len(found["orders"]) == len(found["fills"]) == 4


def test_what_has_no_model_is_null_and_named(order: ParentOrder, build: Build) -> None:
    found = report_json.render(build(order))
    assert found["costs"]["impact_bps"] is None
    assert "costs.impact_bps" in {each["figure"] for each in found["missing"]}


def test_ids_are_written_as_the_contract_does(order: ParentOrder, build: Build) -> None:
    found = report_json.render(build(order))
    assert found["orders"][0]["slice_id"] == "001"
    assert found["orders"][0]["parent_id"] == order.reference
    assert found["orders"][0]["tif"] == "POST_ONLY"
    assert found["fills"][0]["order_id"] == "901"
    assert found["fills"][0]["timestamp"] == "2025-08-19T13:05:12.000Z"


def test_costs_add_up_to_the_cent(order: ParentOrder, build: Build) -> None:
    costs = report_json.render(build(order))["costs"]
    parts = [costs[name] for name in ("delay_usd", "spread_cost_usd", "drift_usd", "fees_usd", "opportunity_usd")]
    assert round(sum(parts), 2) == costs["total_cost_usd"] == 33.59


def test_quality_is_measured_from_fills_and_acknowledgements(order: ParentOrder, build: Build) -> None:
    found = report_json.render(build(order))
    assert found["latency_ms"] == 65.0
    assert found["execution_quality"]["fill_rate"] == 0.96
    assert found["execution_quality"]["passive_ratio"] == 0.625


def test_a_sell_keeps_the_sign_convention(seeded: None, trader: User, build: Build) -> None:
    found = report_json.render(build(finished_order(trader, side="sell")))
    assert found["execution_quality"]["arrival_slippage_bps"] < 0
    assert found["costs"]["delay_usd"] == -2.5


def test_every_null_has_a_reason(seeded: None, trader: User, build: Build) -> None:
    order = finished_order(trader, trades=(), state="cancelled", arrival_mid=None, started_at=None)
    found = report_json.render(build(order))
    named = {each["figure"] for each in found["missing"]}
    assert found["latency_ms"] is None
    assert "latency_ms" in named
    for name in ("arrival_slippage_bps", "vwap_slippage_bps", "passive_ratio"):
        assert found["execution_quality"][name] is None
        assert f"execution_quality.{name}" in named
