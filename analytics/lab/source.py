"""Where markets of experiments come from."""

from collections.abc import Sequence
from typing import Protocol

from analytics.lab.background import Background
from analytics.lab.market import LabMarket


class Source(Protocol):
    """Markets by symbol and number of path. It travels to other processes, so it is a value that can be pickled."""

    @property
    def name(self) -> str:
        """Return what the source is called in results."""
        ...

    @property
    def symbols(self) -> Sequence[str]:
        """Return the symbols that it has markets for."""
        ...

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path from its beginning, lasting `minutes` at least: the same one whenever it is asked for."""
        ...

    def background(self, symbol: str, *, path: int, seed: int, minutes: float) -> Background | None:
        """Return what is known before an order on that path; none where nothing is recorded before it."""
        ...
