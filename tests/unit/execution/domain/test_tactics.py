from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.actions import Cancel, ChildView, Lookup, Place, SliceView
from execution.domain.lifecycle import ChildState
from execution.domain.tactic_presets import JOIN, PRESETS
from execution.domain.tactics import step
from execution.domain.venue_orders import OrderType, TimeInForce
from tests.unit.execution.domain.markets import NOW, book, listing, listings

TERMS = listings(*(listing(v, lot="0.001", min_quantity="0.001", min_notional="5", maker_fee_bps="8", taker_fee_bps="10") for v in "ABC"))
BOOKS = [
    book("A", [("60000.00", "2")], [("60001.00", "2")]),
    book("B", [("60000.50", "2")], [("60001.50", "2")]),
    book("C", [("59999.00", "2")], [("60002.00", "2")]),
]
PATIENCE = timedelta(seconds=42)  # 0.7 of a minute


def a_slice(*children, **changes):
    usual = SliceView(
        side=Side.BUY,
        quantity=Decimal("0.3"),
        filled_quantity=Decimal(0),
        start_at=NOW,
        end_at=NOW + timedelta(minutes=1),
        worst_price=None,
        is_closing=False,
        is_last=False,
        patience=0.7,
        max_book_age=timedelta(minutes=10),
        preset=JOIN,
        children=children,
    )
    return replace(usual, **changes)


def a_child(**changes):
    """An order that rests at A's best bid and was confirmed when it was decided."""
    usual = ChildView(
        id=1,
        venue="A",
        state=ChildState.OPEN,
        time_in_force=TimeInForce.POST_ONLY,
        price=Decimal("60000.00"),
        quantity=Decimal("0.3"),
        filled_quantity=Decimal(0),
        decided_at=NOW,
        confirmed_at=NOW,
        cancel_requested_at=None,
        nudged_at=None,
    )
    return replace(usual, **changes)


def after(**duration):
    return NOW + timedelta(**duration)


def look(part, now=NOW, books=BOOKS, terms=TERMS):
    return step(part, books, terms, now)


def of_kind(kind, answer):
    return [action for action in answer.actions if isinstance(action, kind)]


def test_the_slice_is_first_posted_at_the_best_prices_of_three_venues():
    placed = of_kind(Place, look(a_slice()))
    assert {(p.venue, p.price, p.quantity) for p in placed} == {
        ("A", Decimal("60000.00"), Decimal("0.1")),
        ("B", Decimal("60000.50"), Decimal("0.1")),
        ("C", Decimal("59999.00"), Decimal("0.1")),
    }
    assert {(p.order_type, p.time_in_force) for p in placed} == {(OrderType.LIMIT, TimeInForce.POST_ONLY)}


def test_a_post_says_where_and_for_how_long():
    answer = look(a_slice())
    assert of_kind(Place, answer)[0].reason == "Post at best bid 60,000.50: rest 42 s, then cross"
    assert answer.reason == "3 orders resting: rest 42 s, then cross"


def test_a_sell_rests_at_the_best_asks():
    assert {p.price for p in of_kind(Place, look(a_slice(side=Side.SELL)))} == {Decimal(p) for p in ("60001.00", "60001.50", "60002.00")}


def test_the_lowest_maker_fee_comes_first_when_the_quantity_suffices_for_one_venue():
    terms = {**TERMS, "C": replace(TERMS["C"], maker_fee_bps=Decimal(2))}
    assert [p.venue for p in of_kind(Place, look(a_slice(quantity=Decimal("0.001")), terms=terms))] == ["C"]


def test_at_equal_fees_the_most_competitive_price_comes_first():
    assert [p.venue for p in of_kind(Place, look(a_slice(quantity=Decimal("0.001"))))] == ["B"]


def test_no_more_than_three_venues_are_rested_on():
    four, terms = [*BOOKS, book("D", [("60000.00", "2")], [("60001.00", "2")])], {**TERMS, "D": replace(TERMS["A"], venue="D")}
    assert len(of_kind(Place, look(a_slice(), books=four, terms=terms))) == 3
    resting = [a_child(id=n, venue=venue, quantity=Decimal("0.05")) for n, venue in enumerate("ABC", start=1)]
    assert len(of_kind(Place, look(a_slice(*resting), books=four, terms=terms))) == 1


