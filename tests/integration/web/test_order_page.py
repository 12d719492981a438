"""The order page, its charts' series, its book and its actions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dipmaster.accounts.models import Desk, User
from execution.models import Bar, ChildOrder, Fill, OrderEvent, ParentOrder, Slice, Venue
from tests.integration.explained import explained_children
from tests.integration.web.conftest import write_books

D = Decimal


def start(order: ParentOrder, *, slices: int = 2, fills: int = 2) -> datetime:
    """Have the order work since a minute ago: bars each second, slices, and fills of 0.01 at 50,010 with a fee of 0.5."""
    begun = datetime.now(UTC) - timedelta(seconds=60)
    venue = Venue.objects.get(name="okx")
    length = timedelta(seconds=600) / slices
    size = order.quantity / slices
    for number in range(1, slices + 1):
        Slice.objects.create(
            parent=order, number=number, quantity=size, state="working" if number == 1 else "pending",
            start_at=begun + length * (number - 1), end_at=begun + length * number,
        )  # fmt: skip
    for number in range(1, fills + 1):
        child = ChildOrder.objects.create(
            slice=order.slices.get(number=1), parent=order, venue=venue, number=number, client_order_id=f"c{order.pk}x{number}",
            order_type="limit", time_in_force="PO", price=D(50_010), quantity=D("0.02"), filled_quantity=D("0.01"), state="open",
            reason="Post at best bid", mid_at_decision=D(50_000), decided_at=begun + timedelta(seconds=number),
        )  # fmt: skip
        Fill.objects.create(
            child=child, parent=order, venue=venue, symbol="BTCUSDT", trade_id=f"{order.pk}-{number}", price=D(50_010), quantity=D("0.01"),
            fee=D("0.5"), fee_currency="USDT", fee_quote=D("0.5"), is_maker=number % 2 == 1, mid=D(50_005),
            traded_at=begun + timedelta(seconds=number + 1), recorded_at=begun + timedelta(seconds=number + 1),
        )  # fmt: skip
    plan = [[str(s.quantity), s.start_at.isoformat(), s.end_at.isoformat()] for s in order.slices.order_by("number")]
    OrderEvent.objects.create(
        parent=order, sequence=50, at=begun, kind="planned", text="planned", payload={"slices": plan}, previous_hash="0" * 64, hash="1" * 64
    )
    bars = (
        Bar(venue=venue, instrument=order.instrument, at=begun.replace(microsecond=0) + timedelta(seconds=second), bid=D(50_000 + second),
            ask=D(50_002 + second), volume=D(2), notional=D(2) * D(50_001 + second), trades=1)
        for second in range(1, 60)
    )  # fmt: skip
    Bar.objects.bulk_create(bars, ignore_conflicts=True)  # orders of one test share the market
    ParentOrder.objects.filter(pk=order.pk).update(
        state="working", started_at=begun, start_at=begun, end_at=begun + timedelta(minutes=10), arrival_mid=D(50_000),
        filled_quantity=D("0.01") * fills, filled_notional=D("500.10") * fills, fees_quote=D("0.5") * fills,
    )  # fmt: skip
    return begun


def test_an_order_of_another_desk_does_not_exist(browser: Client, order: Callable[..., ParentOrder], trader: User) -> None:
    found = order()
    trader.desk = Desk.objects.create(name="Elsewhere")
    trader.save()
    for address in ("", "series.json", "book/"):
        assert browser.get(f"/orders/{found.pk}/{address}").status_code == 404
    assert browser.post(f"/orders/{found.pk}/cancel/").status_code == 404


@pytest.mark.parametrize("address", ["/orders/999999999/", "/orders/99999999999999999999999/", "/orders/0/"])
def test_an_order_that_never_was_is_not_found(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize("tab", ["children", "slices", "fills", "parameters", "nonsense"])
@pytest.mark.parametrize("query", ["", "&slice=1", "&slice=99999999999", "&rows=all&events=all"])
def test_every_tab_is_shown(browser: Client, order: Callable[..., ParentOrder], tab: str, query: str) -> None:
    found = order()
    start(found)
    assert browser.get(f"/orders/{found.pk}/?tab={tab}{query}").status_code == 200


def test_the_cost_so_far_is_the_sum_of_its_parts(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    start(found)
    cost = browser.get(f"/orders/{found.pk}/").context["screen"].cost
    assert cost.spread == D(1)  # bought 5 above the mid of 50,005: 1 bps of the arrival mid of 50,000
    assert cost.drift == D(1)  # that mid is 5 above arrival
    assert cost.fees == D(10)  # 0.5 on 500
    assert cost.fees + cost.spread + cost.drift == cost.total


def test_progress_is_measured_against_the_first_plan(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    start(found)
    pace = browser.get(f"/orders/{found.pk}/").context["screen"].pace
    assert pace.done == D("0.04")
    assert float(pace.planned) == pytest.approx(0.1, abs=0.01)  # one minute of ten
    assert pace.tone == "working"


def test_long_orders_take_no_more_queries(browser: Client, order: Callable[..., ParentOrder]) -> None:
    small, large = order(), order()
    start(small, slices=2, fills=1)
    start(large, slices=8, fills=20)
    counts = []
    for found in (small, small, large):
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"/orders/{found.pk}/?tab=fills")
        counts.append(len(captured))
    assert counts[1] == counts[2]


def test_the_series_share_one_time_axis(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    begun = start(found)
    series = browser.get(f"/orders/{found.pk}/series.json").json()
    assert series["start"] == pytest.approx(begun.timestamp())
    assert series["end"] == pytest.approx(begun.timestamp() + 600)
    assert next(mid for mid in series["mids"] if mid is not None) == 50_002
    assert sum(fill["quantity"] for fill in series["fills"]) == pytest.approx(0.02)
    assert series["actual"][-1][1] == pytest.approx(4)
    assert series["plan"][-1][1] == pytest.approx(100)
    assert series["vwap"] == pytest.approx(50_031)


def test_the_series_of_a_day_are_thinned_out(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order(duration_minutes=D(1440))
    begun = start(found)
    ParentOrder.objects.filter(pk=found.pk).update(end_at=begun + timedelta(days=1))
    series = browser.get(f"/orders/{found.pk}/series.json").json()
    assert (series["end"] - series["start"]) / series["step"] <= 1200


def test_an_order_that_has_not_started_has_empty_series(browser: Client, order: Callable[..., ParentOrder]) -> None:
    series = browser.get(f"/orders/{order(start_at=datetime.now(UTC) + timedelta(hours=1)).pk}/series.json").json()
    assert (series["mids"], series["fills"], series["plan"], series["arrival"]) == ([], [], [], None)


def test_the_book_marks_own_and_unproven_sizes(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    start(found)
    ChildOrder.objects.filter(parent=found, number=1).update(price=D(49_999))
    ChildOrder.objects.filter(parent=found, number=2).update(price=D(49_999), state="unknown")
    write_books()
    depth = browser.get(f"/orders/{found.pk}/book/").context["depth"]
    assert (depth.bids[0].price, depth.bids[0].own, depth.bids[0].unknown) == (D(49_999), D("0.01"), D("0.01"))
    assert depth.bids[0].quantity == 400  # four venues' hundred


def test_a_stale_book_is_not_shown_as_if_it_were_live(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    write_books(age=timedelta(seconds=10))
    answer = browser.get(f"/orders/{found.pk}/book/")
    assert answer.context["depth"].bids == ()
    assert "No fresh book" in answer.content.decode()


def test_pause_resume_and_cancel_lead_back_to_the_page(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    for action, state in (("pause", "paused"), ("resume", "pending"), ("cancel", "cancelling")):
        answer = browser.post(f"/orders/{found.pk}/{action}/")
        assert answer.headers["Location"] == f"/orders/{found.pk}/"
        found.refresh_from_db()
        assert found.state == state


def test_what_the_state_does_not_allow_is_told_and_changes_nothing(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    text = browser.post(f"/orders/{found.pk}/resume/", follow=True).content.decode()
    assert "Nothing was changed" in text


def test_actions_need_a_post(browser: Client, order: Callable[..., ParentOrder]) -> None:
    assert browser.get(f"/orders/{order().pk}/cancel/").status_code == 405


# Amending.


def terms(browser: Client, order: ParentOrder) -> dict[str, str]:
    """Return the amend dialog's fields as they are shown."""
    form = browser.get(f"/orders/{order.pk}/amend/").context["form"]
    return {name: str(form[name].value()) for name in form.fields}


