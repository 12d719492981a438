"""Impact that decays: cost and optimum of trades at given times under any kernel (Alfonsi, Schied & Slynko 2012; Obizhaeva & Wang 2013).

A trade of xi at time s moves the price by G(t - s) xi at t. G is per unit of quantity in quote currency, times in any one unit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Kernel = Callable[[FloatArray], FloatArray]
"""G: what is left of a unit's impact after each of the elapsed times."""


class BadKernel(ValueError):
    """Say why a kernel or its times have no optimum: manipulation would pay, or a number makes no sense."""


def exponential_kernel(rate: float, *, scale: float = 1.0) -> Kernel:
    """Return G(t) = scale e^(-rate t).

    Raises:
        BadKernel: the rate is negative or the scale not positive.
    """
    _require(rate >= 0 and scale > 0, "an exponential kernel needs a positive scale and a rate of zero or more")
    return lambda elapsed: scale * np.exp(-rate * elapsed)


def power_law_kernel(decay_time: float, exponent: float, *, scale: float = 1.0) -> Kernel:
    """Return G(t) = scale (1 + t / decay_time)^-exponent: convex and decreasing, so that manipulation never pays.

    Raises:
        BadKernel: a number is not positive.
    """
    _require(min(decay_time, exponent, scale) > 0, "a power-law kernel needs a positive decay time, exponent and scale")
    return lambda elapsed: scale * (1 + elapsed / decay_time) ** -exponent


def kernel_matrix(kernel: Kernel, times: FloatArray) -> FloatArray:
    """Return M_ij = G(|t_i - t_j|), (N, N); the times need not be even.

    Raises:
        BadKernel: the times do not increase, or a value is not finite.
    """
    _require(times.ndim == 1 and times.size > 0 and bool(np.isfinite(times).all()), "there must be finite times")
    _require(bool((np.diff(times) > 0).all()), "times must increase")
    matrix = np.asarray(kernel(np.abs(times[:, None] - times)), dtype=np.float64)
    _require(matrix.shape == (times.size, times.size) and bool(np.isfinite(matrix).all()), "the kernel must be finite at every lag")
    return matrix


def transient_cost(trades: FloatArray, matrix: FloatArray) -> float:
    """Return xi' M xi / 2 in quote currency: each trade pays what earlier ones left, and half of its own impact."""
    return float(trades @ matrix @ trades / 2)


def optimal_transient_trades(quantity: float, matrix: FloatArray) -> FloatArray:
    """Return X M^-1 1 / (1' M^-1 1), (N,): the cheapest trades that sum to X, of either sign.

    Raises:
        BadKernel: the matrix is not positive definite, so that a cheaper round trip exists or the optimum is not unique.
    """
    _require(bool(np.isfinite(quantity)), "the quantity must be finite")
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise BadKernel("the kernel is not positive definite on these times") from None
    shares = np.linalg.solve(matrix, np.ones(len(matrix)))
    return np.asarray(quantity * shares / shares.sum(), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksAndRate:
    """A schedule in continuous time: `block` at the start and again at the end, and `rate` per unit of time between."""

    block: float
    rate: float


def obizhaeva_wang(quantity: float, resilience: float, horizon: float) -> BlocksAndRate:
    """Return the optimum for G(t) = e^(-rho t) in continuous time: blocks X / (rho T + 2), rate rho X / (rho T + 2).

    Raises:
        BadKernel: the resilience is negative, the horizon is not positive, or a number is not finite.
    """
    _require(bool(np.isfinite([quantity, resilience, horizon]).all()), "every number must be finite")
    _require(resilience >= 0 and horizon > 0, "resilience must be zero or more and the horizon positive")
    block = quantity / (resilience * horizon + 2)
    return BlocksAndRate(block=block, rate=resilience * block)


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BadKernel(reason)