def test_a_crossing_sell_meets_the_minimum_notional_at_its_own_price():
    books = [book("A", [("50000.00", "2")], [("50001.00", "2")])]
    terms = listings(listing("A", lot="0.0001", min_notional="5"))
    exact = a_slice(side=Side.SELL, quantity=Decimal("0.0001"))  # worth 5 at the best bid, but less at a price a collar below
    assert look(exact, NOW + PATIENCE, books, terms).actions == ()


def test_odd_lots_go_to_the_first_venue():
    placed = of_kind(Place, look(a_slice(quantity=Decimal("0.302"))))
    assert {p.venue: p.quantity for p in placed} == {"A": Decimal("0.1"), "B": Decimal("0.102"), "C": Decimal("0.1")}


def test_a_buy_never_rests_above_the_worst_price():
    placed = of_kind(Place, look(a_slice(worst_price=Decimal("59999.555"))))
    assert {p.venue: p.price for p in placed} == {"A": Decimal("59999.55"), "B": Decimal("59999.55"), "C": Decimal("59999.00")}


@pytest.mark.parametrize(("worst", "is_posted"), [("58850", True), ("58750", False), ("1000", False), ("0.01", False)])
def test_nothing_rests_further_than_two_per_cent_from_the_market(worst, is_posted):
    answer = look(a_slice(worst_price=Decimal(worst)))
    assert bool(of_kind(Place, answer)) is is_posted
    assert ("from the market, too far to rest there" in answer.reason) is not is_posted


def test_a_sell_far_above_the_market_waits_too():
    answer = look(a_slice(side=Side.SELL, worst_price=Decimal(90000)))
    assert answer.actions == ()
    assert answer.reason == "Waits: the worst price 90000 is 50.0% from the market, too far to rest there"


def test_what_rests_is_not_placed_again():
    answer = look(a_slice(a_child()), after(seconds=1))
    assert answer.actions == ()
    assert answer.next_action_at == after(seconds=1.5)


def test_only_what_nothing_live_holds_is_placed():
    part = a_slice(a_child(quantity=Decimal("0.2"), filled_quantity=Decimal("0.05")), filled_quantity=Decimal("0.05"))
    assert sum(p.quantity for p in of_kind(Place, look(part))) == Decimal("0.1")


def test_the_quantity_of_an_unknown_child_stays_reserved():
    answer = look(a_slice(a_child(state=ChildState.UNKNOWN, confirmed_at=None)), after(seconds=1))
    assert [type(action) for action in answer.actions] == [Lookup]


def test_an_intent_of_an_earlier_step_is_looked_up():
    assert of_kind(Lookup, look(a_slice(a_child(state=ChildState.INTENT, confirmed_at=None)), after(seconds=1)))


@pytest.mark.parametrize(("age", "gap"), [(0.1, 0.25), (4, 2), (600, 5)])
def test_lookups_of_one_child_grow_apart_up_to_five_seconds(age, gap):
    part = a_slice(a_child(state=ChildState.UNKNOWN), is_closing=True, end_at=after(hours=1))
    assert look(part, after(seconds=age)).next_action_at == after(seconds=age + gap)


def test_an_order_not_confirmed_for_ten_seconds_is_looked_up():
    assert not of_kind(Lookup, look(a_slice(a_child()), after(seconds=9.9)))
    assert [x.child_id for x in of_kind(Lookup, look(a_slice(a_child()), after(seconds=10)))] == [1]


def test_an_order_left_behind_by_the_best_price_is_cancelled_and_not_replaced_in_the_same_step():
    moved = [book("A", [("60005.00", "2")], [("60006.00", "2")])]
    answer = look(a_slice(a_child()), after(seconds=2), moved)
    assert [type(action) for action in answer.actions] == [Cancel]
    assert answer.actions[0].reason == "Cancel: the best price moved from 60,000.00 to 60,005.00"


def test_an_order_that_just_came_is_left_alone():
    moved = [book("A", [("60005.00", "2")], [("60006.00", "2")])]
    assert look(a_slice(a_child()), after(seconds=1.9), moved).actions == ()


