"""Which limits count."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from risk.domain.limits import Limits, ScopedLimits, merge


def row(quantity: int | None = None, *, desk: bool = False, symbol: bool = False, **figures: Decimal) -> ScopedLimits:
    limit = None if quantity is None else Decimal(quantity)
    return ScopedLimits(is_for_desk=desk, is_for_symbol=symbol, limits=Limits(max_order_quantity=limit, **figures))


def test_without_rows_nothing_is_limited() -> None:
    assert merge([]) == Limits()


def test_the_row_of_desk_and_symbol_wins_even_when_it_is_larger() -> None:
    rows = [row(1), row(2, desk=True), row(3, symbol=True), row(100, desk=True, symbol=True)]
    assert {merge(order).max_order_quantity for order in permutations(rows)} == {Decimal(100)}


def test_a_desk_row_wins_over_the_row_for_all() -> None:
    assert merge([row(1), row(50, desk=True)]).max_order_quantity == 50


def test_a_symbol_row_wins_over_the_row_for_all() -> None:
    assert merge([row(1), row(50, symbol=True)]).max_order_quantity == 50


def test_between_a_desk_row_and_a_symbol_row_the_smaller_figure_counts() -> None:
    assert merge([row(7, desk=True), row(5, symbol=True)]).max_order_quantity == 5
    assert merge([row(4, desk=True), row(5, symbol=True)]).max_order_quantity == 4


def test_a_specific_row_leaves_the_figures_it_does_not_set_to_the_general_one() -> None:
    rows = [row(1, price_collar_bps=Decimal(50)), row(9, desk=True, symbol=True)]
    assert merge(rows) == Limits(max_order_quantity=Decimal(9), price_collar_bps=Decimal(50))


def test_zero_is_a_limit() -> None:
    assert merge([row(5), row(0, desk=True)]).max_order_quantity == 0


@given(
    st.lists(st.builds(row, st.none() | st.integers(0, 9), desk=st.booleans(), symbol=st.booleans()), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_does_not_matter(rows: list[ScopedLimits], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(rows)
