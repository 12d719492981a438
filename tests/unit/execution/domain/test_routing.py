from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.routing import RejectionReason, VenueLimits, find_best_route
from tests.unit.execution.domain.markets import book, listing, listings

BIDS = [("59990", "1")]


def buy(quantity, books, terms, **limits):
    limits = {"worst_price": None, **limits}
    return find_best_route(side=Side.BUY, quantity=Decimal(str(quantity)), books=books, listings=terms, **limits)


def sell(quantity, books, terms, **limits):
    limits = {"worst_price": None, **limits}
    return find_best_route(side=Side.SELL, quantity=Decimal(str(quantity)), books=books, listings=terms, **limits)


def parts(route):
    return {leg.venue: leg.quantity for leg in route.legs}


def reasons(route):
    return {one.venue: one.reason for one in route.rejected}


# ORACLES.md, "Routing over fee-adjusted books".
PRINTED_BOOKS = [
    book("A", BIDS, [("60000", "0.8"), ("60001", "1.5"), ("60005", "3")]),
    book("B", BIDS, [("60010", "1"), ("60012", "2"), ("60020", "5")]),
    book("C", BIDS, [("60030", "0.7"), ("60032", "0.9"), ("60040", "4")]),
]
PRINTED_TERMS = listings(listing("A", taker_fee_bps="10"), listing("B", taker_fee_bps="7.5"), listing("C", taker_fee_bps="5"))


@pytest.mark.parametrize(("quantity", "printed"), [(1, "60055.007500"), (3, "60056.341833")])
def test_the_printed_all_in_averages_are_reproduced(quantity, printed):
    assert round(buy(quantity, PRINTED_BOOKS, PRINTED_TERMS).all_in_price, 6) == Decimal(printed)


@pytest.mark.parametrize(("quantity", "printed"), [(1, "60060.2002"), (3, "60061.6683")])
def test_routing_without_regard_to_fees_would_pay_what_is_printed(quantity, printed):
    free = {venue: listing(venue) for venue in "ABC"}
    legs = buy(quantity, PRINTED_BOOKS, free).legs
    paid = sum(leg.notional * (1 + PRINTED_TERMS[leg.venue].taker_fee_bps / 10_000) for leg in legs)
    assert round(paid / quantity, 4) == Decimal(printed)


@pytest.mark.parametrize(
    ("min_notional", "printed", "split"),
    [(0, "100.148", {"A": "0.05", "B": "0.9", "C": "0.05"}), (10, "100.151", {"B": "0.9", "C": "0.1"})],
)
def test_the_printed_split_under_lots_and_minimum_notional_is_reproduced(min_notional, printed, split):
    books = [
        book("A", [("99", "1")], [("100.00", "0.05"), ("100.50", "5")]),
        book("B", [("99", "1")], [("100.10", "0.9"), ("100.20", "5")]),
        book("C", [("99", "1")], [("100.12", "0.3")]),
    ]
    fees = {"A": "10", "B": "5", "C": "4"}  # the fees that give the printed all-in prices
    terms = {venue: listing(venue, taker_fee_bps=fee, min_notional=min_notional) for venue, fee in fees.items()}
    route = buy(1, books, terms)
    assert parts(route) == {venue: Decimal(quantity) for venue, quantity in split.items()}
    assert round(route.all_in_price, 3) == Decimal(printed)


def test_a_sell_takes_bids_and_fees_lower_what_it_brings():
    books = [book("A", [("100", "1")], [("101", "1")]), book("B", [("100.05", "1")], [("101", "1")])]
    route = sell(1, books, listings(listing("A", taker_fee_bps="2"), listing("B", taker_fee_bps="10")))
    assert parts(route) == {"A": 1}
    assert route.all_in_price == Decimal("99.98")


