"""The order ticket: what is typed becomes an order, or an error beside its field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dipmaster.accounts.models import Desk, User
from execution.domain.algorithms import registry, twap
from execution.domain.algorithms.parameters import Kind, Parameter
from execution.domain.algorithms.registry import algorithm_names
from execution.models import ExecutionMode, ParentOrder
from tests.integration.known_market import trade_for_hours
from tests.integration.web.conftest import ticket, write_books

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
HOSTILE = [
    ({"quantity": "-1"}, "quantity"),
    ({"quantity": "0"}, "quantity"),
    ({"quantity": "NaN"}, "quantity"),
    ({"quantity": "Infinity"}, "quantity"),
    ({"quantity": "1e30"}, "quantity"),
    ({"quantity": "999999999999999.1234"}, "quantity"),
    ({"quantity": "1,5"}, "quantity"),
    ({"quantity": "0.123456"}, "quantity"),
    ({"quantity": "0.00001", "venues": ["binance"]}, "quantity"),
    ({"quantity": ""}, "quantity"),
    ({"quantity": "1", "sizing": "quote", "venues": ["binance"]}, "quantity"),
    ({"quantity": "<script>alert(1)</script>"}, "quantity"),
    ({"symbol": "DOGEUSDT"}, "symbol"),
    ({"symbol": "'; DROP TABLE execution_parentorder; --"}, "symbol"),
    ({"symbol": ""}, "symbol"),
    ({"limit_price": "50000.001"}, "limit_price"),
    ({"limit_price": "-5"}, "limit_price"),
    ({"max_slippage_bps": "10000"}, "max_slippage_bps"),
    ({"max_slippage_bps": "0.0004"}, "max_slippage_bps"),
    ({"max_slippage_bps": f"0.{'0' * 19}1"}, "max_slippage_bps"),
    ({"limit_price": f"0.{'0' * 19}1"}, "limit_price"),
    ({"would_price": f"50000.{'0' * 18}1"}, "would_price"),
    ({"quantity": f"0.{'0' * 19}1"}, "quantity"),
    ({"quantity": "1e27"}, "quantity"),
    ({"duration_minutes": "1e27"}, "duration_minutes"),
    ({"duration_minutes": "0"}, "duration_minutes"),
    ({"duration_minutes": "1441"}, "duration_minutes"),
    ({"duration_minutes": "soon"}, "duration_minutes"),
    ({"start_at": YESTERDAY}, "start_at"),
    ({"start_at": "not a time"}, "start_at"),
    ({"venues": []}, "venues"),
    ({"venues": ["nowhere"]}, "venues"),
    ({"priority": "11"}, "priority"),
    ({"priority": "9" * 5000}, "priority"),
    ({"notes": "x" * 2001}, "notes"),
    ({"notes": "a\x00b"}, "notes"),
    ({"mode": "reckless"}, "mode"),
]


def test_a_blank_ticket_has_an_id_of_its_own(browser: Client) -> None:
    first, second = (browser.get("/orders/new/").context["form"].initial["client_order_id"] for _ in range(2))
    assert first.startswith("web-")
    assert first != second


def test_a_filled_ticket_becomes_an_order_and_leads_to_its_page(browser: Client, trader: User) -> None:
    answer = browser.post("/orders/new/", ticket(limit_price="50500", notes="Rebalance", max_slippage_bps="25"))
    order = ParentOrder.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/orders/{order.pk}/"
    assert (order.trader, order.side, str(order.quantity.normalize()), order.notes) == (trader, "buy", "0.5", "Rebalance")


def test_a_size_in_quote_currency_is_converted_at_the_mid(browser: Client) -> None:
    browser.post("/orders/new/", ticket(sizing="quote", quantity="25000"))
    order = ParentOrder.objects.get()
    assert order.quote_quantity == 25_000
    assert order.quantity * order.decision_mid == 25_000


def test_every_venue_ticked_means_every_enabled_venue_and_some_are_an_allow_list(browser: Client) -> None:
    browser.post("/orders/new/", ticket())
    browser.post("/orders/new/", ticket(venues=["okx"], client_order_id="web-2"))
    assert [order.venue_names for order in ParentOrder.objects.order_by("pk")] == [[], ["okx"]]


@pytest.mark.parametrize(("changes", "field"), HOSTILE, ids=[f"{field}-{index}" for index, (_, field) in enumerate(HOSTILE)])
def test_a_bad_value_is_told_at_its_field_and_nothing_is_stored(browser: Client, changes: dict[str, Any], field: str) -> None:
    answer = browser.post("/orders/new/", ticket(**changes))
    assert answer.status_code == 422
    assert answer.context["form"].errors.get(field), answer.context["form"].errors
    assert f'id="error-{field}"' in answer.content.decode()
    assert not ParentOrder.objects.exists()


@pytest.mark.parametrize(("changes", "field"), HOSTILE, ids=[f"{field}-{index}" for index, (_, field) in enumerate(HOSTILE)])
def test_preview_and_review_answer_bad_values_without_failing(browser: Client, changes: dict[str, Any], field: str) -> None:
    assert browser.post("/orders/new/preview/", ticket(**changes)).status_code == 200
    assert browser.post("/orders/new/review/", ticket(**changes)).status_code == 422


def test_every_error_is_told_at_its_field_with_the_nearest_valid_value(browser: Client) -> None:
    answer = browser.post("/orders/new/", ticket(quantity="0.123456", limit_price="50000.06"))
    told = answer.context["form"].errors
    assert set(told) == {"quantity", "limit_price"}
    assert told["quantity"][0].endswith("Nearest: 0.12346")
    assert told["limit_price"][0].endswith("Nearest: 50000.1")


def test_what_was_typed_stays_when_something_is_wrong(browser: Client) -> None:
    text = browser.post("/orders/new/", ticket(quantity="abc", notes="Keep me", duration_minutes="7.5", side="sell")).content.decode()
    assert 'value="abc"' in text
    assert "Keep me" in text
    assert 'value="7.5"' in text
    assert '<input class="visually-hidden" type="radio" name="side" value="sell" checked>' in text


def test_hostile_text_comes_back_escaped(browser: Client) -> None:
    text = browser.post(
        "/orders/new/", ticket(quantity='"><script>alert(1)</script>', notes="</textarea><script>alert(2)</script>")
    ).content
    assert b"<script>alert" not in text


def test_sending_a_ticket_twice_makes_one_order(browser: Client) -> None:
    first, second = (browser.post("/orders/new/", ticket()) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert ParentOrder.objects.count() == 1


def test_a_changed_ticket_that_was_sent_before_asks_and_then_makes_a_new_order(browser: Client) -> None:
    browser.post("/orders/new/", ticket())
    answer = browser.post("/orders/new/", ticket(quantity="0.7"))
    assert answer.status_code == 422
    assert "This ticket was sent before" in answer.content.decode()
    renewed = answer.context["form"].data["client_order_id"]
    assert browser.post("/orders/new/", ticket(quantity="0.7", client_order_id=renewed)).status_code == 302
    assert ParentOrder.objects.count() == 2


def test_an_order_that_risk_refuses_leads_to_its_page_with_code_and_reason(browser: Client) -> None:
    answer = browser.post("/orders/new/", ticket(limit_price="60000"), follow=True)
    text = answer.content.decode()
    assert ParentOrder.objects.get().state == "rejected"
    assert "PRICE_COLLAR" in text
    assert "Nothing was sent." in text


def test_the_preview_states_value_schedule_limits_and_checks(browser: Client) -> None:
    preview = browser.post("/orders/new/preview/", ticket(quantity="0.5")).context["preview"]
    assert preview.notional == 25_000
    assert sum(part.quantity for part in preview.slices) == preview.quantity
    assert {use.title for use in preview.uses} == {"Order quantity", "Order value", "Position, worst case"}
    assert preview.can_send


def test_the_preview_says_what_would_be_refused_and_reserves_nothing(browser: Client, desk: Desk) -> None:
    desk.is_trading_enabled = False
    desk.save()
    answer = browser.post("/orders/new/preview/", ticket())
    assert "TRADING_DISABLED" in answer.content.decode()
    assert not desk.exposures.exists()


@pytest.mark.parametrize(
    ("side", "limit", "words"), [("buy", "1000", "98.0 % below the market"), ("sell", "100000", "100.0 % above the market")]
)
def test_preview_and_review_say_that_a_limit_is_far_from_the_market(browser: Client, side: str, limit: str, words: str) -> None:
    for page in ("preview", "review"):
        answer = browser.post(f"/orders/new/{page}/", ticket(side=side, limit_price=limit))
        assert words in answer.content.decode()


@pytest.mark.parametrize(("side", "limit"), [("buy", "49500"), ("buy", "50100"), ("sell", "50500"), ("buy", "")])
def test_a_limit_near_the_market_gets_no_remark(browser: Client, side: str, limit: str) -> None:
    assert browser.post("/orders/new/preview/", ticket(side=side, limit_price=limit)).context["preview"].far_limit is None


def test_without_a_fresh_price_the_preview_says_so(browser: Client) -> None:
    write_books(age=timedelta(seconds=30))
    preview = browser.post("/orders/new/preview/", ticket()).context["preview"]
    assert not preview.can_send
    assert {touch.freshness for touch in preview.touches} == {"stale"}


def test_an_untouched_field_is_no_mistake_yet(browser: Client) -> None:
    assert browser.post("/orders/new/preview/", ticket(quantity="")).context["errors"] == {}


@pytest.mark.parametrize("path", ["/orders/new/review/", "/orders/new/preview/"])
def test_once_the_review_was_asked_for_an_empty_field_is_told_and_stays_told(browser: Client, path: str) -> None:
    answer = browser.post(path, ticket(quantity="", asked="1"))
    assert answer.context["errors"] == {"quantity": "Give a size."}
    assert "<span>Give a size.</span>" in answer.content.decode()


@pytest.mark.parametrize("path", ["/orders/new/review/", "/orders/new/preview/"])
def test_the_mode_is_looked_up_once_by_the_form_and_once_by_the_preview(browser: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        browser.post(path, ticket(algorithm=""))
    asked = [query["sql"] for query in captured if ExecutionMode._meta.db_table in query["sql"]]
    assert len([sql for sql in asked if "participation" in sql]) == 2


def test_the_review_restates_side_size_and_value(browser: Client) -> None:
    text = browser.post("/orders/new/review/", ticket(side="sell")).content.decode()
    assert "Send sell" in text
    assert "0.5 BTCUSDT" in text
    assert "25,000.00 USDT" in text
    assert "<dt>Start</dt><dd>now</dd>" in text
    assert "<dt>Notes</dt>" not in text


def test_the_review_restates_start_priority_and_notes(browser: Client) -> None:
    start = datetime.now(UTC) + timedelta(hours=1)
    changes = ticket(start_at=start.strftime("%Y-%m-%dT%H:%M:%S"), priority="7", notes="Rebalance <b>")
    text = browser.post("/orders/new/review/", changes).content.decode()
    assert f"<dt>Start</dt><dd>{start:%Y-%m-%d} {start:%H:%M:%S} UTC</dd>" in text
    assert "<dt>Priority</dt><dd>7 of 10</dd>" in text
    assert "Rebalance &lt;b&gt;</dd>" in text


def test_a_user_without_a_desk_is_told_to_ask(browser: Client, trader: User) -> None:
    trader.desk = None
    trader.save()
    assert "You belong to no desk" in browser.get("/orders/new/").content.decode()
    assert browser.post("/orders/new/", ticket()).status_code == 422
    assert not ParentOrder.objects.exists()


def test_the_preview_states_what_every_algorithm_would_cost(browser: Client) -> None:
    trade_for_hours("BTCUSDT")
    answer = browser.post("/orders/new/preview/", ticket(algorithm="shortfall", p_urgency="0.8", p_slice_count="6"))
    text = answer.content.decode()
    for name in algorithm_names():
        assert f'data-choose="{name}"' in text
    assert text.count("cost-row is-chosen") == 1
    assert answer.context["frontier"].chosen is not None
    assert answer.context["preview"].chosen.parameters["urgency"] == 0.8
    assert len(answer.context["schedule"].bars) == len(answer.context["preview"].slices)
    assert "This order:" in text


def test_without_history_the_preview_says_what_is_not_known(browser: Client) -> None:
    text = browser.post("/orders/new/preview/", ticket()).content.decode()
    assert "No volatility is known yet" in text
    assert "Drawn when volume and volatility are known." in text


def test_a_remark_offers_its_remedy(browser: Client) -> None:
    trade_for_hours("BTCUSDT")
    text = browser.post("/orders/new/preview/", ticket(quantity="90")).content.decode()
    assert "of the expected volume, above" in text
    assert 'data-remedy="duration_minutes"' in text


PARAMETERS = [
    ({"p_participation_cap": "91"}, "p_participation_cap"),
    ({"p_slice_count": "0"}, "p_slice_count"),
    ({"p_slice_count": "8.5"}, "p_slice_count"),
    ({"p_slice_count": "1e999"}, "p_slice_count"),
    ({"p_randomise": "NaN"}, "p_randomise"),
    ({"p_patience": "<script>alert(1)</script>"}, "p_patience"),
    ({"algorithm": "shortfall", "p_profile": "'; DROP TABLE"}, "p_profile"),
    ({"algorithm": "shortfall", "p_urgency": "2"}, "p_urgency"),
    ({"algorithm": "magic"}, "algorithm"),
    ({"algorithm": "tw\x00ap"}, "algorithm"),
    ({"would_price": "-1"}, "would_price"),
    ({"would_price": "50000.001"}, "would_price"),
    ({"remainder": "burn"}, "remainder"),
]


@pytest.mark.parametrize(("changes", "field"), PARAMETERS, ids=[f"{field}-{index}" for index, (_, field) in enumerate(PARAMETERS)])
def test_a_bad_parameter_is_told_at_its_field_and_nothing_is_stored(browser: Client, changes: dict[str, Any], field: str) -> None:
    answer = browser.post("/orders/new/", ticket(**changes))
    assert answer.status_code == 422
    assert answer.context["form"].errors.get(field), answer.context["form"].errors
    assert b"<script>alert" not in answer.content
    assert browser.post("/orders/new/preview/", ticket(**changes)).status_code == 200
    assert browser.post("/orders/new/review/", ticket(**changes)).status_code == 422
    assert not ParentOrder.objects.exists()


def test_a_bad_parameter_is_told_beside_its_box_while_it_is_typed(browser: Client) -> None:
    text = browser.post("/orders/new/preview/", ticket(mode="conservative", p_participation_cap="95")).content.decode()
    slot = text.split('id="error-twap-participation_cap"', 1)[1].split("</p>", 1)[0]
    assert "between 0.1 and 90 %" in slot


def test_parameters_of_the_ticket_are_those_of_the_order(browser: Client) -> None:
    changes = ticket(algorithm="twap", p_participation_cap="12.5", p_slice_count="6", would_price="49000", remainder="leave")
    assert browser.post("/orders/new/", changes).status_code == 302
    order = ParentOrder.objects.get()
    assert order.algorithm == "twap"
    assert (order.parameters["participation_cap"], order.parameters["slice_count"]) == (0.125, 6)
    assert (order.would_price, order.remainder) == (49_000, "leave")


def test_the_review_restates_algorithm_parameters_cost_and_participation(browser: Client) -> None:
    trade_for_hours("BTCUSDT")
    text = browser.post("/orders/new/review/", ticket(algorithm="twap", p_participation_cap="12.5")).content.decode()
    assert "Balanced · TWAP" in text
    assert "overridden" in text
    assert "<dt>Parameters changed</dt><dd>Volume cap 12.5 %</dd>" in text
    assert "<dt>Expected cost</dt>" in text
    assert "1 s.d." in text
    assert "% of a slice" in text


def test_a_custom_algorithm_appears_by_itself(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ALGORITHMS", dict(registry._ALGORITHMS))
    lean = Parameter(name="lean", title="Lean", kind=Kind.SHARE, default=0.25, minimum=0, maximum=0.5)
    registry.register_algorithm("house", twap.plan, title="House blend", parameters=(*twap.PARAMETERS, lean), is_custom=False)
    text = browser.get("/orders/new/").content.decode()
    assert '<option value="house"' in text
    assert 'id="house-lean" name="p_lean"' in text
    assert "House blend" in browser.post("/orders/new/preview/", ticket()).content.decode()


def test_modes_come_from_their_rows(browser: Client) -> None:
    ExecutionMode.objects.filter(name="stealth").update(title="Quiet")
    ExecutionMode.objects.filter(name="aggressive").update(is_enabled=False)
    text = browser.get("/orders/new/").content.decode()
    assert "<b>Quiet</b>" in text
    assert 'value="aggressive"' not in text
