"""Coefficients of the square-root law after executions of one's own: what was known before weighs as much as its error bars say.

Least squares of (impact - mean paid) / (s sigma) together with the prior's own squares, (theta - theta_0)' C_0^-1 (theta - theta_0),
theta = (Y, delta): the normal posterior to first order. s is the root mean square of impact less the prior's, in units of sigma: an
execution's impact is mostly the price's own movement, so a few say little and move little.
"""

import numpy as np
import numpy.typing as npt

from execution.domain.impact import Estimate, ImpactCoefficients, mean_share_of_peak
from execution.domain.impact_fit import EXPONENTS, FitRefused

FloatArray = npt.NDArray[np.float64]

FEWEST_EXECUTIONS = 12
"""Fewer do not tell how much executions scatter."""
LEAST_SCATTER = 0.05
"""Of s: executions that agree better than this by chance must not count for more."""
_STEPS = 50
_SETTLED = 1e-10


def refit(
    prior: ImpactCoefficients, *, participation: FloatArray, volatility_bps: FloatArray, impact_bps: FloatArray, source: str
) -> ImpactCoefficients:
    """Return the prior moved by executions, with errors and covariance that never exceed the prior's.

    Args:
        participation: Q / V of each execution, V what others traded meanwhile, (n,), positive.
        volatility_bps: over the execution, (n,), positive.
        impact_bps: mean paid over arrival without spread and fees, positive is cost, (n,).

    Raises:
        FitRefused: fewer than 12 executions, a number out of range, a prior without errors, or executions whose Y is no cost.
    """
    columns = (participation, volatility_bps, impact_bps)
    if any(column.shape != (impact_bps.size,) for column in columns):
        raise FitRefused("participation, volatility and impact must have one value an execution")
    if impact_bps.size < FEWEST_EXECUTIONS:
        raise FitRefused(f"{impact_bps.size} executions are too few: {FEWEST_EXECUTIONS} are the least")
    if not (all(np.isfinite(column).all() for column in columns) and (participation > 0).all() and (volatility_bps > 0).all()):
        raise FitRefused("participation and volatility must be finite and positive, impact finite")
    known = _information(prior)
    logs, paid = np.log(participation), impact_bps / volatility_bps
    start = np.array([prior.y.value, prior.exponent.value])
    scatter = max(float(np.sqrt(np.mean((paid - _mean_paid(start, logs)) ** 2))), LEAST_SCATTER)
    found, information = start, known
    for _ in range(_STEPS):
        slopes = _slopes(found, logs) / scatter
        information = known + slopes.T @ slopes
        step = np.linalg.solve(information, slopes.T @ ((paid - _mean_paid(found, logs)) / scatter) - known @ (found - start))
        found = found + step
        if not (found[0] > 0 and EXPONENTS[0] < found[1] < EXPONENTS[1]):
            raise FitRefused("the executions show no impact, or none that grows with their size")
        if float(np.abs(step).max()) < _SETTLED:
            break
    else:
        raise FitRefused("the executions and what was known before do not settle on coefficients")
    covariance = np.linalg.inv(information)
    errors = np.sqrt(np.diag(covariance))
    return ImpactCoefficients(
        y=Estimate(value=float(found[0]), standard_error=float(errors[0])),
        exponent=Estimate(value=float(found[1]), standard_error=float(errors[1])),
        covariance=float(covariance[0, 1]),
        decay_seconds=prior.decay_seconds,
        observations=int(impact_bps.size),
        source=source,
    )


def _information(prior: ImpactCoefficients) -> FloatArray:
    """Return the inverse of the prior's covariance, (2, 2)."""
    y, exponent = prior.y.standard_error, prior.exponent.standard_error
    determinant = (y * exponent) ** 2 - prior.covariance**2
    if not determinant > 0:
        raise FitRefused("what was known before has no error bars to weigh it by")
    return np.array([[exponent**2, -prior.covariance], [-prior.covariance, y**2]]) / determinant


def _mean_paid(coefficients: FloatArray, logs: FloatArray) -> FloatArray:
    """Return Y p^delta / (1 + delta), (n,)."""
    y, exponent = float(coefficients[0]), float(coefficients[1])
    paid: FloatArray = y * mean_share_of_peak(exponent) * np.exp(exponent * logs)
    return paid


def _slopes(coefficients: FloatArray, logs: FloatArray) -> FloatArray:
    """Return its derivatives by Y and delta, (n, 2)."""
    paid = _mean_paid(coefficients, logs)
    return np.stack([paid / coefficients[0], paid * (logs - mean_share_of_peak(float(coefficients[1])))], axis=1)
