"""A venue's book as others are told of it: whole lots by level, and what has changed since they were last told."""

import numpy as np

from execution.market_model.layout import Records
from execution.market_model.levels import write_changes

Change = tuple[int, int]  # level, lots


class Mirror:
    """The best levels of one venue of a path, own orders excluded; behind the touch a change of less than three percent is not told."""

    def __init__(self, world: Records, venue: int, *, usd_per_lot: float, levels: int) -> None:
        if levels < 1 or levels & (levels - 1) or not usd_per_lot > 0:
            raise ValueError(f"{levels!r} levels of {usd_per_lot!r} USD a lot cannot be mirrored: a power of two and a size are needed")
        self._world, self._venue, self._usd_per_lot = world, venue, usd_per_lot
        self._known = np.zeros((2, levels), np.int64)
        self._since = [0, 0]
        self._levels, self._lots = np.zeros(2 * levels, np.int64), np.zeros(2 * levels, np.int64)

    def changes(self, side: int) -> list[Change]:
        """Return the levels of a side (+1 the bid) that show other lots than they were last told to; 0 lots: gone, or out of sight."""
        index = 0 if side > 0 else 1
        known, since = self._known[index], self._since[index]
        count, self._since[index] = write_changes(
            self._world, self._venue, index, self._usd_per_lot, known, since, self._levels, self._lots
        )
        return list(zip(self._levels[:count].tolist(), self._lots[:count].tolist(), strict=True))
