"""What a path has recorded so far: the kernels' buffers are small and emptied into here."""

import numpy as np

from execution.market_model.layout import GRID_SECONDS, Reals, Records
from execution.market_model.records import Recording, Samples


class Kept:
    """The tape and the samples of one path."""

    def __init__(self, recording: Recording | None, venues: int) -> None:
        self._recording, self._venues = recording, venues
        self._tape: list[Records] = []
        self._touches: list[Reals] = []
        self._depths: list[Reals] = []

    def take_over(self, world: Records) -> None:
        """Empty the kernels' buffers."""
        rows, samples, total = (int(world[name][0]) for name in ("tape_count", "sample_count", "sample_total"))
        world["tape_count"], world["sample_count"] = 0, 0
        if rows or not self._tape:
            self._tape.append(world["tape"][0, :rows].copy())
        if samples or not self._touches:
            self._touches.append(world["samples"][0, :samples, : self._venues].copy())
        if self._recording is not None and self._recording.depth_every:
            measured = np.arange(total - samples, total) % self._recording.depth_every == 0
            self._depths.append(world["depths"][0, :samples, : self._venues][measured])

    def tape(self, world: Records) -> Records:
        """Return all trades so far."""
        self.take_over(world)
        self._tape = [np.concatenate(self._tape)]
        return self._tape[0]

    def take_tape(self, world: Records) -> Records:
        """Return the trades since the last call and forget them."""
        tape = self.tape(world)
        self._tape = []
        return tape

    def samples(self, world: Records) -> Samples:
        """Return all samples so far."""
        self.take_over(world)
        self._touches = [np.concatenate(self._touches)]
        self._depths = [np.concatenate(self._depths)] if self._depths else []
        touches = self._touches[0]
        depths = self._depths[0] if self._depths else np.zeros((0, *touches.shape[1:2], 3))
        seconds = int(world["sample_every"][0]) * GRID_SECONDS
        every = self._recording.depth_every if self._recording is not None else 0
        return Samples(
            times=np.arange(len(touches), dtype=np.float64) * seconds,
            bid=touches[:, :, 0],
            ask=touches[:, :, 1],
            bid_usd=touches[:, :, 2],
            ask_usd=touches[:, :, 3],
            depth_times=np.arange(len(depths), dtype=np.float64) * seconds * every,
            depth_usd=depths,
        )