def test_the_figures_of_a_route_are_in_their_stated_units():
    books = [book("A", [("99", "1")], [("101", "1"), ("102", "3")])]
    route = buy(2, books, listings(listing("A", taker_fee_bps="10")))
    (leg,) = route.legs
    assert (leg.worst_price, leg.expected_price, leg.notional) == (Decimal(102), Decimal("101.5"), Decimal(203))
    assert leg.expected_fee == route.total_fee == Decimal("0.203")
    assert route.average_price == Decimal("101.5")
    assert route.all_in_price == Decimal("101.6015")
    assert route.slippage_bps == Decimal(150)  # against the mid of 100
    assert route.total_cost == Decimal("3.203")  # 2 x 1.5 above mid, and the fee
    assert (route.quantity, route.unrouted_quantity) == (2, 0)


@pytest.mark.parametrize(("quantity", "confidence"), [(1, 1.0), (2, 1.0), (4, 0.5), (8, 0.25)])
def test_confidence_is_the_share_that_half_of_the_displayed_quantity_covers(quantity, confidence):
    route = buy(quantity, [book("A", [("99", "1")], [("101", "4")])], listings(listing("A")))
    assert route.confidence == confidence


def test_a_price_beyond_the_worst_is_never_paid():
    route = buy(3, [book("A", [("99", "1")], [("101", "1"), ("102", "5")])], listings(listing("A")), worst_price=Decimal("101.5"))
    assert parts(route) == {"A": 1}
    assert route.unrouted_quantity == 2


def test_the_worst_price_is_compared_without_fee():
    terms = listings(listing("A", taker_fee_bps="10"))
    assert buy(1, [book("A", [("99", "1")], [("101", "1")])], terms, worst_price=Decimal(101)).quantity == 1


def test_a_full_fill_or_nothing():
    books = [book("A", [("99", "1")], [("101", "1")])]
    assert buy(2, books, listings(listing("A")), require_full_fill=True).legs == ()
    assert buy(1, books, listings(listing("A")), require_full_fill=True).quantity == 1


def test_no_more_venues_than_allowed_are_used():
    books = [book(v, [("99", "1")], [(p, "1"), ("105", "9")]) for v, p in (("A", "101"), ("B", "101.1"), ("C", "101.2"))]
    terms = {venue: listing(venue) for venue in "ABC"}
    assert parts(buy(2, books, terms, max_venues=1)) == {"A": 2}
    assert parts(buy(2, books, terms, max_venues=2)) == {"A": 1, "B": 1}


def test_no_venue_gets_more_than_its_maximum():
    books = [book("A", [("99", "1")], [("101", "9")]), book("B", [("99", "1")], [("102", "9")])]
    assert parts(buy(3, books, listings(listing("A", max_quantity="1"), listing("B")))) == {"A": 1, "B": 2}


USELESS = {
    "crossed": (book("B", [("100", "1")], [("99", "1")]), RejectionReason.CROSSED_BOOK),
    "locked": (book("B", [("100", "1")], [("100", "1")]), RejectionReason.CROSSED_BOOK),
    "no bids": (book("B", [], [("99", "1")]), RejectionReason.EMPTY_BOOK),
    "no asks": (book("B", [("98", "1")], []), RejectionReason.EMPTY_BOOK),
    "empty": (book("B", [], []), RejectionReason.EMPTY_BOOK),
    "nothing asked": (book("B", [("98", "1")], [("99", "0"), ("99.5", "5")]), RejectionReason.EMPTY_BOOK),
    "nothing bid": (book("B", [("98", "0")], [("99", "1")]), RejectionReason.EMPTY_BOOK),
    "less than nothing": (book("B", [("98", "1")], [("99", "-1")]), RejectionReason.EMPTY_BOOK),
    "bid for nothing": (book("B", [("0", "1")], [("99", "1")]), RejectionReason.EMPTY_BOOK),
    "no listing": (book("unlisted", [("98", "1")], [("99", "1")]), RejectionReason.NO_LISTING),
}


