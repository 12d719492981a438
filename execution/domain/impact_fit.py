"""Fit the square-root law to executions: impact = m Y sigma p^delta + noise, m = 1 for a peak and 1 / (1 + delta) for the mean paid.

Least squares in bps, not in logarithms: the noise of one execution is the price's own movement, several times its impact, so that many
realised impacts are negative and the logarithm of the others is biased. That noise grows with sigma: without other weights each
observation weighs 1 / sigma^2. Errors are heteroskedasticity-consistent (HC3: White's sandwich, each residual divided by one minus its
leverage; MacKinnon & White 1985), so they do not depend on the weights being right.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from execution.domain.impact import Estimate, ImpactCoefficients

FloatArray = npt.NDArray[np.float64]

FEWEST_OBSERVATIONS = 12
LEAST_SPREAD = 1.5
"""The largest participation must exceed the smallest by this factor, or the exponent shows nowhere."""
EXPONENTS = (0.02, 2.0)
"""Where the exponent is looked for; a fit at either end has found none."""


class Measured(StrEnum):
    """What a realised impact is: the mean paid over arrival, or the distance when the order ended."""

    MEAN_PAID = "mean_paid"
    PEAK = "peak"


class FitRefused(ValueError):
    """Say why these observations give no coefficients."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """Observations in units of their own noise: rows scaled by the root of their weight. All (n,)."""

    log_participation: FloatArray
    volatility: FloatArray
    impact: FloatArray
    measured: Measured

    def shape(self, exponent: float) -> FloatArray:
        """Return the impact of Y = 1."""
        mean = 1 / (1 + exponent) if self.measured is Measured.MEAN_PAID else 1.0
        return mean * self.volatility * np.exp(exponent * self.log_participation)

    def y(self, exponent: float) -> float:
        """Return the Y that fits best at an exponent."""
        shape = self.shape(exponent)
        return float(shape @ self.impact / (shape @ shape))

    def loss(self, exponent: float) -> float:
        """Return the sum of squares at an exponent and the Y that fits it best."""
        residual = self.impact - self.y(exponent) * self.shape(exponent)
        return float(residual @ residual)

    def slopes(self, y: float, exponent: float) -> FloatArray:
        """Return the derivatives of the fitted impact by Y and delta, (n, 2)."""
        shape = self.shape(exponent)
        by_log = self.log_participation - (1 / (1 + exponent) if self.measured is Measured.MEAN_PAID else 0.0)
        return np.stack([shape, y * shape * by_log], axis=1)


def fit_square_root(
    *,
    participation: FloatArray,
    volatility_bps: FloatArray,
    impact_bps: FloatArray,
    measured: Measured,
    source: str,
    weights: FloatArray | None = None,
) -> ImpactCoefficients:
    """Return Y and delta with their standard errors and covariance.

    Args:
        participation: Q / V of each execution, V over its horizon, (n,), positive.
        volatility_bps: over the same horizon, (n,), positive.
        impact_bps: realised, positive is cost, (n,).
        weights: of the squared errors, (n,), positive; none for 1 / volatility^2.

    Raises:
        FitRefused: fewer than 12 observations, a number out of range, participations too alike, or data that show no growing impact.
    """
    data = _checked(participation, volatility_bps, impact_bps, weights, measured)
    exponent = _best_exponent(data)
    y = data.y(exponent)
    if y <= 0:
        raise FitRefused("the executions show no impact: their mean is not a cost")
    covariance = _covariance(data, y, exponent)
    errors = np.sqrt(np.diag(covariance))
    if not (np.isfinite(covariance).all() and (errors > 0).all()):
        raise FitRefused("the executions do not tell how uncertain their coefficients are")
    return ImpactCoefficients(
        y=Estimate(value=y, standard_error=float(errors[0])),
        exponent=Estimate(value=exponent, standard_error=float(errors[1])),
        covariance=float(covariance[0, 1]),
        observations=data.impact.size,
        source=source,
    )


def _checked(
    participation: FloatArray, volatility_bps: FloatArray, impact_bps: FloatArray, weights: FloatArray | None, measured: Measured
) -> _Data:
    columns = {"participation": participation, "volatility": volatility_bps, "impact": impact_bps}
    if weights is not None:
        columns["weights"] = weights
    for name, values in columns.items():
        _require(values.ndim == 1 and values.size == impact_bps.size, f"{name} must have one value an execution")
        _require(bool(np.isfinite(values).all()), f"{name} must be finite")
        _require(name == "impact" or bool((values > 0).all()), f"{name} must be positive")
    count = impact_bps.size
    _require(count >= FEWEST_OBSERVATIONS, f"{count} executions are too few: {FEWEST_OBSERVATIONS} are the least")
    _require(float(participation.max() / participation.min()) >= LEAST_SPREAD, "the participations are too alike to show an exponent")
    root = 1 / volatility_bps if weights is None else np.sqrt(weights / weights.mean())
    return _Data(
        log_participation=np.log(participation), volatility=root * volatility_bps, impact=root * impact_bps, measured=Measured(measured)
    )


def _best_exponent(data: _Data) -> float:
    """Return the exponent of least loss: the best of a grid, narrowed by golden sections; Y follows from it in closed form."""
    grid = np.linspace(*EXPONENTS, _GRID)
    losses = [data.loss(float(exponent)) if data.y(float(exponent)) > 0 else np.inf for exponent in grid]
    best = int(np.argmin(losses))
    _require(np.isfinite(losses[best]), "the executions show no impact: their mean is not a cost")
    _require(0 < best < _GRID - 1, "the executions show no power of participation between 0 and 2")
    low, high = float(grid[best - 1]), float(grid[best + 1])
    for _ in range(_SECTIONS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if data.loss(left) < data.loss(right):
            high = right
        else:
            low = left
    return _polished(data, (low + high) / 2)


_GRID = 100
_SECTIONS = 30
_GOLDEN = (5**0.5 - 1) / 2


def _polished(data: _Data, exponent: float) -> float:
    """Return the exponent after Gauss-Newton steps that lower the loss: sections alone stop at half the digits."""
    for _ in range(3):
        y = data.y(exponent)
        step = np.linalg.lstsq(data.slopes(y, exponent), data.impact - y * data.shape(exponent), rcond=None)[0]
        if not data.loss(exponent + float(step[1])) <= data.loss(exponent):
            break
        exponent += float(step[1])
    return exponent


def _covariance(data: _Data, y: float, exponent: float) -> FloatArray:
    """Return the HC3 covariance of Y and delta, (2, 2)."""
    slopes = data.slopes(y, exponent)
    orthogonal, triangular = np.linalg.qr(slopes)
    leverage = np.square(orthogonal).sum(axis=1)
    residual = (data.impact - y * data.shape(exponent)) / np.maximum(1 - leverage, _LEAST_FREEDOM)
    try:
        spread = np.linalg.solve(triangular, (orthogonal * residual[:, None]).T)
    except np.linalg.LinAlgError:
        raise FitRefused("the executions cannot tell Y from the exponent") from None
    return np.asarray(spread @ spread.T, dtype=np.float64)


_LEAST_FREEDOM = 1e-6


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise FitRefused(reason)
