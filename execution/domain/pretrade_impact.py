"""Impact of a planned schedule; see `pretrade`."""


def impact_bps() -> float:
    """Return nothing yet."""
    raise NotImplementedError
