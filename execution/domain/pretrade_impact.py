"""What a planned schedule pays for moving the price, scaled so that an even pace pays what the square-root law says.

Time is counted in the volume that others are expected to trade, scaled to the order's window T: an even pace goes with the market.
With shares s_j over [a_j, b_j], E the impact of an even pace and w, k, d of the assumptions:

    impact = w E sum_j s_j (s_j T / (b_j - a_j))^k  +  (1 - w) E s'Ms / m

M_ij is the mean of G(|t - u|) = (1 + |t - u| / d)^-1/2 over the two intervals and m that over the whole window. So a schedule that keeps an
even pace pays w E and (1 - w) E, however finely it is cut, and a faster one pays more of both.
"""

import numpy as np
from numpy.typing import NDArray

from execution.domain.pretrade_assumptions import ExecutionAssumptions

FloatArray = NDArray[np.float64]


def multiples(
    shares: FloatArray, starts: FloatArray, lengths: FloatArray, window: float, assumptions: ExecutionAssumptions
) -> tuple[FloatArray, float]:
    """Return what each slice pays for itself, (N,), and what all pay for what others left, in multiples of E.

    `starts` and `lengths` are in volume time, (N,), the lengths above zero.
    """
    temporary = _temporary(shares, lengths, window, assumptions.temporary_exponent)
    lasting = _lasting(shares, starts, lengths, window, assumptions.decay_seconds)
    weight = assumptions.temporary_share
    own = weight * temporary + (1 - weight) * lasting.diagonal()
    return own, (1 - weight) * float(lasting.sum() - np.trace(lasting))


def _temporary(shares: FloatArray, lengths: FloatArray, window: float, exponent: float) -> FloatArray:
    """Return s_j (s_j T / l_j)^k of each slice, (N,); they sum to 1 at an even pace."""
    return np.asarray(shares * (shares * window / lengths) ** exponent, dtype=np.float64)


def _lasting(shares: FloatArray, starts: FloatArray, lengths: FloatArray, window: float, decay: float) -> FloatArray:
    """Return s_i M_ij s_j / m, (N, N); they sum to 1 at an even pace."""
    ends = starts + lengths
    mean = (
        _second_integral(ends[:, None] - starts, decay)
        + _second_integral(starts[:, None] - ends, decay)
        - _second_integral(ends[:, None] - ends, decay)
        - _second_integral(starts[:, None] - starts, decay)
    ) / (lengths[:, None] * lengths)
    whole = 2 * _second_integral(np.array(window), decay) / window**2
    return np.asarray(shares[:, None] * mean * shares / whole, dtype=np.float64)


def _second_integral(elapsed: FloatArray, decay: float) -> FloatArray:
    """Return H with H'' = G, H(0) = H'(0) = 0: 2 d ((2 d / 3) ((1 + |t| / d)^3/2 - 1) - |t|)."""
    time = np.abs(elapsed)
    return np.asarray(2 * decay * (2 * decay / 3 * ((1 + time / decay) ** 1.5 - 1) - time), dtype=np.float64)
