"""Random numbers of their own for whatever needs some."""

from zlib import crc32

import numpy as np


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random numbers of one (seed, purpose, venue)."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])