@pytest.mark.parametrize(("useless", "reason"), USELESS.values(), ids=USELESS)
def test_useless_books_are_left_out_and_move_no_figure(useless, reason):
    good = book("A", [("99", "1")], [("101", "1")])
    terms = listings(listing("A"), listing("B"))
    route, alone = buy(1, [useless, good], terms), buy(1, [good], terms)
    assert parts(route) == {"A": 1}
    assert reasons(route) == {useless.venue: reason}
    assert (route.slippage_bps, route.total_cost, route.confidence) == (alone.slippage_bps, alone.total_cost, alone.confidence)


def test_with_useless_books_only_nothing_is_routed():
    route = buy(1, [USELESS["crossed"][0]], listings(listing("B")))
    assert (route.legs, route.unrouted_quantity, route.slippage_bps) == ((), 1, None)


def test_levels_without_quantity_are_passed_over():
    route = buy(
        2, [book("A", [("99", "1")], [("101", "1"), ("102", "0"), ("103", "0"), ("104", "1"), ("105", "0")])], listings(listing("A"))
    )
    assert (route.legs[0].notional, route.legs[0].worst_price) == (205, 104)


def test_a_sale_never_reaches_bids_of_nothing():
    books = [book("A", [("100", "1"), ("0", "5")], [("101", "1")])]
    assert reasons(sell(2, books, listings(listing("A", min_notional="5")))) == {"A": RejectionReason.EMPTY_BOOK}


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_is_routed_of_nothing(quantity):
    route = buy(quantity, [book("A", [("99", "1")], [("101", "1")])], listings(listing("A")))
    assert (route.legs, route.confidence, reasons(route)) == ((), 0.0, {"A": RejectionReason.ORDER_TOO_SMALL})


# What the desk adds to a listing.

TWO_VENUES = [book("A", [("99", "1")], [("100", "9")]), book("B", [("99", "1")], [("101", "9")])]
TWO_LISTINGS = listings(listing("A", min_quantity="1"), listing("B"))


@pytest.mark.parametrize("limit", ["balance", "position_room", "largest_order"])
def test_no_venue_gets_more_than_balance_position_and_largest_order_allow(limit):
    limits = {"A": VenueLimits(**{limit: Decimal("2.005")})}
    assert parts(buy(5, TWO_VENUES, TWO_LISTINGS, limits=limits)) == {"A": 2, "B": 3}


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("balance", RejectionReason.NO_BALANCE),
        ("position_room", RejectionReason.NO_POSITION_ROOM),
        ("largest_order", RejectionReason.LARGEST_TOO_SMALL),
    ],
)
@pytest.mark.parametrize("left", ["0.99", "0", "-3"])
def test_a_limit_below_the_smallest_order_leaves_a_venue_out(limit, reason, left):
    route = buy(5, TWO_VENUES, TWO_LISTINGS, limits={"A": VenueLimits(**{limit: Decimal(left)})})
    assert (parts(route), reasons(route)) == ({"B": 5}, {"A": reason})


def test_a_penalty_ranks_venues_and_is_in_no_figure():
    route = buy(1, TWO_VENUES, TWO_LISTINGS, limits={"A": VenueLimits(penalty_bps=Decimal("100.01"))})
    assert parts(route) == {"B": 1}
    assert (route.total_fee, route.all_in_price) == (0, 101)
    assert parts(buy(1, TWO_VENUES, TWO_LISTINGS, limits={"A": VenueLimits(penalty_bps=Decimal("99.99"))})) == {"A": 1}


def test_a_penalty_lowers_what_a_sale_is_worth():
    books = [book("A", [("100", "1")], [("103", "1")]), book("B", [("99", "1")], [("103", "1")])]
    assert parts(sell(1, books, listings(listing("A"), listing("B")), limits={"A": VenueLimits(penalty_bps=Decimal(101))})) == {"B": 1}


