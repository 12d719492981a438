"""Impact coefficients from metaorders of the lab: every path is run with and without the order, so what is fitted is almost free of noise.

An observation is an order's mean paid impact: how far its own trading had moved the mid when it filled. Volatility is the usual one of the
symbol over the order's time, volume what others trade in it on the path without the order. Orders of one path share its market, so errors
come from leaving out one path at a time (jackknife over paths), not from counting orders as if each stood alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.lab.experiment import Experiment, InvalidExperiment, parse_size
from analytics.lab.path import job_of
from analytics.lab.sources import get_source
from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.impact_fit import FitRefused, Measured, fit_square_root

Floats = NDArray[np.float64]

METAORDER = "twap:randomise=0"
SHARES = ("0.5%", "1%", "2%", "5%", "10%", "20%")
MINUTES = 30.0
SOURCE = "model"
FEWEST_PATHS = 4
"""Fewer paths do not tell how much they differ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observations:
    """Metaorders of one symbol, all (n,): number of the path, Q / V, volatility over the horizon and mean paid impact in bps."""

    path: NDArray[np.int64]
    participation: Floats
    volatility_bps: Floats
    impact_bps: Floats


def metaorders(symbol: str, *, paths: int, seed: int) -> Experiment:
    """Return the experiment that a symbol's impact is fitted on.

    Raises:
        InvalidExperiment: the symbol is unknown, there are too few paths to tell how much they differ, or a number is out of range.
    """
    if paths < FEWEST_PATHS:
        raise InvalidExperiment(f"an impact fit needs at least {FEWEST_PATHS} paths, not {paths}")
    experiment = Experiment(
        algorithms=(METAORDER,),
        symbols=(symbol,),
        sizes=tuple(parse_size(share) for share in SHARES),
        minutes=(MINUTES,),
        sources=(get_source(SOURCE),),
        paths=paths,
        seed=seed,
    )
    experiment.check()
    return experiment


def observations_of(experiment: Experiment, records: Sequence[Mapping[str, Any]]) -> Observations:
    """Return what the records of one symbol's experiment show; an order that filled nothing shows nothing.

    Raises:
        FitRefused: nothing is known of the symbol's usual volatility.
    """
    sources = {source.name: source for source in experiment.sources}
    rows = []
    for record in records:
        job = job_of(record)
        background = sources[job.source].background(job.symbol, path=job.path, seed=experiment.seed, minutes=job.minutes)
        if background is None:
            raise FitRefused(f"nothing is known of the volatility of {job.symbol} on {job.source}")
        volatility = background.minute_volatility_bps * job.minutes**0.5
        for order in record["orders"]:
            impact = order["cost"]["impact_bps"]
            if impact is not None and record["volume"] > 0:
                rows.append((job.path, float(order["quantity"]) / record["volume"], volatility, impact))
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return Observations(path=table[:, 0].astype(np.int64), participation=table[:, 1], volatility_bps=table[:, 2], impact_bps=table[:, 3])


def fit_paths(found: Observations, *, source: str) -> ImpactCoefficients:
    """Return the coefficients with the jackknife's errors over paths.

    Raises:
        FitRefused: there are too few paths, or they show no growing impact, with all of them or without one.
    """
    paths = np.unique(found.path)
    if paths.size < FEWEST_PATHS:
        raise FitRefused(f"{paths.size} paths are too few: {FEWEST_PATHS} are the least")
    whole = _fit(found, np.ones(found.path.size, dtype=np.bool_), source)
    without = [_fit(found, found.path != path, source) for path in paths]
    table = np.array([(one.y.value, one.exponent.value) for one in without])
    spread = table - table.mean(axis=0)
    covariance = spread.T @ spread * (paths.size - 1) / paths.size
    return replace(
        whole,
        y=Estimate(value=whole.y.value, standard_error=float(np.sqrt(covariance[0, 0]))),
        exponent=Estimate(value=whole.exponent.value, standard_error=float(np.sqrt(covariance[1, 1]))),
        covariance=float(covariance[0, 1]),
    )


def _fit(found: Observations, chosen: NDArray[np.bool_], source: str) -> ImpactCoefficients:
    return fit_square_root(
        participation=found.participation[chosen],
        volatility_bps=found.volatility_bps[chosen],
        impact_bps=found.impact_bps[chosen],
        measured=Measured.MEAN_PAID,
        source=source,
    )
