"""How figures are written."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dipmaster.templatetags.desk import amount, bar, duration, number, percent, signed


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("115290.3"), 1, "115,290.3"),
        (Decimal("-0.25"), 1, "−0.3"),
        (Decimal("-0.04"), 1, "0.0"),
        (None, 2, "–"),
        (Decimal("0.5"), 5, "0.50000"),
        (0.15, 2, "0.15"),
    ],
)
def test_a_figure_has_fixed_decimals_a_true_minus_and_a_dash_for_none(value: Decimal | float | None, places: int, text: str) -> None:
    assert number(value, places) == text


@pytest.mark.parametrize(("value", "text"), [(Decimal("1.44"), "+1.4"), (Decimal("-6.3"), "−6.3"), (Decimal("0.01"), "0.0"), (None, "–")])
def test_a_sign_is_written_where_it_means_something(value: Decimal | None, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(("value", "text"), [(Decimal("0.50000"), "0.5"), (Decimal("24000"), "24,000"), (Decimal("1E+3"), "1,000")])
def test_an_amount_has_the_decimals_it_has(value: Decimal, text: str) -> None:
    assert amount(value) == text


def test_a_share_is_written_in_percent() -> None:
    assert percent(Decimal("0.767")) == "76.7"


@pytest.mark.parametrize(("seconds", "text"), [(833, "13:53"), (3723, "1:02:03"), (-5, "0:00")])
def test_a_duration_is_minutes_and_seconds(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("value", "text"), [(Decimal("0.5"), "50.00%"), (Decimal(2), "100.00%"), (Decimal(-1), "0.00%"), (None, "0.00%")])
def test_a_bar_never_leaves_its_track(value: Decimal | None, text: str) -> None:
    assert bar(value) == text
