"""From records of the lab to coefficients."""

from dataclasses import dataclass

import numpy as np
import pytest

from analytics.lab.background import Background
from analytics.lab.experiment import Experiment, InvalidExperiment, parse_size
from analytics.lab.fitting import FEWEST_PATHS, METAORDER, Observations, fit_paths, metaorders, observations_of
from execution.domain.impact_fit import FitRefused, Measured, fit_square_root
from execution.domain.volume_curve import flat_curve

SHARES = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])


def observed(seed, *, paths, y=0.6, exponent=0.5, own=0.0, common=0.0):
    """Return orders of six sizes a path; `common` moves all orders of a path alike."""
    draw = np.random.default_rng(seed)
    participation = np.tile(SHARES, paths)
    shared = np.repeat(draw.normal(1.0, common, paths), SHARES.size)
    impact = 30.0 * (y * participation**exponent / (1 + exponent) * shared + own * draw.normal(size=participation.size))
    return Observations(
        path=np.repeat(np.arange(paths), SHARES.size),
        participation=participation,
        volatility_bps=np.full(participation.size, 30.0),
        impact_bps=impact,
    )


@dataclass(frozen=True, kw_only=True)
class KnownSource:
    """A source with a usual volatility, none when it is not known."""

    name: str = "known"
    symbols: tuple[str, ...] = ("BTC",)
    volatility: float | None = 4.0

    def background(self, symbol, *, path, seed, minutes):
        if self.volatility is None:
            return None
        return Background(curve=flat_curve(), minutes=np.empty(0), moves_bps=np.empty(0), minute_volatility_bps=self.volatility)

    def open(self, symbol, *, path, seed, minutes):
        raise NotImplementedError


def an_experiment(source):
    return Experiment(
        algorithms=(METAORDER,), symbols=("BTC",), sizes=(parse_size("1%"),), minutes=(9.0,), sources=(source,), paths=1, seed=1
    )


def record(path, *, volume=1000.0, orders=((10.0, 1.5),)):
    return {
        "job": {"source": "known", "symbol": "BTC", "minutes": 9.0, "path": path},
        "volume": volume,
        "orders": [{"quantity": str(quantity), "cost": {"impact_bps": impact}} for quantity, impact in orders],
    }


def test_an_exact_law_is_found_exactly():
    found = fit_paths(observed(0, paths=8, y=0.7, exponent=0.6), source="exact")
    assert (found.y.value, found.exponent.value) == pytest.approx((0.7, 0.6), rel=1e-9)
    assert found.observations == 48
    assert found.source == "exact"


def test_paths_that_differ_count_as_paths_and_not_as_orders():
    """All orders of a path move together: the law's level is as uncertain as the mean of the paths, whatever their number of orders."""
    found = fit_paths(observed(1, paths=200, common=0.5), source="")
    assert found.y.standard_error == pytest.approx(found.y.value * 0.5 / 200**0.5, rel=0.15)
    assert found.exponent.standard_error < 1e-6


def test_independent_orders_have_the_errors_of_the_sandwich():
    data = observed(2, paths=300, own=0.05)
    alone = fit_square_root(
        participation=data.participation,
        volatility_bps=data.volatility_bps,
        impact_bps=data.impact_bps,
        measured=Measured.MEAN_PAID,
        source="",
    )
    found = fit_paths(data, source="")
    assert found.y.value == alone.y.value
    assert found.y.standard_error == pytest.approx(alone.y.standard_error, rel=0.2)
    assert found.exponent.standard_error == pytest.approx(alone.exponent.standard_error, rel=0.2)
    assert np.sign(found.covariance) == np.sign(alone.covariance)


@pytest.mark.parametrize("paths", [0, 1, FEWEST_PATHS - 1])
def test_too_few_paths_are_refused(paths):
    with pytest.raises(FitRefused, match="paths are too few"):
        fit_paths(observed(0, paths=paths), source="")


def test_orders_that_earn_are_refused():
    with pytest.raises(FitRefused, match="no impact"):
        fit_paths(observed(0, paths=8, y=-0.7), source="")


def test_participation_and_volatility_are_those_of_the_whole_horizon():
    found = observations_of(an_experiment(KnownSource()), [record(7, orders=((10.0, 1.5), (50.0, 4.0)))])
    assert found.path.tolist() == [7, 7]
    assert found.participation.tolist() == [0.01, 0.05]
    assert found.volatility_bps.tolist() == [12.0, 12.0]  # 4 bps a minute, nine minutes
    assert found.impact_bps.tolist() == [1.5, 4.0]


def test_orders_without_fills_or_market_show_nothing():
    found = observations_of(an_experiment(KnownSource()), [record(0, orders=((10.0, None),)), record(1, volume=0.0)])
    assert found.path.size == 0
    with pytest.raises(FitRefused, match="0 paths"):
        fit_paths(found, source="")


def test_a_source_that_knows_no_volatility_is_refused():
    with pytest.raises(FitRefused, match="volatility of BTC on known"):
        observations_of(an_experiment(KnownSource(volatility=None)), [record(0)])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"paths": 0}, "at least 4 paths, not 0"),
        ({"paths": -3}, "at least 4 paths"),
        ({"paths": 10**9}, "at most 100000"),
        ({"seed": -1}, "seed"),
        ({"symbol": "DOGE"}, "'DOGE' is not a symbol of model"),
        ({"symbol": ""}, "'' is not a symbol of model"),
    ],
)
def test_experiments_that_make_no_sense_are_named(given, told):
    with pytest.raises(InvalidExperiment, match=told):
        metaorders(**({"symbol": "BTC", "paths": 8, "seed": 1} | given))