@given(st.decimals("0.5", "1", places=3), st.decimals("0.5", "1", places=3), st.integers(1, 40), st.integers(1, 40))
def test_with_fill_probability_the_lowest_price_may_come_last(pi_a, pi_b, ticks_a, ticks_b):
    """Rank by pi (c - p), c being what cleaning up costs (ORACLES.md): a penalty of (1 - pi) (c - p) / p says the same."""
    clean_up = Decimal("100.50")
    prices = {"A": 100 + Decimal(ticks_a) / 100, "B": 100 + Decimal(ticks_b) / 100}
    chances = {"A": pi_a, "B": pi_b}
    gains = {venue: chances[venue] * (clean_up - prices[venue]) for venue in "AB"}
    assume(gains["A"] != gains["B"])
    limits = {venue: VenueLimits(penalty_bps=(1 - chances[venue]) * (clean_up / price - 1) * 10_000) for venue, price in prices.items()}
    books = [book(venue, [("99", "1")], [(price, "1")]) for venue, price in prices.items()]
    route = buy(1, books, {venue: listing(venue) for venue in "AB"}, limits=limits)
    assert parts(route) == {max(gains, key=gains.get): 1}


def test_fill_probability_reverses_the_order_of_prices():
    """0.6 (100.5 - 100) = 0.30 is less than 0.99 (100.5 - 100.1) = 0.396."""
    limits = {"A": VenueLimits(penalty_bps=Decimal("0.4") * Decimal("0.5") / 100 * 10_000), "B": VenueLimits(penalty_bps=Decimal("0.4"))}
    books = [book("A", [("99", "1")], [("100", "1")]), book("B", [("99", "1")], [("100.1", "1")])]
    assert parts(buy(1, books, listings(listing("A"), listing("B")), limits=limits)) == {"B": 1}


def test_a_fee_taken_in_base_costs_more_than_its_rate():
    """A buy pays p / (1 - f), not p (1 + f) (ORACLES.md): beyond the fee, f^2 / (1 - f) is the penalty."""
    fee = Decimal("0.01")
    books = [book("A", [("99", "1")], [("100", "1")]), book("B", [("99", "1")], [("101.005", "1")])]
    terms = listings(listing("A", taker_fee_bps="100"), listing("B", tick="0.001"))
    assert parts(buy(1, books, terms)) == {"A": 1}  # 101 < 101.005
    limits = {"A": VenueLimits(penalty_bps=fee * fee / (1 - fee) * 10_000)}
    assert parts(buy(1, books, terms, limits=limits)) == {"B": 1}  # 101.0101 > 101.005


# Why a venue got nothing.


def test_a_venue_that_is_dearer_is_told_by_how_much():
    books = [book("A", [("99", "1")], [("100", "1"), ("101", "1")]), book("B", [("99", "1")], [("101", "9")])]
    (rejected,) = buy(2, books, listings(listing("A"), listing("B", taker_fee_bps="5"))).rejected
    assert (rejected.venue, rejected.reason) == ("B", RejectionReason.TOO_DEAR)
    assert rejected.excess_bps == 5  # beyond A's deepest level taken


def test_a_sale_is_told_by_how_much_less_a_venue_brings():
    books = [book("A", [("100", "1")], [("103", "1")]), book("B", [("99", "1")], [("103", "1")])]
    (rejected,) = sell(1, books, listings(listing("A"), listing("B"))).rejected
    assert rejected.excess_bps == 100


