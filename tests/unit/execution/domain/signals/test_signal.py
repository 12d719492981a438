import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.signals.signal import NOTHING, STALE_AFTER_SECONDS, BadInput, Signal, saturating, sign_of, signal_of

any_number = st.floats(allow_nan=True, allow_infinity=True)


@given(any_number, any_number, any_number, any_number, any_number)
def test_whatever_is_measured_a_signal_is_in_its_ranges_or_says_nothing(value, direction, strength, coverage, age):
    signal = signal_of(value=value, direction=direction, strength=strength, coverage=coverage, age_seconds=age)
    assert signal is NOTHING or signal.value == value
    assert -1 <= signal.direction <= 1
    assert 0 <= signal.strength <= 1
    assert 0 <= signal.confidence <= 1


def test_confidence_falls_evenly_with_age_until_nothing_is_known():
    def confidence(age):
        return signal_of(value=1.0, direction=1.0, strength=0.5, coverage=0.8, age_seconds=age).confidence

    assert confidence(0.0) == 0.8
    assert confidence(STALE_AFTER_SECONDS / 2) == pytest.approx(0.4)
    assert confidence(STALE_AFTER_SECONDS) == 0
    assert confidence(-0.1) == 0


@pytest.mark.parametrize(
    "changes",
    [{"direction": 1.1}, {"strength": -0.1}, {"confidence": math.nan}, {"age_seconds": -1.0}, {"value": math.inf}, {"value": None}],
)
def test_a_signal_out_of_its_ranges_is_refused(changes):
    with pytest.raises(BadInput):
        Signal(**({"value": 1.0, "direction": 0.5, "strength": 0.5, "confidence": 0.5, "age_seconds": 1.0} | changes))


def test_strength_saturates_and_signs_are_three():
    assert [saturating(x) for x in (0.0, 1.0, -3.0, math.inf)] == [0, 0.5, 0.75, 1]
    assert [sign_of(x) for x in (-2.0, 0.0, 5.0)] == [-1, 0, 1]
    assert math.isnan(sign_of(math.nan))
