"""Scheduling problems to test with, and the optimality conditions checked from their definition."""

import numpy as np
from hypothesis import strategies as st

from execution.domain.schedule_problem import ScheduleProblem, cost_variance, temporary_cost, transient_cost
from execution.domain.transient import exponential_kernel, kernel_matrix, power_law_kernel
from execution.domain.urgency import scaled_speed


def an_order(**changes):
    """Return thirty minutes for 5 BTC at 60,000 in 30 slots: about 10 % of volume, 25 bps of volatility over the horizon."""
    terms = {
        "quantity": 5.0,
        "slot_lengths": np.full(30, 60.0),
        "temporary": np.full(30, 600.0),
        "exponent": 0.5,
        "volatility": 150 / 1800**0.5,
    }
    return ScheduleProblem(**(terms | changes))


@st.composite
def problems(draw, *, least_slots=1, caps=True):
    """Draw problems of any scale, uneven slots and liquidity, with or without kernel and caps, with room for the order."""
    count = draw(st.integers(least_slots, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    quantity, price, horizon = (10 ** draw(st.floats(-3, 5)) for _ in range(3))
    lengths = np.exp(random.normal(0, draw(st.floats(0, 0.7)), count))
    lengths *= horizon / lengths.sum()
    exponent = draw(st.sampled_from([0.2, 0.4, 0.5, 0.6, 0.85, 1.0]))
    temporary = price * np.exp(random.normal(0, draw(st.floats(0, 0.7)), count)) * (horizon / quantity) ** exponent
    starts = np.cumsum(lengths) - lengths
    kernel = draw(
        st.one_of(
            st.none(),
            st.builds(exponential_kernel, st.floats(0.1, 100).map(lambda rate: rate / horizon)),
            st.builds(power_law_kernel, st.floats(0.001, 1).map(lambda time: time * horizon), st.floats(0.2, 2)),
        )
    )
    size = price / quantity * 10 ** draw(st.floats(-2, 2))
    limits = None
    if caps and draw(st.booleans()):
        limits = random.uniform(0, 1, count) * (random.random(count) > draw(st.sampled_from([0, 0.3])))
        limits[random.integers(count)] = 1
        limits *= quantity * draw(st.sampled_from([1 + 1e-9, 1.001, 1.1, 2, 10])) / limits.sum()
    return ScheduleProblem(
        quantity=quantity,
        slot_lengths=lengths,
        temporary=temporary,
        exponent=exponent,
        volatility=price / horizon**0.5,
        caps=limits,
        kernel=None if kernel is None else size * kernel_matrix(kernel, starts),
    )


def scaled_risk_aversion(problem, scale):
    """Return lambda such that lambda x variance of waiting compares with X x price like `scale`."""
    horizon = problem.slot_lengths.sum()
    return scale / (problem.volatility * horizon**0.5 * problem.quantity)


def risk_aversion_of(urgency, problem):
    """Return the lambda that an urgency means by its definition, (kappa T)^2 = lambda sigma^2 X^2 T / C, for the problem as a whole.

    C is what an even pace pays, but for impact that stays, which every schedule pays alike.
    """
    horizon = problem.slot_lengths.sum()
    even = problem.quantity * problem.slot_lengths / horizon
    staying = 0.0 if problem.kernel is None else problem.kernel.min() * problem.quantity**2 / 2
    even_cost = temporary_cost(problem, even) + transient_cost(problem, even) - staying
    return scaled_speed(urgency) ** 2 * even_cost / (problem.volatility**2 * problem.quantity**2 * horizon)


def objective(problem, quantities, risk_aversion):
    """Return expected cost + lambda x variance, quote currency."""
    return temporary_cost(problem, quantities) + transient_cost(problem, quantities) + risk_aversion * cost_variance(problem, quantities)


def condition_missed(problem, quantities, risk_aversion):
    """Return what moving a little from one slot to another would save, as a share of the marginal cost; nothing or less at an optimum."""
    power = problem.temporary * (1 + problem.exponent) * (quantities / problem.slot_lengths) ** problem.exponent
    held = np.append(np.cumsum(quantities[:0:-1])[::-1], 0)
    waiting = 2 * risk_aversion * problem.volatility**2 * problem.slot_lengths * held
    marginal = power + np.concatenate([[0], np.cumsum(waiting)[:-1]])
    if problem.kernel is not None:
        marginal = marginal + problem.kernel @ quantities
    little = 1e-9 * problem.quantity
    caps = np.full(problem.slot_count, np.inf) if problem.caps is None else problem.caps
    givers, takers = quantities > little, quantities < caps - little
    if not takers.any():
        return 0.0
    return float((marginal[givers].max() - marginal[takers].min()) / marginal.max())