@pytest.mark.parametrize(
    ("terms", "limits", "reason"),
    [
        ({"min_quantity": "2"}, {}, RejectionReason.ORDER_TOO_SMALL),
        ({"min_quantity": "0.8"}, {}, RejectionReason.TOO_THIN),
        ({"min_quantity": "0.7"}, {}, RejectionReason.BELOW_MINIMUM),
        ({"max_quantity": "0.001"}, {}, RejectionReason.LARGEST_TOO_SMALL),
        ({}, {"worst_price": Decimal("99.5")}, RejectionReason.BEYOND_WORST_PRICE),
        ({}, {"max_venues": 1}, RejectionReason.TOO_MANY_VENUES),
        ({}, {"require_full_fill": True}, RejectionReason.NOT_IN_FULL),
    ],
)
def test_a_venue_without_a_part_is_told_why(terms, limits, reason):
    """B is a little cheaper than A where A shows 0.4 only: not enough to take 0.7 there."""
    books = [book("A", [("98", "1")], [("99", "0.4"), ("100.05", "0.5")]), book("B", [("98", "1")], [("100", "0.7")])]
    quantity = {RejectionReason.NOT_IN_FULL: 2}.get(reason, "0.9")
    assert reasons(buy(quantity, books, listings(listing("A"), listing("B", **terms)), **limits))["B"] is reason


def test_without_books_nothing_is_routed_and_no_price_is_claimed():
    route = buy(1, [], listings(listing("A")))
    assert route.legs == ()
    assert (route.quantity, route.unrouted_quantity) == (0, 1)
    assert (route.average_price, route.all_in_price, route.slippage_bps) == (None, None, None)
    assert (route.total_fee, route.total_cost, route.confidence) == (0, 0, 0)


def test_a_remainder_below_the_lot_stays_unrouted():
    route = buy("1.005", [book("A", [("99", "1")], [("101", "5")])], listings(listing("A")))
    assert (route.quantity, route.unrouted_quantity) == (1, Decimal("0.005"))


def test_the_venue_with_the_finer_lot_takes_the_odd_remainder():
    books = [book("A", [("99", "1")], [("101", "5")]), book("B", [("99", "1")], [("102", "5")])]
    route = buy("1.005", books, listings(listing("A", lot="0.1"), listing("B", lot="0.001")))
    assert parts(route) == {"A": 1, "B": Decimal("0.005")}


@st.composite
def instances(draw, most_venues=3):
    """Small markets: few levels of few units, different lots, minimums, maximums and fees."""
    side = draw(st.sampled_from(list(Side)))
    books, terms = [], {}
    for venue in "ABC"[: draw(st.integers(1, most_venues))]:
        steps = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=3))
        price, ladder = 100 * 100 + side.sign * draw(st.integers(0, 8)), []
        for step, quantity in steps:
            ladder.append((Decimal(price) / 100, quantity))
            price += side.sign * step
        far = [(Decimal(100 * 100 - side.sign * 50) / 100, 1)]
        books.append(book(venue, *((far, ladder) if side is Side.BUY else (ladder, far))))
        lot = draw(st.sampled_from([1, 1, 2, 3, 4]))
        terms[venue] = listing(
            venue,
            lot=lot,
            min_quantity=draw(st.sampled_from([0, 0, 2, 5])),
            max_quantity=draw(st.sampled_from([6, 1000, 1000])),
            min_notional=draw(st.sampled_from([0, 0, 390])),
            taker_fee_bps=draw(st.sampled_from(["0", "2.5", "5", "-1"])),
        )
    worst = draw(st.one_of(st.none(), st.integers(-2, 12).map(lambda ticks: Decimal(100 * 100 + side.sign * ticks) / 100)))
    return side, draw(st.integers(1, 24)), books, terms, worst, draw(st.sampled_from([None, 1, 2]))


def walk(ladder, quantity):
    """The notional of taking a quantity from a ladder; none when it is too short."""
    notional = Decimal(0)
    for level in ladder:
        part = min(quantity, level.quantity)
        notional, quantity = notional + part * level.price, quantity - part
    return None if quantity else notional