@pytest.mark.parametrize(("best", "is_left"), [("60001.80", True), ("60001.81", False)])
def test_a_move_within_a_third_of_a_basis_point_is_not_followed(best, is_left):
    moved = [book("A", [(best, "2")], [("60006.00", "2")])]
    assert (look(a_slice(a_child()), after(seconds=2), moved).actions == ()) is is_left


def test_an_order_beyond_the_worst_price_is_cancelled_at_once():
    assert of_kind(Cancel, look(a_slice(a_child(), worst_price=Decimal("59999")), after(seconds=0.5)))


def test_after_a_rejection_the_next_post_is_a_tick_away():
    rejected = a_child(state=ChildState.REJECTED, venue="A")
    placed = of_kind(Place, look(a_slice(rejected), after(seconds=0.1), BOOKS[:1]))
    assert [p.price for p in placed] == [Decimal("59999.99")]


def test_a_post_only_order_that_its_venue_took_and_withdrew_counts_as_a_rejection():
    """OKX and Bybit acknowledge it and cancel it at once: posting at the same price again would go round in a circle."""
    withdrawn = a_child(state=ChildState.CANCELLED, venue="A")
    placed = of_kind(Place, look(a_slice(withdrawn), after(seconds=0.1), BOOKS[:1]))
    refused = of_kind(Place, look(a_slice(a_child(state=ChildState.REJECTED, venue="A")), after(seconds=0.1), BOOKS[:1]))
    ours = a_child(state=ChildState.CANCELLED, venue="A", cancel_requested_at=NOW)
    assert [p.price for p in placed] == [p.price for p in refused]
    assert [p.price for p in placed] != [p.price for p in of_kind(Place, look(a_slice(ours), after(seconds=0.1), BOOKS[:1]))]


def test_a_venue_that_keeps_rejecting_is_left_alone_for_a_while():
    rejected = [a_child(id=n, state=ChildState.REJECTED, decided_at=after(seconds=n)) for n in (1, 2, 3)]
    assert {p.venue for p in of_kind(Place, look(a_slice(*rejected), after(seconds=3.5)))} == {"B", "C"}
    assert "A" in {p.venue for p in of_kind(Place, look(a_slice(*rejected), after(seconds=4)))}


def test_a_step_comes_back_at_the_patience_point():
    assert look(a_slice(a_child()), after(seconds=41.9)).next_action_at == NOW + PATIENCE


def test_when_patience_ends_resting_orders_are_cancelled_first():
    answer = look(a_slice(a_child(confirmed_at=after(seconds=40))), NOW + PATIENCE)
    assert [type(action) for action in answer.actions] == [Cancel]


def test_when_nothing_is_live_the_rest_is_crossed_at_the_best_all_in_price():
    part = a_slice(a_child(state=ChildState.CANCELLED))
    (taken,) = of_kind(Place, look(part, NOW + PATIENCE))
    assert (taken.venue, taken.quantity, taken.time_in_force) == ("A", Decimal("0.3"), TimeInForce.IOC)
    assert taken.price == Decimal("60013.00")  # two basis points above 60,001.00, on the tick below


def test_a_crossing_order_is_never_priced_beyond_the_worst_price():
    (taken,) = of_kind(Place, look(a_slice(worst_price=Decimal("60001.005")), NOW + PATIENCE))
    assert taken.price == Decimal("60001.00")


def test_while_every_price_is_beyond_the_worst_the_slice_keeps_resting():
    placed = of_kind(Place, look(a_slice(worst_price=Decimal("60000.20")), NOW + PATIENCE))
    assert {p.time_in_force for p in placed} == {TimeInForce.POST_ONLY}
    assert max(p.price for p in placed) == Decimal("60000.20")


def test_an_unknown_child_does_not_hold_up_the_crossing_of_the_rest():
    part = a_slice(a_child(state=ChildState.UNKNOWN, quantity=Decimal("0.1")))
    (taken,) = of_kind(Place, look(part, NOW + PATIENCE))
    assert taken.quantity == Decimal("0.2")


