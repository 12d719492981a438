"""Execution algorithms by name."""

from execution.domain.algorithms import twap
from execution.domain.algorithms.base import Algorithm


class UnknownAlgorithm(KeyError):
    """No algorithm has that name."""

    def __str__(self) -> str:
        return str(self.args[0])


_ALGORITHMS: dict[str, Algorithm] = {}


def register_algorithm(name: str, fn: Algorithm) -> None:
    """Make an algorithm available under a name.

    Raises:
        ValueError: the name is empty or taken.
    """
    if not name:
        raise ValueError("an algorithm needs a name")
    if name in _ALGORITHMS:
        raise ValueError(f"an algorithm named {name!r} is already registered")
    _ALGORITHMS[name] = fn


def get_algorithm(name: str) -> Algorithm:
    """Return the algorithm of that name.

    Raises:
        UnknownAlgorithm: there is none.
    """
    try:
        return _ALGORITHMS[name]
    except KeyError:
        raise UnknownAlgorithm(f"{name!r} is not an algorithm; there are: {', '.join(algorithm_names())}") from None


def algorithm_names() -> tuple[str, ...]:
    """Return the registered names in alphabetical order."""
    return tuple(sorted(_ALGORITHMS))


register_algorithm("twap", twap.plan)
