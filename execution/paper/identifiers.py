"""Numbers that never repeat, across restarts too."""


class Sequence:
    """Ascending ids that start from the clock: a later process starts above anything an earlier one gave out."""

    def __init__(self, now_ms: int) -> None:
        self.last = now_ms * 1000

    def next(self) -> int:
        """Return the next id."""
        self.last += 1
        return self.last

    def skip_past(self, used: int) -> None:
        """Never give out `used` or anything below it."""
        self.last = max(self.last, used)
