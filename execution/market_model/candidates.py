"""Candidates for events at a venue (Poisson embedding): drawn whether or not the book will accept them."""

import math
from typing import Any

from execution.market_model.compiled import entry
from execution.market_model.layout import BASIS_EVERY, BLOCK_SECONDS, GRID_SECONDS, INFORMED, MAKER, NOISE, QUEUE, Reals, Records


@entry
def basis_block(random: Any, value: float, sd: float, seconds: float, basis: Reals) -> float:
    """Write a minute of a basis in bps (Ornstein-Uhlenbeck, forgotten over `seconds`); return the last value."""
    keep = math.exp(-BASIS_EVERY * GRID_SECONDS / seconds)
    step = sd * math.sqrt(1.0 - keep * keep)
    for index in range(basis.size):
        value = value * keep + step * random.standard_normal()
        basis[index] = value
    return value


@entry
def candidate_block(random: Any, start: float, activity: Reals, rates: Reals, candidates: Records) -> int:
    """Write a minute of one venue's candidates; return how many, -1 if they are too many to hold.

    `rates` per second: maker, queue, noise, informed; the last two grow with activity. Six uniforms each: the first has become the kind.
    """
    count = 0
    for second in range(BLOCK_SECONDS):
        noise, informed = rates[NOISE] * activity[second], rates[INFORMED] * activity[second]
        total = rates[MAKER] + rates[QUEUE] + noise + informed
        clock = 0.0
        while True:
            clock += random.standard_exponential() / total
            if clock >= 1.0:
                break
            if count == candidates.size - 1:
                return -1
            candidate = candidates[count]
            candidate.time = start + second + clock
            pick = random.random() * total
            if pick < rates[MAKER]:
                candidate.kind = MAKER
            elif pick < rates[MAKER] + rates[QUEUE]:
                candidate.kind = QUEUE
            else:
                candidate.kind = NOISE if pick < total - informed else INFORMED
            for index in range(5):
                candidate.uniform[index] = random.random()
            count += 1
    candidates[count].time = math.inf
    return count
