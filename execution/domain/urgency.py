"""What urgency means: how strongly risk weighs, the same for every symbol, size and horizon.

Scaled by its size X, its horizon T and the cost C of trading evenly, an order is (with k = 1) the problem of least
integral v^2 + (kappa T)^2 integral x^2, where (kappa T)^2 = lambda sigma^2 X^2 T / C. So kappa T alone, a number without a unit, shapes the
schedule, and urgency is a scale of it: in the linear solution x(t) = X sinh(kappa (T - t)) / sinh(kappa T), each step of urgency brings the
time at which half is done forward by the same part of the horizon, from a half at urgency 0 (an even pace, lambda 0) to ln 2 / 20 at
urgency 1 (kappa T = 20: 86 % is done in the first tenth). A power law k < 1 keeps the scale and front-loads more.
"""

import math

from execution.domain.schedule_problem import BadProblem

FASTEST = 20.0
"""Kappa T at urgency 1."""


def scaled_speed(urgency: float) -> float:
    """Return kappa T for an urgency: half of the linear solution is done at the time (1 - urgency) / 2 + urgency ln 2 / 20.

    Raises:
        BadProblem: the urgency is outside 0 to 1.
    """
    if not 0 <= urgency <= 1:
        raise BadProblem("urgency must be between 0 and 1")
    if urgency == 0:
        return 0.0
    half_time = (1 - urgency) / 2 + urgency * _half_time_at(FASTEST)
    low, high = 0.0, FASTEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _half_time_at(middle) > half_time:
            low = middle
        else:
            high = middle
    return (low + high) / 2


_HALVINGS = 45


def _half_time_at(speed: float) -> float:
    """Return the share of the horizon after which sinh(speed (1 - t)) / sinh(speed) is a half."""
    return 1 - math.asinh(math.sinh(speed) / 2) / speed