def test_a_cancel_that_is_not_answered_is_looked_up_and_not_sent_twice():
    child = a_child(cancel_requested_at=after(seconds=42), confirmed_at=after(seconds=41))
    answer = look(a_slice(child), after(seconds=44.1))
    assert [type(action) for action in answer.actions] == [Lookup]


def test_a_cancel_is_sent_again_when_the_venue_still_shows_the_order_open():
    child = a_child(cancel_requested_at=after(seconds=42), confirmed_at=after(seconds=44.2))
    assert of_kind(Cancel, look(a_slice(child), after(seconds=44.5)))


def test_a_short_slice_leaves_time_to_cross_however_patient_it_is():
    short = a_slice(patience=0.85, end_at=after(seconds=3))
    assert of_kind(Place, look(short, after(seconds=1.4)))[0].time_in_force is TimeInForce.POST_ONLY
    assert of_kind(Place, look(short, after(seconds=1.6)))[0].time_in_force is TimeInForce.IOC


def test_the_last_slice_crosses_early_enough_for_two_attempts():
    patient = a_slice(patience=1.0)
    assert of_kind(Place, look(patient, after(seconds=57)))[0].time_in_force is TimeInForce.POST_ONLY
    assert of_kind(Place, look(replace(patient, is_last=True), after(seconds=57)))[0].time_in_force is TimeInForce.IOC


def test_after_its_end_a_slice_withdraws_and_places_nothing():
    answer = look(a_slice(a_child(quantity=Decimal("0.1"), confirmed_at=after(seconds=59))), after(seconds=60))
    assert [type(action) for action in answer.actions] == [Cancel]
    assert not answer.is_done


def test_after_its_end_a_slice_without_live_orders_is_done():
    answer = look(a_slice(), after(seconds=60))
    assert (answer.actions, answer.is_done) == ((), True)


def test_a_closing_slice_withdraws_what_rests():
    answer = look(a_slice(a_child(), is_closing=True), after(seconds=1))
    assert [type(action) for action in answer.actions] == [Cancel]
    assert look(a_slice(is_closing=True)).is_done


def test_a_filled_slice_is_done():
    part = a_slice(a_child(state=ChildState.FILLED, filled_quantity=Decimal("0.3")), filled_quantity=Decimal("0.3"))
    assert look(part, after(seconds=5)).is_done


def test_a_rest_below_every_minimum_is_done_and_says_so():
    answer = look(a_slice(filled_quantity=Decimal("0.2995")))
    assert answer.is_done
    assert answer.reason == "Done: the rest of 0.0005 is below every venue's minimum"


GOOD = [("60000.00", "2")], [("60001.00", "2")]
USELESS = {
    "none": ([], "none"),
    "unlisted": ([book("unlisted", *GOOD)], "none"),
    "empty": ([book("A", [], [])], "A: a side is empty"),
    "one-sided": ([book("A", GOOD[0], [])], "A: a side is empty"),
    "locked": ([book("A", [("60001.00", "2")], [("60001.00", "2")])], "A: crossed"),
    "crossed": ([book("A", [("60002.00", "2")], [("60001.00", "2")])], "A: crossed"),
    "stale": ([book("A", *GOOD, received_at=NOW - timedelta(hours=1))], "A: {age} s old"),
    "without a bid's size": ([book("A", [("60000.00", "0")], GOOD[1])], "A: nothing stands at the touch"),
    "without an ask's size": ([book("A", GOOD[0], [("60001.00", "0")])], "A: nothing stands at the touch"),
    "without a price": ([book("A", [("0", "2")], GOOD[1])], "A: nothing stands at the touch"),
}


@pytest.mark.parametrize("useless", USELESS.values(), ids=USELESS)
@pytest.mark.parametrize("now", [NOW, NOW + PATIENCE], ids=["resting", "crossing"])
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_on_books_that_cannot_be_traded_on_nothing_is_placed_and_the_slice_says_why(useless, now, preset):
    books, why = useless
    answer = look(a_slice(preset=preset), now, books)
    assert answer.actions == ()
    assert answer.next_action_at == now + timedelta(milliseconds=250)
    age = (now - NOW).total_seconds() + 3600
    assert answer.reason.startswith(f"No tradable book ({why.format(age=f'{age:.0f}')}")
    assert answer.reason.endswith(": waits")