def test_the_amend_dialog_shows_what_may_change_as_it_is(browser: Client, order: Callable[..., ParentOrder]) -> None:
    shown = terms(browser, order())
    assert (shown["quantity"], shown["limit_price"], shown["parameters.patience"]) == ("0.5", "", "70")
    assert "parameters.participation_cap" in shown


def test_amending_restates_before_and_after_and_then_changes_the_order(browser: Client, order: Callable[..., ParentOrder]) -> None:
    write_books()
    found = order()
    wanted = terms(browser, found) | {"quantity": "0.6", "parameters.patience": "55.5"}
    review = browser.post(f"/orders/{found.pk}/amend/review/", wanted)
    assert review.status_code == 200
    assert review.context["lines"] == [("Quantity", "0.5 BTC", "0.6 BTC"), ("Patience", "70 %", "55.5 %")]
    found.refresh_from_db()
    assert found.quantity == D("0.5")
    answer = browser.post(f"/orders/{found.pk}/amend/", wanted)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/orders/{found.pk}/")
    found.refresh_from_db()
    assert (found.quantity, found.parameters["patience"]) == (D("0.6"), 0.555)


def test_a_back_button_keeps_what_was_typed(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    answer = browser.post(f"/orders/{found.pk}/amend/review/", terms(browser, found) | {"quantity": "0.6", "back": "1"})
    assert answer.context["form"]["quantity"].value() == "0.6"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("quantity", "0.500001", "Nearest: 0.5"),
        ("quantity", "-1", "Enter a number above zero."),
        ("quantity", "", "This cannot be empty."),
        ("quantity", "NaN", "Write a number"),
        ("quantity", "1e30", "too many digits"),
        ("end_at", "2026-01-01T00:00:00", "too soon"),
        ("end_at", "tomorrow", "Write date and time, UTC."),
        ("limit_price", "50000.001", "Nearest: 50000"),
        ("max_slippage_bps", "20000", "below 10,000"),
        ("max_slippage_bps", "0.0004", "At most 3 digits after the point."),
        ("max_slippage_bps", f"0.{'0' * 19}1", "At most 3 digits after the point."),
        ("limit_price", f"50000.{'0' * 18}1", "At most 18 digits after the point."),
        ("quantity", "1e20", "too large"),
        ("remainder", "keep", "Select a valid choice"),
        ("parameters.patience", "101", "Enter a number from 0 % to 100 %."),
        ("parameters.slice_count", "2.5", "must be a whole number"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_changes(
    browser: Client, order: Callable[..., ParentOrder], name: str, value: str, message: str
) -> None:
    write_books()
    found = order()
    for address in ("amend/review/", "amend/"):
        answer = browser.post(f"/orders/{found.pk}/{address}", terms(browser, found) | {name: value})
        assert answer.status_code == 422
        assert message in answer.context["form"].errors[name][0]
    version = found.version
    found.refresh_from_db()
    assert found.version == version


def test_changing_nothing_is_told(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    answer = browser.post(f"/orders/{found.pk}/amend/review/", terms(browser, found))
    assert answer.context["form"].non_field_errors() == ["Nothing is changed yet."]


def test_terms_that_somebody_else_has_amended_are_not_overwritten(browser: Client, order: Callable[..., ParentOrder]) -> None:
    write_books()
    found = order()
    seen = terms(browser, found)
    assert browser.post(f"/orders/{found.pk}/amend/", seen | {"quantity": "0.6"}).status_code == 204
    answer = browser.post(f"/orders/{found.pk}/amend/", seen | {"quantity": "0.7"})
    assert "Somebody else has amended the order" in answer.context["form"].non_field_errors()[0]
    found.refresh_from_db()
    assert found.quantity == D("0.6")


def test_the_page_accelerates_an_order_and_says_beforehand_what_changes(browser: Client, order: Callable[..., ParentOrder]) -> None:
    write_books()
    found = order()
    lines = browser.get(f"/orders/{found.pk}/").context["acceleration"]
    assert [title for title, _was, _becomes in lines] == ["End, UTC", "Volume cap"]
    assert browser.post(f"/orders/{found.pk}/accelerate/").status_code == 302
    faster = ParentOrder.objects.get(pk=found.pk)
    assert faster.end_at < found.end_at


def test_an_ended_order_offers_neither(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    ParentOrder.objects.filter(pk=found.pk).update(state="filled", completed_at=datetime.now(UTC))
    html = browser.get(f"/orders/{found.pk}/").content.decode()
    assert "data-amend" not in html
    assert "accelerate" not in html


def test_another_desks_order_is_not_amended(browser: Client, order: Callable[..., ParentOrder], trader: User) -> None:
    found = order()
    trader.desk = Desk.objects.create(name="Elsewhere")
    trader.save()
    assert browser.get(f"/orders/{found.pk}/amend/").status_code == 404
    assert browser.post(f"/orders/{found.pk}/amend/", {"quantity": "1"}).status_code == 404
    assert browser.post(f"/orders/{found.pk}/accelerate/").status_code == 404


def test_a_child_opens_to_why_it_was_sent(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    sent, *_, old = explained_children(found)
    page = browser.get(f"/orders/{found.pk}/?tab=children&child={sent.pk}")
    html = page.content.decode()
    assert html.count('aria-expanded="true"') == 1
    assert f'id="why-{sent.pk}"' in html
    assert "Decided again from the same: no difference" in html
    assert "is_closing no" in html
    assert page.context["screen"].explained.venues[0][0] == sent.venue.title
    assert "it was sent before decisions were kept" in browser.get(f"/orders/{found.pk}/?child={old.pk}").content.decode()


def test_nothing_is_explained_that_is_not_asked_for(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found, other = order(), order()
    foreign = explained_children(other)[0]
    explained_children(found)
    for child in ("", "0", "x", "²", "9" * 18, "9" * 19, foreign.pk):
        page = browser.get(f"/orders/{found.pk}/?child={child}")
        assert page.status_code == 200
        assert 'class="why"' not in page.content.decode()


def test_opening_a_child_keeps_what_else_is_shown(browser: Client, order: Callable[..., ParentOrder]) -> None:
    found = order()
    sent = explained_children(found)[0]
    html = browser.get(f"/orders/{found.pk}/?tab=children&slice=1&rows=all&version=3").content.decode()
    assert f'href="?tab=children&amp;slice=1&amp;rows=all&amp;child={sent.pk}"' in html
    html = browser.get(f"/orders/{found.pk}/?tab=children&slice=1&child={sent.pk}").content.decode()
    assert 'href="?tab=children&amp;slice=1"' in html
