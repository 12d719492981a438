"""The router against a solver, and the measurement of it."""

from decimal import Decimal

import numpy as np
import pytest

from bench.router import compare_to_solver, in_proportion, saving, times_us
from bench.router_solver import Problem, desk_problem, small_problem, solve
from dipmaster.domain.sides import Side
from tests.unit.execution.domain.markets import book, listing, listings


@pytest.mark.parametrize("seed", range(5))
def test_no_split_of_a_solver_routes_more_or_at_a_better_price(seed):
    draw = np.random.default_rng([6, seed])
    compared = compare_to_solver([small_problem(draw) for _ in range(60)])
    assert (compared["max_gap_bps"], compared["wrong"]) == (0, 0)


def test_lots_minimums_and_venues_bind_in_the_problems_that_are_solved():
    """Else greedy would do, and the comparison would show nothing."""
    draw = np.random.default_rng(6)
    bound = 0
    for problem in [small_problem(draw) for _ in range(100)]:
        free = {
            venue: listing(venue, lot="0.001", max_quantity="1000", taker_fee_bps=terms.taker_fee_bps)
            for venue, terms in problem.listings.items()
        }
        relaxed = Problem(side=problem.side, quantity=problem.quantity, books=problem.books, listings=free)
        bound += [leg.quantity for leg in problem.route().legs] != [leg.quantity for leg in relaxed.route().legs]
    assert bound > 50


PRINTED = Problem(  # ORACLES.md, lots and minimum notional of 10
    side=Side.BUY,
    quantity=Decimal(1),
    books=(
        book("A", [("99", "1")], [("100.00", "0.05"), ("100.50", "5")]),
        book("B", [("99", "1")], [("100.10", "0.9"), ("100.20", "5")]),
        book("C", [("99", "1")], [("100.12", "0.3")]),
    ),
    listings=listings(*(listing(venue, taker_fee_bps=fee, min_notional="10") for venue, fee in (("A", "10"), ("B", "5"), ("C", "4")))),
)


def test_the_solver_finds_the_printed_split():
    assert solve(PRINTED, Decimal(1)) == {"B": Decimal("0.9"), "C": Decimal("0.1")}
    assert round(PRINTED.cost(solve(PRINTED, Decimal(1))), 3) == Decimal("100.151")


def test_the_solver_knows_what_cannot_be():
    assert solve(PRINTED, Decimal("11.26")) is None  # more than is shown
    assert solve(PRINTED, Decimal("0.05")) is None  # below every minimum


def test_shares_in_proportion_are_whole_lots_of_the_whole_quantity():
    draw = np.random.default_rng(6)
    for problem in [desk_problem(draw) for _ in range(5)]:
        amounts = in_proportion(problem)
        assert sum(amounts.values()) == problem.quantity
        assert all(amount % problem.listings[venue].lot == 0 for venue, amount in amounts.items())


def test_other_splits_save_nothing_on_the_router(capsys):
    draw = np.random.default_rng(6)
    found = saving("some books", [desk_problem(draw) for _ in range(10)])
    assert found["some_books_saving_vs_fee_blind_bps"] >= 0
    assert found["some_books_saving_vs_proportional_bps"] > 0
    assert "some books" in capsys.readouterr().out


def test_every_problem_is_timed():
    draw = np.random.default_rng(6)
    assert times_us([desk_problem(draw) for _ in range(3)], 2, is_fresh=True).count == 3
