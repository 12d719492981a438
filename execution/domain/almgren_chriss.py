"""Optimal liquidation with linear or power-law temporary impact: Almgren & Chriss (2000) and Almgren (2003), on a grid of equal slots.

Prices move by volatility x sqrt(time) and by gamma v (permanent); a trade at speed v pays h(v) = eps sgn(v) + eta v^k more. Costs are in
quote currency, positive is cost. Holdings x_k are those after trade k, so that the last is zero.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class BadLiquidation(ValueError):
    """Say which term of a liquidation makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidation:
    """A quantity X to trade in N equal slots over a time T with linear impact.

    Units: `volatility` in quote currency per square root of a unit of time, `spread_cost` eps in quote currency per unit of quantity,
    `temporary` eta per unit of speed, `permanent` gamma per unit of quantity. A sale and a purchase cost the same: X may have either sign.

    Raises:
        BadLiquidation: a term is not finite or negative, X is zero, or eta <= gamma tau / 2 (trading in a lump would cost nothing).
    """

    quantity: float
    horizon: float
    slot_count: int
    volatility: float
    temporary: float
    spread_cost: float = 0.0
    permanent: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.quantity, self.horizon, self.volatility, self.temporary, self.spread_cost, self.permanent)
        if not all(map(math.isfinite, numbers)):
            raise BadLiquidation("every term must be a finite number")
        if self.quantity == 0 or self.horizon <= 0 or self.slot_count < 1:
            raise BadLiquidation("there must be a quantity, a positive horizon and at least one slot")
        if min(self.volatility, self.spread_cost, self.permanent) < 0:
            raise BadLiquidation("volatility, spread cost and permanent impact must not be negative")
        if self.net_temporary <= 0:
            raise BadLiquidation("temporary impact must exceed half the permanent impact of a slot")

    @property
    def slot_length(self) -> float:
        """Tau = T / N."""
        return self.horizon / self.slot_count

    @property
    def net_temporary(self) -> float:
        """Eta~ = eta - gamma tau / 2."""
        return self.temporary - self.permanent * self.slot_length / 2


def decay_rate(order: Liquidation, risk_aversion: float) -> float:
    """Return kappa = acosh(1 + tau^2 kappa~^2 / 2) / tau with kappa~^2 = lambda sigma^2 / eta~; 1 / kappa is the paper's half-life.

    Computed as 2 asinh(tau kappa~ / 2) / tau, the same number without the loss of digits near zero.

    Raises:
        BadLiquidation: the risk aversion is negative or not finite.
    """
    _require_risk_aversion(risk_aversion)
    speed = order.volatility * math.sqrt(risk_aversion / order.net_temporary)
    return 2 * math.asinh(order.slot_length * speed / 2) / order.slot_length


def optimal_holdings(order: Liquidation, risk_aversion: float) -> FloatArray:
    """Return x_1 .. x_N of x_j = X sinh(kappa (T - t_j)) / sinh(kappa T), (N,); the straight line when kappa is zero.

    Written with exponentials of negative numbers only: a long or hasty liquidation does not overflow.
    """
    left = 1 - np.arange(1, order.slot_count + 1) / order.slot_count
    left[-1] = 0.0
    reach = decay_rate(order, risk_aversion) * order.horizon
    if 1 - math.exp(-reach) == 0:
        return order.quantity * left
    return order.quantity * np.exp(-reach * (1 - left)) * np.expm1(-2 * reach * left) / math.expm1(-2 * reach)


def trades_of(quantity: float, holdings: FloatArray) -> FloatArray:
    """Return n_j = x_{j-1} - x_j with x_0 = X, (N,)."""
    return -np.diff(holdings, prepend=quantity)


def expected_cost(order: Liquidation, holdings: FloatArray) -> float:
    """Return E = gamma X^2 / 2 + eps sum|n| + (eta~ / tau) sum n^2."""
    trades = trades_of(order.quantity, holdings)
    return float(
        order.permanent * order.quantity**2 / 2
        + order.spread_cost * np.abs(trades).sum()
        + order.net_temporary / order.slot_length * (trades @ trades)
    )


def cost_variance(order: Liquidation, holdings: FloatArray) -> float:
    """Return V = sigma^2 tau sum_k x_k^2."""
    return float(order.volatility**2 * order.slot_length * (holdings @ holdings))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """What one risk aversion gives: expected cost and variance in quote currency and its square."""

    risk_aversion: float
    expected_cost: float
    variance: float


def efficient_frontier(order: Liquidation, risk_aversions: FloatArray) -> tuple[FrontierPoint, ...]:
    """Return a point for each risk aversion: no schedule has less variance at the same expected cost."""
    points = []
    for risk_aversion in risk_aversions:
        holdings = optimal_holdings(order, float(risk_aversion))
        cost, variance = expected_cost(order, holdings), cost_variance(order, holdings)
        points.append(FrontierPoint(risk_aversion=float(risk_aversion), expected_cost=cost, variance=variance))
    return tuple(points)


def power_law_trades(order: Liquidation, risk_aversion: float, exponent: float) -> FloatArray:
    """Return the optimal n_1 .. n_N for h(v) = eta v^k without permanent impact, (N,) (Almgren 2003, in discrete time).

    First-order conditions: n_j^k = n_{j+1}^k + 2 lambda sigma^2 tau^(1+k) x_j / (eta (k+1)), x_j what is left after trade j. The last trade
    is found so that the sum is X; the sum grows with it.

    Raises:
        BadLiquidation: the exponent is not positive, the order has permanent impact, or the risk aversion is negative or not finite.
    """
    _require_risk_aversion(risk_aversion)
    if not (math.isfinite(exponent) and exponent > 0):
        raise BadLiquidation("the exponent of temporary impact must be positive")
    if order.permanent != 0:
        raise BadLiquidation("permanent impact with a power law has no such recursion")
    size, tau = abs(order.quantity), order.slot_length
    push = 2 * risk_aversion * order.volatility**2 * tau ** (1 + exponent) * size ** (1 - exponent) / (order.temporary * (1 + exponent))
    count = order.slot_count
    while count > 1 and sum(_backwards(_SMALLEST, count, push, exponent)) > 1:
        count -= 1
    shares = _backwards(_last_share(count, push, exponent), count, push, exponent)[::-1]
    shares[0] = 1 - sum(shares[1:])
    return order.quantity * np.array(shares + [0.0] * (order.slot_count - count))


_SMALLEST = 1e-300
"""A last trade below this share of the order is none."""


def _backwards(last: float, count: int, push: float, exponent: float) -> list[float]:
    """Return shares from the last trade to the first; stop growing once they exceed the order."""
    shares, held = [last], last
    for _ in range(count - 1):
        previous = min(shares[-1] ** exponent + push * held, 2.0**exponent) ** (1 / exponent)
        shares.append(previous)
        held += previous
    return shares


def _last_share(count: int, push: float, exponent: float) -> float:
    """Return the share of the last trade, by bisection of its logarithm to the last bit."""
    low, high = math.log(_SMALLEST), math.log(1 / count)
    while low < (middle := (low + high) / 2) < high:
        if sum(_backwards(math.exp(middle), count, push, exponent)) > 1:
            high = middle
        else:
            low = middle
    return math.exp(low) if count > 1 else 1.0


def _require_risk_aversion(risk_aversion: float) -> None:
    if not (math.isfinite(risk_aversion) and risk_aversion >= 0):
        raise BadLiquidation("risk aversion must be a finite number, zero or more")
