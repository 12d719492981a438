"""Fit impact coefficients on the lab's metaorders and on the desks' own finished orders."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analytics.lab.experiment import Experiment
from analytics.lab.fitting import METAORDER, fit_paths, observations_of
from analytics.selectors.metaorders import finished_orders
from execution.domain.impact import ImpactCoefficients
from execution.domain.impact_refit import FEWEST_EXECUTIONS, refit
from execution.selectors.impact import lab_impact_of


def fit_lab(experiment: Experiment, records: Sequence[Mapping[str, Any]]) -> ImpactCoefficients:
    """Return the coefficients that a symbol's metaorders show.

    Raises:
        FitRefused: they show none; the text says why.
    """
    [symbol], [minutes], [source] = experiment.symbols, experiment.minutes, experiment.sources
    said = f"lab: {METAORDER} on {source.name}, {symbol}, {minutes:g} min, {experiment.paths} paths, seed {experiment.seed}"
    return fit_paths(observations_of(experiment, records), source=said)


def fit_fills(symbol: str) -> ImpactCoefficients:
    """Return the lab's coefficients, moved by what the desks' finished orders in a currency paid.

    Raises:
        FitRefused: they are too few, or show no impact.
    """
    orders = finished_orders(symbol)
    return refit(
        lab_impact_of([symbol])[symbol],
        participation=np.array([order.participation for order in orders]),
        volatility_bps=np.array([order.volatility_bps for order in orders]),
        impact_bps=np.array([order.impact_bps for order in orders]),
        source=f"{len(orders)} finished orders in {symbol}, shrunk towards the lab ({FEWEST_EXECUTIONS} are the least)",
    )
