"""How the lab writes sizes, algorithms and differences."""

import pytest

from analytics.domain.experiments import Interval, difference
from analytics.reports.lab_words import algorithm_title, algorithms_of, short_size, size_title, span
from tests import measured


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("8000", "USD 8k"),
        ("1500000", "USD 1.5m"),
        ("250", "USD 250"),
        ("1234", "USD 1,234"),
        ("123456", "USD 123,456"),
        ("5%", "5 % of volume"),
        ("2.5%", "2.5 % of volume"),
    ],
)
def test_sizes_are_short_where_nothing_is_lost_by_it(stored: str, written: str) -> None:
    assert size_title(stored) == written


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("twap", "TWAP"),
        ("twap:stealth", "TWAP stealth"),
        ("market", "Market order"),
        ("gone", "Gone"),
        ("participation", "Participation (POV)"),
    ],
)
def test_algorithms_are_called_what_people_call_them(name: str, title: str) -> None:
    assert algorithm_title(name) == title


def test_where_there_is_little_room_sizes_have_no_unit_of_their_own() -> None:
    assert [short_size(text) for text in ("8000", "5%")] == ["8k", "5 %"]


def test_of_many_algorithms_the_first_are_named_ours_before_baselines() -> None:
    assert algorithms_of(measured.settings(algorithms=("market", "twap"))) == "TWAP, Market order"
    many = measured.settings(algorithms=("market", "clips", "oracle", "twap", "twap:stealth"))
    assert algorithms_of(many) == "TWAP, TWAP stealth, Market order and 2 more"


def test_an_interval_is_written_with_true_minus_and_signs_where_they_mean_something() -> None:
    interval = Interval(mean=-0.5, low=-1.25, high=0.25)
    assert span(interval, is_signed=True) == "−1.3 to +0.3"
    assert span(Interval(mean=3, low=2, high=4), is_signed=False) == "2.0 to 4.0"


def test_what_has_no_interval_is_a_dash() -> None:
    assert span(Interval(mean=1.0, low=None, high=None), is_signed=True) == "–"
    assert span(None, is_signed=True) == "–"


def test_half_widths_of_independent_estimates_add_in_squares() -> None:
    moved = difference(Interval(mean=5.0, low=2.0, high=8.0), Interval(mean=1.0, low=-3.0, high=5.0))
    assert (moved.mean, moved.low, moved.high) == (4.0, -1.0, 9.0)  # 3 and 4 make 5
    assert not moved.excludes_zero


def test_a_difference_to_a_single_path_has_no_interval() -> None:
    moved = difference(measured.interval(5.0), Interval(mean=1.0, low=None, high=None))
    assert (moved.mean, moved.low, moved.excludes_zero) == (4.0, None, False)


@pytest.mark.parametrize(("low", "high", "is_certain"), [(0.1, 1, True), (-1, -0.1, True), (-0.1, 0.1, False), (0.0, 1, False)])
def test_a_sign_is_certain_when_the_interval_excludes_zero(low: float, high: float, is_certain: bool) -> None:
    assert Interval(mean=0.0, low=low, high=high).excludes_zero is is_certain


def test_all_orders_of_an_experiment_are_counted() -> None:
    asked = measured.settings(symbols=("BTC", "ETH"), minutes=(15.0, 45.0), sizes=("1k", "2k", "3k"), paths=10)
    assert (asked.paths_in_all, asked.orders, asked.order_minutes) == (40, 240, 7200.0)