def test_before_its_start_nothing_is_placed():
    answer = look(a_slice(), NOW - timedelta(seconds=3))
    assert (answer.actions, answer.next_action_at) == ((), NOW)


def test_without_any_listing_the_slice_gives_its_quantity_back():
    answer = look(a_slice(), terms={})
    assert answer.is_done
    assert answer.reason == "Done: no venue takes the instrument at the moment"


def test_while_all_of_it_is_unknown_a_crossing_slice_only_looks_up_ever_more_rarely():
    answer = look(a_slice(a_child(state=ChildState.UNKNOWN, confirmed_at=None)), after(seconds=44))
    assert [type(action) for action in answer.actions] == [Lookup]
    assert answer.next_action_at == after(seconds=49)
    assert answer.reason == "Waits for proof of what became of 1 order"


def test_a_cancel_of_an_unanswering_venue_does_not_hold_up_the_rest():
    stuck = a_child(quantity=Decimal("0.1"), cancel_requested_at=after(seconds=42), confirmed_at=after(seconds=41))
    assert of_kind(Place, look(a_slice(stuck), after(seconds=43))) == []
    (taken,) = of_kind(Place, look(a_slice(stuck), after(seconds=44.1)))
    assert taken.quantity == Decimal("0.2")


def test_an_immediate_order_that_stays_open_is_looked_up_after_a_second():
    child = a_child(time_in_force=TimeInForce.IOC, decided_at=after(seconds=43), confirmed_at=after(seconds=43))
    assert look(a_slice(child), after(seconds=43.9)).actions == ()
    assert of_kind(Lookup, look(a_slice(child), after(seconds=44)))


def test_a_crossing_avoids_a_venue_that_keeps_rejecting():
    rejected = [a_child(id=n, state=ChildState.REJECTED, decided_at=after(seconds=40 + n)) for n in (1, 2, 3)]
    (taken,) = of_kind(Place, look(a_slice(*rejected), after(seconds=43.5)))
    assert taken.venue == "B"


def test_an_order_that_its_venue_tells_of_is_looked_up_at_once():
    """The stream is a hint: the venue is asked, and the answer settles it."""
    told = a_child(confirmed_at=NOW, nudged_at=after(seconds=1))
    asked = a_child(confirmed_at=after(seconds=2), nudged_at=after(seconds=1))
    assert of_kind(Lookup, look(a_slice(told), after(seconds=1.1)))
    assert not of_kind(Lookup, look(a_slice(asked), after(seconds=2.1)))


def test_what_stands_at_the_would_price_is_taken_at_any_time_and_no_more():
    books = [book("A", [("60000.00", "2")], [("60001.00", "0.1")]), book("B", [("60000.50", "2")], [("60001.50", "2")])]
    placed = of_kind(Place, look(a_slice(would_price=Decimal("60001.00")), books=books))
    assert [(p.venue, p.time_in_force, p.quantity) for p in placed] == [("A", TimeInForce.IOC, Decimal("0.1"))]
    assert all(p.price <= Decimal("60001.00") for p in placed)
    assert "would price" in placed[0].reason


def test_beyond_the_would_price_a_slice_rests_as_ever():
    answer = look(a_slice(would_price=Decimal("60000.99")))
    assert {p.time_in_force for p in of_kind(Place, answer)} == {TimeInForce.POST_ONLY}


def test_the_would_price_never_widens_a_tighter_limit():
    worst, books = Decimal("60001.00"), [book("A", [("60000.00", "2")], [("60001.00", "0.1"), ("60001.50", "2")])]
    placed = of_kind(Place, look(a_slice(would_price=Decimal("60002.00"), worst_price=worst), books=books))
    assert placed
    assert all(p.price <= worst for p in placed)


def test_a_sell_takes_what_is_bid_at_its_would_price():
    placed = of_kind(Place, look(a_slice(side=Side.SELL, would_price=Decimal("60000.50"))))
    assert [(p.venue, p.time_in_force) for p in placed] == [("B", TimeInForce.IOC)]


def test_what_rests_is_withdrawn_before_the_would_price_is_taken():
    part = a_slice(a_child(), would_price=Decimal("60001.00"))
    answer = look(part, now=after(seconds=1))
    assert [action.child_id for action in of_kind(Cancel, answer)] == [1]
    assert not of_kind(Place, answer)


