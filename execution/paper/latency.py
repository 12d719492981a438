"""How long a venue takes to answer."""

import asyncio

import numpy as np


class Latency:
    """Half the acknowledgement time on the way in, half on the way out, each with a long right tail."""

    def __init__(self, acknowledgement_ms: float, random: np.random.Generator) -> None:
        self._half_seconds = acknowledgement_ms / 2000
        self._random = random

    def draw(self) -> float:
        """Return one way's seconds: two thirds fixed, one third exponential."""
        return self._half_seconds * (2 / 3 + float(self._random.exponential(1 / 3)))

    async def wait(self) -> None:
        """Let one way pass."""
        await asyncio.sleep(self.draw())