def exhaustive(instance):
    """The most that any split can route, and the best total all-in price of those: every combination of amounts is tried."""
    side, quantity, books, terms, worst, max_venues = instance
    options = []
    for one in books:
        rules = terms[one.venue]
        ladder = [level for level in one.opposite(side) if worst is None or side.sign * (level.price - worst) <= 0]
        own = [(0, Decimal(0))]
        for amount in range(1, quantity + 1):
            notional = walk(ladder, Decimal(amount))
            fits = amount % rules.lot == 0 and rules.min_quantity <= amount <= rules.max_quantity
            if notional is not None and fits and amount * lowest_of(side, ladder, quantity) >= rules.min_notional:
                own.append((amount, side.sign * notional + notional * rules.taker_fee_bps / 10_000))
        options.append(own)
    best = (0, Decimal(0))
    for combination in product(*options):
        total = sum(amount for amount, _ in combination)
        used = sum(amount > 0 for amount, _ in combination)
        if total <= quantity and (max_venues is None or used <= max_venues):
            best = min(best, (-total, sum(cost for _, cost in combination)))
    return -best[0], best[1]


def lowest_of(side, ladder, quantity):
    """The lowest price at which an order of the quantity could be judged: the best ask, or the deepest bid it can reach."""
    if side is Side.BUY:
        return ladder[0].price
    price, seen = ladder[0].price, 0
    for level in ladder:
        if seen >= quantity:
            break
        price, seen = level.price, seen + level.quantity
    return price


@settings(max_examples=400)
@given(instances())
def test_no_split_routes_more_or_at_a_better_all_in_price(instance):
    side, quantity, books, terms, worst, max_venues = instance
    route = find_best_route(side=side, quantity=Decimal(quantity), books=books, listings=terms, worst_price=worst, max_venues=max_venues)
    total, cost = exhaustive(instance)
    assert route.quantity == total
    assert sum((side.sign * leg.notional + leg.expected_fee for leg in route.legs), Decimal(0)) == cost


FAR_FROM_THE_SPLIT_THAT_CUTS_LOTS = [
    (9, {"A": (3, [("100.02", 6)]), "B": (2, [("100.04", 9), ("100.06", 5), ("100.11", 6)])}),
    (11, {"A": (3, [("100.01", 3), ("100.05", 7), ("100.09", 7)]), "B": (2, [("100.03", 6)])}),
    (26, {"A": (4, [("100.01", 8), ("100.02", 1), ("100.04", 8)]), "B": (3, [("100.04", 9), ("100.07", 9), ("100.12", 7)])}),
]


@pytest.mark.parametrize(("quantity", "venues"), FAR_FROM_THE_SPLIT_THAT_CUTS_LOTS)
def test_the_best_split_is_found_some_lots_away_from_the_one_that_cuts_lots(quantity, venues):
    books = [book(venue, [("99", 1)], ladder) for venue, (_, ladder) in venues.items()]
    terms = {venue: listing(venue, lot=lot) for venue, (lot, _) in venues.items()}
    route = buy(quantity, books, terms)
    assert (route.quantity, sum(leg.notional for leg in route.legs)) == exhaustive((Side.BUY, quantity, books, terms, None, None))


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 99)), min_size=1, max_size=4), min_size=5, max_size=8),
    st.integers(1, 30),
)
def test_levels_that_are_no_whole_lots_are_taken_lot_by_lot(ladders, lots):
    """Lots of 0.1 over sizes of hundredths at eight venues: each lot in turn is the cheapest left, as a venue's only get dearer."""
    books, offers = [], []
    for venue, ladder in zip("ABCDEFGH", ladders, strict=False):
        levels = [(100 + Decimal(tick) / 100, Decimal(size) / 100) for tick, size in sorted(ladder)]
        books.append(book(venue, [("99", "1")], levels))
        whole = [walk(books[-1].asks, Decimal(count) / 10) for count in range(100)]
        offers += [after - before for before, after in pairwise(notional for notional in whole if notional is not None)]
    route = buy(Decimal(lots) / 10, books, {one.venue: listing(one.venue, lot="0.1") for one in books})
    assert route.quantity == Decimal(min(lots, len(offers))) / 10
    assert sum((leg.notional for leg in route.legs), Decimal(0)) == sum(sorted(offers)[:lots], Decimal(0))