LEFT = {"A": "down, no market data for more than 10 s"}


def step_without(part, left, now=NOW, books=BOOKS[1:]):
    fresh = [replace(one, received_at=now) for one in books]
    return step(part, fresh, TERMS, now, left=left)


def test_what_rests_at_a_venue_that_is_left_is_withdrawn_and_the_rest_goes_on_elsewhere():
    resting = a_child(quantity=Decimal("0.1"))
    answer = step_without(a_slice(resting), LEFT, after(seconds=1))
    (cancel,) = of_kind(Cancel, answer)
    assert cancel.reason == "Cancel: A is left: down, no market data for more than 10 s"
    placed = of_kind(Place, answer)
    assert {p.venue for p in placed} == {"B", "C"}
    assert sum(p.quantity for p in placed) == Decimal("0.2"), "what may still fill there is not sent again"


@pytest.mark.parametrize("state", [ChildState.OPEN, ChildState.UNKNOWN])
@pytest.mark.parametrize("now", [after(seconds=10), NOW + PATIENCE, after(seconds=57)], ids=["resting", "crossing", "late"])
def test_a_venue_that_is_left_and_does_not_answer_keeps_its_quantity_counted(state, now):
    lost = a_child(quantity=Decimal("0.1"), state=state, cancel_requested_at=after(seconds=1))
    placed = of_kind(Place, step_without(a_slice(lost), LEFT, now))
    assert sum(p.quantity for p in placed) == Decimal("0.2")


def test_when_every_venue_is_left_what_rests_is_withdrawn_and_nothing_is_sent():
    everyone = dict.fromkeys("ABC", "down, no market data for more than 10 s")
    answer = step_without(a_slice(a_child(), a_child(id=2, venue="B")), everyone, after(seconds=1), books=[])
    assert [action.child_id for action in of_kind(Cancel, answer)] == [1, 2]
    assert not of_kind(Place, answer)
    assert answer.reason == "No tradable book (none): waits"


def test_what_rests_at_a_venue_that_was_switched_off_is_withdrawn():
    terms = {venue: one for venue, one in TERMS.items() if venue != "A"}
    answer = look(a_slice(a_child()), after(seconds=1), BOOKS[1:], terms)
    assert [action.reason for action in of_kind(Cancel, answer)] == ["Cancel: A is left: it takes no orders any more"]


def test_a_venue_that_owes_an_answer_gets_nothing_new_while_others_can():
    lost = a_child(quantity=Decimal("0.1"), state=ChildState.UNKNOWN)
    assert {p.venue for p in of_kind(Place, look(a_slice(lost), after(seconds=1)))} == {"B", "C"}
    (taken,) = of_kind(Place, look(a_slice(lost), NOW + PATIENCE))
    assert taken.venue == "B"
    alone = of_kind(Place, look(a_slice(lost), NOW + PATIENCE, BOOKS[:1]))
    assert [p.venue for p in alone] == ["A"], "with no other venue the deadline counts"


def test_no_more_venues_are_rested_on_than_the_order_says():
    assert [p.venue for p in of_kind(Place, look(a_slice(max_venues=1)))] == ["B"]
    assert len(of_kind(Place, look(a_slice(max_venues=2)))) == 2
    resting = a_child(quantity=Decimal("0.1"))
    again = of_kind(Place, look(a_slice(resting, max_venues=1), after(seconds=1)))
    assert [p.venue for p in again] == ["A"], "what came free goes where the order rests already"


def test_no_more_venues_are_taken_from_than_the_order_says():
    thin = [book(venue, [("60000.00", "1")], [(ask, "0.1")]) for venue, ask in zip("ABC", ("60001", "60002", "60003"), strict=True)]
    assert len(of_kind(Place, look(a_slice(), NOW + PATIENCE, thin))) == 3
    taken = of_kind(Place, look(a_slice(max_venues=2), NOW + PATIENCE, thin))
    assert [(p.venue, p.quantity) for p in taken] == [("A", Decimal("0.1")), ("B", Decimal("0.1"))]
