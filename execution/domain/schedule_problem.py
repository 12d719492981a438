"""What an implementation-shortfall schedule has to weigh: impact against the risk of waiting, on a grid of slots.

A slot j of length tau_j trades n_j at its start and then holds x_j = X - (n_1 + .. + n_j) until its end.

    cost     = sum_j eta_j n_j (n_j / tau_j)^k  +  n' G n / 2
    variance = sigma^2 sum_j tau_j x_j^2

Units: quantities in base currency, positive for either side; prices in quote currency; time in any one unit. Positive is cost.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class BadProblem(ValueError):
    """Say which part of a scheduling problem makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScheduleProblem:
    """A quantity to schedule over N slots.

    Args:
        quantity: X, positive.
        slot_lengths: tau, (N,), positive.
        temporary: eta, (N,): the price paid at a speed of one; all positive, or all zero for none.
        exponent: k of the temporary impact, above 0 and at most 1.
        volatility: sigma, quote currency per square root of a unit of time.
        caps: the most that each slot may trade, (N,), zero or more; none for no limit.
        kernel: G, (N, N), symmetric and positive semidefinite, for instance `transient.kernel_matrix`; none for no lasting impact.

    Raises:
        BadProblem: a part has the wrong shape, sign or size, or is not finite.
    """

    quantity: float
    slot_lengths: FloatArray
    temporary: FloatArray
    exponent: float
    volatility: float
    caps: FloatArray | None = None
    kernel: FloatArray | None = None

    def __post_init__(self) -> None:
        _require(math.isfinite(self.quantity) and self.quantity > 0, "the quantity must be positive")
        _require(math.isfinite(self.volatility) and self.volatility >= 0, "volatility must be a finite number, zero or more")
        _require(0 < self.exponent <= 1, "the exponent of temporary impact must be above 0 and at most 1")
        _require(self.slot_lengths.ndim == 1 and self.slot_lengths.size > 0, "there must be at least one slot")
        _require(_within(self.slot_lengths, above=0), "slot lengths must be positive")
        _require(self.temporary.shape == self.slot_lengths.shape, "temporary impact must have one value a slot")
        none = not self.temporary.any()
        _require(none or _within(self.temporary, above=0), "temporary impact must be positive in every slot, or zero in all")
        if self.caps is not None:
            _require(self.caps.shape == self.slot_lengths.shape, "caps must have one value a slot")
            _require(bool((self.caps >= 0).all()), "caps must be zero or more")
        if self.kernel is not None:
            self._check_kernel(self.kernel)

    def _check_kernel(self, kernel: FloatArray) -> None:
        _require(kernel.shape == (self.slot_count, self.slot_count), "the kernel must have a row and a column a slot")
        _require(bool(np.isfinite(kernel).all()), "the kernel must be finite")
        size = float(np.abs(kernel).max())
        _require(bool((np.abs(kernel - kernel.T) <= 1e-12 * size).all()), "the kernel must be symmetric")
        try:
            raised = kernel.copy()
            raised.ravel()[:: self.slot_count + 1] += 1e-10 * size or 1.0  # the diagonal
            np.linalg.cholesky(raised)
        except np.linalg.LinAlgError:
            raise BadProblem("the kernel must be positive semidefinite: a round trip would earn money") from None

    @property
    def slot_count(self) -> int:
        """N."""
        return self.slot_lengths.size


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAndRisk:
    """Expected cost by cause and standard deviation of the cost, bps of the notional at the price it was asked for."""

    temporary_bps: float
    transient_bps: float
    standard_deviation_bps: float

    @property
    def expected_bps(self) -> float:
        """Everything that is expected to be paid."""
        return self.temporary_bps + self.transient_bps


def expected_cost_and_risk(problem: ScheduleProblem, quantities: FloatArray, *, price: float) -> CostAndRisk:
    """Return what trading `quantities`, (N,), costs and risks, in bps of quantity x price.

    Raises:
        BadProblem: the quantities are not one a slot, finite and zero or more, or the price is not positive.
    """
    _require(math.isfinite(price) and price > 0, "the price must be positive")
    _require(
        quantities.shape == problem.slot_lengths.shape and _within(quantities, at_least=0), "quantities must be one a slot, zero or more"
    )
    to_bps = 10_000 / (problem.quantity * price)
    return CostAndRisk(
        temporary_bps=to_bps * temporary_cost(problem, quantities),
        transient_bps=to_bps * transient_cost(problem, quantities),
        standard_deviation_bps=to_bps * math.sqrt(cost_variance(problem, quantities)),
    )


def temporary_cost(problem: ScheduleProblem, quantities: FloatArray) -> float:
    """Return sum_j eta_j n_j (n_j / tau_j)^k in quote currency."""
    return float(problem.temporary @ (quantities * (quantities / problem.slot_lengths) ** problem.exponent))


def transient_cost(problem: ScheduleProblem, quantities: FloatArray) -> float:
    """Return n' G n / 2 in quote currency."""
    return 0.0 if problem.kernel is None else float(quantities @ problem.kernel @ quantities / 2)


def cost_variance(problem: ScheduleProblem, quantities: FloatArray) -> float:
    """Return sigma^2 sum_j tau_j x_j^2 in quote currency squared; what is never traded stays at risk to the end."""
    held = problem.quantity - np.cumsum(quantities)
    return float(problem.volatility**2 * (problem.slot_lengths @ held**2))


def _within(values: FloatArray, *, above: float = -math.inf, at_least: float = -math.inf) -> bool:
    return bool(np.isfinite(values).all() and (values > above).all() and (values >= at_least).all())


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BadProblem(reason)
