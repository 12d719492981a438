# ruff: noqa: PLR0917
"""The efficient price and the activity, a minute at a time; neither ever reads the books."""

import math
from typing import Any

from execution.market_model.compiled import compiled, entry
from execution.market_model.layout import BLOCK_SECONDS, GRID_PER_BLOCK, GRID_PER_SECOND, GRID_SECONDS, Reals

VOLATILITY_SECONDS = 300.0
ACTIVITY_SECONDS = 120.0
ACTIVITY_OF_VOLATILITY = 0.8
JUMP_SECONDS = 3.0  # over which news is taken in


@compiled
def _step_second(random: Any, state: Any) -> float:
    """Move log volatility y and log activity z on by a second; return the activity exp(0.8 y + z), mean one."""
    volatility_keep, activity_keep = math.exp(-1.0 / VOLATILITY_SECONDS), math.exp(-1.0 / ACTIVITY_SECONDS)
    state.volatility *= volatility_keep
    state.volatility += state.volatility_sd * math.sqrt(1.0 - volatility_keep**2) * random.standard_normal()
    state.log_activity *= activity_keep
    state.log_activity += state.activity_sd * math.sqrt(1.0 - activity_keep**2) * random.standard_normal()
    spread = (ACTIVITY_OF_VOLATILITY * state.volatility_sd) ** 2 + state.activity_sd**2
    return math.exp(ACTIVITY_OF_VOLATILITY * state.volatility + state.log_activity - 0.5 * spread)


@compiled
def _jump(random: Any, size: float) -> float:
    """Return a jump in bps: either direction, its length Rayleigh's of root mean square `size`."""
    length = size * math.sqrt(random.standard_exponential())
    return length if random.random() < 0.5 else -length


@entry
def price_block(random: Any, states: Any, factor: float, price: Reals, activity: Reals) -> None:
    """Write the next minute of price (second half of `price`, bps on the grid) and activity (per second).

    dS = sigma exp(y) dW + jumps, exp(y) having mean one. `factor` is the intraday profile's. News comes as often and moves the
    price as far in a calm path as in a turbulent one; a jump takes seconds.
    """
    state = states[0]
    price[:GRID_PER_BLOCK] = price[GRID_PER_BLOCK:]
    jump_chance, taken_in = state.jump_rate / 60.0, -math.expm1(-GRID_SECONDS / JUMP_SECONDS)
    for second in range(BLOCK_SECONDS):
        activity[second] = factor * state.regime_activity * _step_second(random, state)
        scale = state.sigma * math.exp(state.volatility - 0.5 * state.volatility_sd**2) * math.sqrt(GRID_SECONDS / 60.0)
        chance, place, jump = random.random(), random.random(), _jump(random, state.jump_sd)
        jump_at = int(place * GRID_PER_SECOND) if chance < jump_chance else -1
        for step in range(GRID_PER_SECOND):
            if step == jump_at:
                state.jump_left += jump
            move = taken_in * state.jump_left
            state.jump_left -= move
            state.price += scale * random.standard_normal() + move
            price[GRID_PER_BLOCK + second * GRID_PER_SECOND + step] = state.price


@entry
def driven_block(random: Any, states: Any, driver: Reals, factor: float, price: Reals, activity: Reals) -> None:
    """Write the next minute of price along given seconds (`driver`, bps, 61 of them) with noise between them.

    Between two seconds runs a Brownian bridge as rough as the seconds of this minute; activity is the driver's times the
    model's own fluctuation exp(z).
    """
    state = states[0]
    price[:GRID_PER_BLOCK] = price[GRID_PER_BLOCK:]
    variance = 0.0
    for second in range(BLOCK_SECONDS):
        variance += (driver[second + 1] - driver[second]) ** 2 / BLOCK_SECONDS
    scale = math.sqrt(variance / GRID_PER_SECOND)
    for second in range(BLOCK_SECONDS):
        state.volatility = 0.0
        _step_second(random, state)
        activity[second] = factor * math.exp(state.log_activity - 0.5 * state.activity_sd**2)
        first = GRID_PER_BLOCK + second * GRID_PER_SECOND
        walk = 0.0
        for step in range(GRID_PER_SECOND):
            walk += scale * random.standard_normal()
            price[first + step] = walk
        for step in range(GRID_PER_SECOND):
            share = (step + 1) / GRID_PER_SECOND
            price[first + step] += driver[second] + (driver[second + 1] - driver[second] - walk) * share
    state.price = price[2 * GRID_PER_BLOCK - 1]