def test_lots_without_a_small_common_multiple_lose_less_than_a_lot_of_each_venue():
    """No sum of these lots makes the quantity, and countless ones come near."""
    lots = {"A": "0.0007", "B": "0.0011", "C": "0.0013", "D": "0.00017"}
    books = [book(venue, [("99", "1")], [("99.5", "1")] if venue == "D" else [("100", "500"), ("100.01", "5000")]) for venue in lots]
    terms = {venue: listing(venue, lot=lot, max_quantity="0.0009" if venue == "D" else "9999") for venue, lot in lots.items()}
    route = buy("1000.00007", books, terms)
    assert all(leg.quantity % terms[leg.venue].lot == 0 for leg in route.legs)
    assert 0 <= route.unrouted_quantity < sum(one.lot for one in terms.values())


@given(instances(), st.integers(0, 12))
def test_limits_of_the_desk_are_like_a_lower_maximum_of_the_venue(instance, most):
    side, quantity, books, terms, worst, max_venues = instance
    asked = {"side": side, "quantity": Decimal(quantity), "books": books, "worst_price": worst, "max_venues": max_venues}
    limited = find_best_route(listings=terms, limits={"A": VenueLimits(balance=Decimal(most))}, **asked)
    lowered = terms | {"A": replace(terms["A"], max_quantity=min(terms["A"].max_quantity, Decimal(most)))}
    assert limited.legs == find_best_route(listings=lowered, **asked).legs


@given(instances())
def test_every_venue_either_gets_a_part_or_is_told_why_not(instance):
    side, quantity, books, terms, worst, max_venues = instance
    route = find_best_route(side=side, quantity=Decimal(quantity), books=books, listings=terms, worst_price=worst, max_venues=max_venues)
    assert sorted([*parts(route), *reasons(route)]) == sorted(one.venue for one in books)
    assert all((one.reason is RejectionReason.TOO_DEAR) == (one.excess_bps is not None and one.excess_bps >= 0) for one in route.rejected)


@given(instances())
def test_without_lots_and_minimums_the_cheapest_levels_are_taken(instance):
    side, quantity, books, terms, _, _ = instance
    free = {venue: replace(one, lot=Decimal(1), min_quantity=Decimal(0), min_notional=Decimal(0)) for venue, one in terms.items()}
    free = {venue: replace(one, max_quantity=Decimal(1000)) for venue, one in free.items()}
    route = find_best_route(side=side, quantity=Decimal(quantity), books=books, listings=free, worst_price=None)
    rates = [
        (level.price * (side.sign + free[one.venue].taker_fee_bps / 10_000), level.quantity)
        for one in books
        for level in one.opposite(side)
    ]
    cost, left = Decimal(0), Decimal(quantity)
    for rate, size in sorted(rates):
        cost += rate * min(size, left)
        left -= min(size, left)
    assert route.unrouted_quantity == left
    assert sum((side.sign * leg.notional + leg.expected_fee for leg in route.legs), Decimal(0)) == cost


@given(instances())
def test_every_leg_keeps_its_venue_s_rules(instance):
    side, quantity, books, terms, worst, max_venues = instance
    route = find_best_route(side=side, quantity=Decimal(quantity), books=books, listings=terms, worst_price=worst, max_venues=max_venues)
    assert route.quantity + route.unrouted_quantity == quantity
    assert route.quantity == sum((leg.quantity for leg in route.legs), Decimal(0))
    assert len(route.legs) <= (max_venues or len(books))
    for leg in route.legs:
        rules = terms[leg.venue]
        assert leg.quantity % rules.lot == 0
        assert max(rules.min_quantity, rules.lot) <= leg.quantity <= rules.max_quantity
        assert leg.quantity * leg.worst_price >= rules.min_notional
        assert worst is None or side.sign * (leg.worst_price - worst) <= 0
