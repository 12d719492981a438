"""Whether the mid rises next, and whether an order at the touch fills first.

Source: Cont, Stoikov, Talreja (2010), "A stochastic model for order book dynamics".

Queues at the touch are independent birth-death processes of unit orders. The paper inverts Laplace transforms numerically; on the imaginary
axis they are characteristic functions, so here the probabilities are integrals of them (Gil-Pelaez 1951).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from execution.domain.signals.inputs import Floats, require_positive
from execution.domain.signals.signal import BadInput

Complex = NDArray[np.complex128]

_LOG_STEP = 0.04
_SMALL = 1e-13  # frequencies below this share of the slowest rate, or above its inverse times the fastest, add nothing
_DEEPEST = 5_000
_MOST_OUTFLOW = 1e8
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRates:
    """Orders per unit of time at a touch of the present spread, an order being the mean order's size.

    `arrivals` lambda join the queue, `takes` mu take from its front, `cancels` theta is the rate of each order that waits. `inside` is the
    rate at which somebody betters one side's price (the sum of lambda over the free ticks; 0 at a spread of one tick).

    Raises:
        BadInput: a rate is negative or not finite, nothing takes, or a queue would not empty in finite mean time.
    """

    arrivals: float
    takes: float
    cancels: float
    inside: float = 0.0

    def __post_init__(self) -> None:
        rates = (self.arrivals, self.takes, self.cancels, self.inside)
        if not all(math.isfinite(rate) and rate >= 0 for rate in rates) or self.takes == 0:
            raise BadInput(f"{self}: rates are finite and not negative, and somebody takes")
        if self.cancels == 0 and self.arrivals >= self.takes:
            raise BadInput("a queue that nobody leaves and more join than are taken never empties")
        require_positive(total=sum(rates))


def probability_mid_rises(*, bid_orders: int, ask_orders: int, rates: QueueRates) -> float:
    """Return P(the next move of the mid is up) given the numbers of orders at both touches.

    The mid rises when the ask queue empties, or a bid comes inside the spread, before the opposite happens. Queues of the same length give
    one half. Source: proposition 3 and table 3 of the paper.

    Raises:
        BadInput: a queue is empty, or so long or slow that it practically never empties.
    """
    frequency = _frequencies(max(bid_orders, ask_orders), min(bid_orders, ask_orders), rates)
    bid, ask = (_leaving(orders, rates, frequency, rates.inside) for orders in (bid_orders, ask_orders))
    return _probability_first(ask, bid, frequency)


def probability_fill_before_move(*, position: int, opposite_orders: int, rates: QueueRates) -> float:
    """Return P(our order fills before the mid moves), never cancelled itself.

    Args:
        position: of our order in its queue, 1 for the first; who joins later does not matter.
        opposite_orders: in the queue on the other side of the touch.

    The position falls at rate mu + theta (position - 1); the mid moves when the opposite queue empties or somebody comes inside on either
    side. Source: proposition 4 and table 4 of the paper, whose rows and columns are printed in the wrong order.

    Raises:
        BadInput: a queue is empty, or so long or slow that it practically never empties.
    """
    frequency = _frequencies(max(position, opposite_orders), min(position, opposite_orders), rates)
    move = _leaving(opposite_orders, rates, frequency, 2 * rates.inside)
    falls = rates.takes + rates.cancels * np.arange(position)
    fill = np.ones(frequency.size, dtype=np.complex128)
    for rate in falls:
        fill *= rate / (rate - 1j * frequency)
    return _probability_first(fill, move, frequency)


def outflow_fill(*, ahead: float, quantity: float, expected_outflow: float) -> tuple[float, float]:
    """Return (probability that all of it fills, expected fill) when Poisson(m) units leave the front: fill = min(L, (xi - Q)^+).

    Args: `ahead` Q and `quantity` L in units, `expected_outflow` m in units over the order's time. Source: Cont and
    Kukanov (2017), "Optimal order placement in limit order markets".

    Raises:
        BadInput: a term is negative or not finite, or the quantity is zero.
    """
    require_positive(quantity=quantity)
    if not all(math.isfinite(term) and term >= 0 for term in (ahead, expected_outflow)) or expected_outflow > _MOST_OUTFLOW:
        raise BadInput(f"what stands ahead and what leaves must be finite and not negative, and at most {_MOST_OUTFLOW:,.0f} leave")
    if expected_outflow == 0:
        return 0.0, 0.0
    reach = 12 * math.sqrt(expected_outflow) + 40  # beyond it the Poisson has no mass that a float shows
    outflow = np.arange(max(0, math.floor(expected_outflow - reach)), math.ceil(expected_outflow + reach) + 1)
    log_factorial = np.array([math.lgamma(count + 1.0) for count in outflow])
    mass = np.exp(outflow * math.log(expected_outflow) - expected_outflow - log_factorial)
    mass /= mass.sum()
    filled = np.clip(outflow - ahead, 0.0, quantity)
    return float(min(mass[outflow >= ahead + quantity].sum(), 1.0)), float(mass @ filled)


def _probability_first(first: Complex, second: Complex, frequency: Floats) -> float:
    """Return P(X < Y) of independent times from their characteristic functions on frequencies even in the logarithm.

    P(X - Y < 0) = 1/2 - 1/pi integral over u > 0 of Im[phi_X(u) conj(phi_Y(u))] / u, the trapezoidal rule in ln u.
    """
    integral = _LOG_STEP * np.imag(first * np.conj(second)).sum()
    return min(max(0.5 - float(integral) / math.pi, 0.0), 1.0)


def _frequencies(longest: int, shortest: int, rates: QueueRates) -> Floats:
    """Return the frequencies of the integrals, even in the logarithm, from far below the slowest rate to far above the fastest."""
    if shortest < 1 or longest > _DEEPEST:
        raise BadInput(f"a queue has 1 to {_DEEPEST} orders")
    slowest = 1 / _mean_time(longest, rates)
    fastest = rates.arrivals + rates.takes + rates.cancels * longest + rates.inside
    low, high = math.log(slowest * _SMALL), math.log(fastest / math.sqrt(_SMALL))
    return np.asarray(np.exp(np.arange(low, high, _LOG_STEP)), dtype=np.float64)


def _depth(orders: int, rates: QueueRates) -> int:
    """Return the length beyond which what happens in a queue does not matter any more.

    Raises:
        BadInput: there is none within reach.
    """
    if rates.cancels == 0:
        return orders
    depth, left = orders, 1.0
    while left > _NEGLIGIBLE:
        if depth > orders + _DEEPEST:
            raise BadInput("a queue of these rates practically never empties")
        depth += 1
        left *= min(rates.arrivals / (rates.takes + rates.cancels * depth), 1.0)
    return depth


def _mean_time(orders: int, rates: QueueRates) -> float:
    """Return the mean time until a queue empties: the sum over i of h_i = (1 + lambda h_{i+1}) / (mu + i theta), from i to i - 1 orders.

    Raises:
        BadInput: it is beyond all measure.
    """
    if rates.cancels == 0:
        return orders / (rates.takes - rates.arrivals)
    step = total = 0.0
    for length in range(_depth(orders, rates), 0, -1):
        step = (1 + rates.arrivals * step) / (rates.takes + rates.cancels * length)
        total += step if length <= orders else 0.0
    if not total < 1e250:
        raise BadInput("a queue of these rates practically never empties")
    return total


def _leaving(orders: int, rates: QueueRates, frequency: Floats, inside: float) -> Complex:
    """Return the characteristic function of min(time until a queue empties, exponential time of rate r): f + r (1 - f) / (r - i u).

    f is the queue's transform at s = r - i u.
    """
    argument: Complex = np.asarray(inside - 1j * frequency, dtype=np.complex128)
    emptying = _emptying(orders, rates, argument)
    return emptying + inside * (1 - emptying) / argument


def _emptying(orders: int, rates: QueueRates, argument: Complex) -> Complex:
    """Return E[exp(-s tau)] of the time tau until a queue empties, the continued fraction from the back, (U,) as s.

    The transform of the time from i to i - 1 orders is f_i = d_i / (lambda + d_i + s - lambda f_{i+1}), d_i = mu + i theta; at the back,
    and everywhere without cancels, f_{i+1} = f_i. Worked out as g = 1 - f: near s = 0 nothing is then lost by subtraction.
    """
    depth = _depth(orders, rates)
    missing = _level(rates.takes + rates.cancels * depth, rates.arrivals, argument)
    product = np.ones(argument.size, dtype=np.complex128)
    for length in range(depth, 0, -1):
        death = rates.takes + rates.cancels * length
        joined = argument + rates.arrivals * missing
        missing = joined / (death + joined)
        if length <= orders:
            product *= death / (death + joined)
    return product


def _level(death: float, birth: float, argument: Complex) -> Complex:
    """Return 1 - f where all lengths are alike (the busy period of a queue M/M/1): the root of birth g^2 + (death - birth + s) g - s."""
    net = death - birth + argument
    return np.asarray(2 * argument / (net + np.sqrt(net**2 + 4 * birth * argument)), dtype=np.complex128)
