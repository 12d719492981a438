import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.impact_fit import FitRefused, Measured, fit_square_root


def executions(seed, *, count, y, exponent, noise, measured=Measured.MEAN_PAID):
    """Return participations, volatilities and realised impacts; noise in volatilities, heavy-tailed, larger where trading is larger."""
    random = np.random.default_rng(seed)
    participation = 10 ** random.uniform(-3, -0.3, count)
    volatility = random.uniform(20, 120, count)
    share = 1 / (1 + exponent) if measured is Measured.MEAN_PAID else 1
    surprise = random.standard_t(5, count) * noise * (1 + participation) * volatility
    return participation, volatility, share * y * volatility * participation**exponent + surprise


def fit(data, *, measured=Measured.MEAN_PAID, weights=None):
    participation, volatility, impact = data
    return fit_square_root(
        participation=participation, volatility_bps=volatility, impact_bps=impact, measured=measured, source="synthetic", weights=weights
    )


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.4, 2),
    st.floats(0.3, 0.8),
    st.floats(0.001, 0.1),
    st.sampled_from(Measured),
)
def test_known_coefficients_are_recovered_within_their_stated_errors(seed, y, exponent, noise, measured):
    found = fit(executions(seed, count=1500, y=y, exponent=exponent, noise=noise, measured=measured), measured=measured)
    assert abs(found.y.value - y) < 5 * found.y.standard_error
    assert abs(found.exponent.value - exponent) < 5 * found.exponent.standard_error
    assert found.observations == 1500
    assert found.y.standard_error > 0
    assert found.exponent.standard_error > 0


def test_stated_errors_are_the_spread_over_repeated_samples():
    fits = [fit(executions(seed, count=400, y=0.9, exponent=0.5, noise=0.1)) for seed in range(300)]
    y = np.array([(found.y.value, found.y.standard_error) for found in fits])
    exponents = np.array([(found.exponent.value, found.exponent.standard_error) for found in fits])
    products = np.array([found.covariance for found in fits])
    assert y[:, 0].std() == pytest.approx(y[:, 1].mean(), rel=0.15)
    assert exponents[:, 0].std() == pytest.approx(exponents[:, 1].mean(), rel=0.15)
    assert np.cov(y[:, 0], exponents[:, 0])[0, 1] == pytest.approx(products.mean(), rel=0.3)


def test_most_realised_impacts_may_be_noise_and_many_negative():
    data = executions(3, count=4000, y=0.9, exponent=0.5, noise=0.5)
    assert (data[2] < 0).mean() > 0.3
    found = fit(data)
    assert abs(found.exponent.value - 0.5) < 4 * found.exponent.standard_error
    assert found.exponent.standard_error < 0.1


def test_exact_data_give_exact_coefficients():
    found = fit(executions(1, count=50, y=0.9, exponent=0.62, noise=0))
    assert (found.y.value, found.exponent.value) == (pytest.approx(0.9, rel=1e-9), pytest.approx(0.62, rel=1e-9))


def test_the_unit_of_the_weights_does_not_matter():
    data = executions(5, count=200, y=0.9, exponent=0.5, noise=0.1)
    weights = 1 / data[1] ** 2
    default, same, other = fit(data), fit(data, weights=weights), fit(data, weights=1e9 * weights)
    for found in (same, other):
        assert found.y.value == pytest.approx(default.y.value, rel=1e-8)
        assert found.y.standard_error == pytest.approx(default.y.standard_error, rel=1e-6)


def test_a_weight_of_almost_nothing_silences_an_execution():
    participation, volatility, impact = executions(6, count=200, y=0.9, exponent=0.5, noise=0.1)
    spoilt = impact.copy()
    spoilt[0] = 1e5
    weights = 1 / volatility**2
    weights[0] *= 1e-14
    clean = fit((participation[1:], volatility[1:], impact[1:]))
    assert fit((participation, volatility, spoilt), weights=weights).y.value == pytest.approx(clean.y.value, rel=1e-4)


def test_a_mean_paid_taken_for_a_peak_gives_a_smaller_y():
    data = executions(2, count=400, y=0.9, exponent=0.5, noise=0.01)
    assert fit(data, measured=Measured.PEAK).y.value == pytest.approx(0.6, rel=0.05)


def test_too_few_executions_are_refused():
    with pytest.raises(FitRefused, match="11 executions are too few: 12"):
        fit(executions(0, count=11, y=0.9, exponent=0.5, noise=0.1))
    with pytest.raises(FitRefused, match="too few"):
        fit((np.array([]), np.array([]), np.array([])))


def test_participations_that_are_all_alike_are_refused():
    _, volatility, impact = executions(0, count=100, y=0.9, exponent=0.5, noise=0.1)
    with pytest.raises(FitRefused, match="too alike"):
        fit((np.linspace(0.1, 0.14, 100), volatility, impact))


def test_executions_that_earn_are_refused():
    participation, volatility, impact = executions(0, count=100, y=0.9, exponent=0.5, noise=0.01)
    with pytest.raises(FitRefused, match="no impact"):
        fit((participation, volatility, -impact))


@pytest.mark.parametrize("exponent", [-0.4, 3.0])
def test_executions_without_a_power_are_refused(exponent):
    with pytest.raises(FitRefused, match="no power"):
        fit(executions(0, count=100, y=0.9, exponent=exponent, noise=0))


@pytest.mark.parametrize("column", [0, 1, 2, 3])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(column, bad):
    participation, volatility, impact = executions(0, count=100, y=0.9, exponent=0.5, noise=0.1)
    columns = [participation, volatility, impact, np.ones(100)]
    columns[column][5] = bad
    with pytest.raises(FitRefused, match="finite"):
        fit(columns[:3], weights=columns[3])


@pytest.mark.parametrize("column", [0, 1, 3])
@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_numbers_that_must_be_positive_are(column, bad):
    participation, volatility, impact = executions(0, count=100, y=0.9, exponent=0.5, noise=0.1)
    columns = [participation, volatility, impact, np.ones(100)]
    columns[column][5] = bad
    with pytest.raises(FitRefused, match="positive"):
        fit(columns[:3], weights=columns[3])


def test_columns_of_different_length_are_refused():
    participation, volatility, impact = executions(0, count=100, y=0.9, exponent=0.5, noise=0.1)
    with pytest.raises(FitRefused, match="one value an execution"):
        fit((participation[:-1], volatility, impact))
