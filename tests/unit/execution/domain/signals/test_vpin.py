import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.signals.signal import BadInput
from execution.domain.signals.vpin import vpin, vpin_signal
from tests.unit.execution.domain.signals.quoted import reversed_sides, scaled, trades


def by_units(signed, bucket, count):
    """Easley, Lopez de Prado, O'Hara (2012), equation of VPIN, for whole sizes: unit by unit."""
    units = np.repeat(np.sign(signed), np.abs(signed))
    full = len(units) // bucket
    one_sided = np.abs(units[: full * bucket].reshape(full, bucket).sum(axis=1))
    return [one_sided[end - count : end].sum() / (count * bucket) for end in range(count, full + 1)]


def test_vpin_of_five_trades_in_three_buckets_of_ten_is_a_fifth():
    times, values = vpin(trades([6, -7, 3, 9, -5]), bucket_size=10, bucket_count=3)
    assert times.tolist() == [4]
    assert values == pytest.approx([0.2], abs=1e-15)


@given(st.lists(st.integers(-30, 30).filter(bool), max_size=40), st.integers(1, 20), st.integers(1, 5))
def test_vpin_is_that_of_the_trades_counted_unit_by_unit(signed, bucket, count):
    _, values = vpin(trades(signed), bucket_size=bucket, bucket_count=count)
    assert values == pytest.approx(by_units(np.array(signed, dtype=int), bucket, count), abs=1e-9)


def test_a_bucket_is_timed_by_the_trade_that_fills_it():
    times, values = vpin(trades([10, 10, -5, 25]), bucket_size=10, bucket_count=1)
    assert times.tolist() == [0, 1, 3, 3, 3]
    assert values == pytest.approx([1, 1, 0, 1, 1])


def test_decimal_sizes_fill_a_bucket_that_they_add_up_to():
    _, values = vpin(trades([0.1] * 30), bucket_size=0.3, bucket_count=10)
    assert values == pytest.approx([1.0])


def test_sides_exchanged_and_another_unit_change_nothing():
    done = trades([6, -7, 3, 9, -5])
    plain = vpin(done, bucket_size=10, bucket_count=1)[1]
    assert vpin(reversed_sides(done), bucket_size=10, bucket_count=1)[1] == pytest.approx(plain)
    assert vpin(scaled(done, 1e-3), bucket_size=0.01, bucket_count=1)[1] == pytest.approx(plain, abs=1e-9)


def test_too_little_volume_gives_nothing():
    assert vpin(trades([]), bucket_size=10, bucket_count=1)[1].size == 0
    assert vpin_signal(trades([6, -7]), 2.0, bucket_size=10, bucket_count=2).confidence == 0


def test_a_value_appears_when_its_bucket_is_full_and_not_before():
    done = trades([6, -7, 3, 9, -5])
    assert vpin_signal(done, 3.9, bucket_size=10, bucket_count=3).value is None
    assert vpin_signal(done, 4.0, bucket_size=10, bucket_count=3).value == pytest.approx(0.2)


@pytest.mark.parametrize(("size", "count"), [(0, 1), (-1, 1), (float("nan"), 1), (10, 0), (1e-12, 1)])
def test_buckets_that_cannot_be_are_refused(size, count):
    with pytest.raises(BadInput):
        vpin(trades([6, -7]), bucket_size=size, bucket_count=count)
