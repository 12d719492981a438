"""Why a child went where it went: every venue that was looked at, and the same decision again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from dipmaster.domain.sides import Side
from execution.domain.decisions import Decision, DecisionInputs, outcome_of, trimmed
from execution.domain.explanations import explain
from execution.domain.lifecycle import ChildState
from execution.domain.routing import RejectionReason
from execution.domain.wording import lines_of
from tests.unit.execution.domain.markets import NOW, book, listing, listings
from tests.unit.execution.domain.test_tactics import a_child, a_slice

D = Decimal
LATE = NOW + timedelta(seconds=50)
TERMS = listings(
    listing("cheap", lot="0.001", maker_fee_bps="2", taker_fee_bps="5"),
    listing("dear", lot="0.001", maker_fee_bps="8", taker_fee_bps="10"),
    listing("silent", lot="0.001"),
    listing("stale", lot="0.001"),
    listing("picky", lot="0.001", min_quantity="50"),
)


def the_books(at):
    return (
        book("cheap", [("99.99", "5")], [("100.01", "1"), ("100.03", "5")], received_at=at - timedelta(milliseconds=250)),
        book("dear", [("99.98", "5")], [("100.02", "5")], received_at=at),
        book("stale", [("99.98", "5")], [("100.02", "5")], received_at=at - timedelta(minutes=11)),
        book("picky", [("99.98", "5")], [("100.02", "90")], received_at=at),
        book("unlisted", [("99.98", "5")], [("100.02", "5")], received_at=at),
    )


def decided(part, now):
    inputs = DecisionInputs(slice=part, books=the_books(now), listings=TERMS, now=now)
    return Decision(inputs=trimmed(inputs), outcome=outcome_of(inputs.decide()))


def explained(part=None, now=LATE):
    decision = decided(part or a_slice(quantity=D(2)), now)
    return explain(decision, decision.outcome.places[0])


def accounts(explanation):
    return {account.venue: account for account in explanation.venues}


def test_a_crossing_order_tells_what_it_expects_to_pay_and_why_the_others_got_nothing():
    explanation = explained()
    found = accounts(explanation)
    assert explanation.is_crossing
    assert explanation.is_same
    taken = found["cheap"]
    assert (taken.quantity, taken.expected_price, taken.fee_bps) == (D(2), D("100.02"), D(5))  # 1 at 100.01 and 1 at 100.03
    assert taken.expected_fee == D("0.10002")  # 5 bps of 200.04
    assert taken.touch_all_in == D("100.01") * D("1.0005")
    assert taken.age_ms == 250
    assert found["dear"].reason == RejectionReason.TOO_DEAR
    assert round(found["dear"].excess_bps, 2) == D("4.00")  # 100.02 at 10 bps against 100.03 at 5
    assert found["picky"].reason == RejectionReason.ORDER_TOO_SMALL
    assert found["silent"].reason == RejectionReason.NO_FRESH_BOOK
    assert found["stale"].reason == "its book was crossed, one-sided or too old"
    assert found["unlisted"].reason == RejectionReason.NO_LISTING
    assert not any(account.is_chosen for name, account in found.items() if name != "cheap")


def test_chosen_venues_come_first_then_the_cheapest():
    assert [account.venue for account in explained().venues] == ["cheap", "picky", "dear", "silent", "stale", "unlisted"]
    sold = explained(a_slice(side=Side.SELL, quantity=D(2)))
    assert [account.venue for account in sold.venues] == ["cheap", "picky", "dear", "silent", "stale", "unlisted"]


def test_a_resting_order_costs_its_own_price_and_the_maker_fee():
    explanation = explained(a_slice(quantity=D("0.002")), now=NOW)
    found = accounts(explanation)
    assert not explanation.is_crossing
    assert explanation.route is None
    assert sum(account.is_chosen for account in found.values()) == 2
    assert (found["cheap"].expected_price, found["cheap"].expected_fee) == (D("99.99"), D("0.001") * D("99.99") * D("0.0002"))
    assert found["cheap"].touch_all_in == D("99.99") * D("1.0002")
    assert found["picky"].reason.startswith("others come first")


def test_a_venue_where_the_slice_rests_already_says_so():
    part = a_slice(a_child(venue="cheap", quantity=D("0.001"), price=D("99.99")), quantity=D("0.002"))
    found = accounts(explained(part, NOW))
    assert found["cheap"].reason == "an order of the slice is there already"


def test_a_venue_that_is_left_out_for_its_health_says_so():
    decision = decided(a_slice(quantity=D(2)), LATE)
    stored = replace(decision, inputs=replace(decision.inputs, left={"silent": "down, no answer"}))
    assert accounts(explain(stored, stored.outcome.places[0]))["silent"].reason == "it was left out: down, no answer"


def test_a_venue_that_is_left_alone_after_refusals_says_so():
    refusals = [
        a_child(id=n, venue="cheap", state=ChildState.REJECTED, decided_at=LATE - timedelta(milliseconds=n), confirmed_at=LATE)
        for n in (1, 2, 3)
    ]
    assert (
        accounts(explained(a_slice(*refusals, quantity=D(2))))["cheap"].reason == "it is left alone for a while after it turned orders away"
    )


def test_a_program_that_decides_otherwise_says_in_what_and_claims_no_route():
    decision = decided(a_slice(quantity=D(2)), LATE)
    place = replace(decision.outcome.places[0], price=D("100.50"))
    stored = replace(decision, outcome=replace(decision.outcome, places=(place,)))
    explanation = explain(stored, place)
    assert not explanation.is_same
    assert explanation.route is None
    assert accounts(explanation)["cheap"].price == D("100.50")
    assert accounts(explanation)["cheap"].expected_price is None
    assert [line.split(":")[0] for line in explanation.differences] == ["then only", "now only"]


def test_inputs_are_written_down_with_all_their_parts():
    lines = list(lines_of(decided(a_slice(a_child(), quantity=D(2)), NOW).inputs, "Decided from"))
    assert lines[0].startswith("Decided from: now 2026-03-02 14:00:00.000000")
    assert lines[1].startswith("  slice: side buy, quantity 2, filled_quantity 0, start_at 2026-03-02 14:00:00.000000")
    assert any(line.startswith("      1: id 1, venue A, state open, time_in_force PO, price 60000.00") for line in lines)
    assert any("bids 5 at 99.99, asks 1 at 100.01; 5 at 100.03" in line for line in lines)
    assert any(line.startswith("    picky: venue picky, symbol BTCUSDT, tick 0.01") for line in lines)


def test_long_sides_of_books_are_cut_and_say_so():
    shown = list(lines_of(book("A", [(100 - n, "1") for n in range(5)], []), "book"))
    assert "bids 1 at 100; 1 at 99; 1 at 98; and 2 more, asks none" in shown[0]
