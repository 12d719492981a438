"""Execution algorithms by name, each with its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from execution.domain.algorithms import iceberg, participation, shortfall, sweep, twap, vwap
from execution.domain.algorithms.base import Algorithm
from execution.domain.algorithms.parameters import MAX_VENUES, PATIENCE, TACTIC, Parameter, read_parameters


class UnknownAlgorithm(KeyError):
    """No algorithm has that name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmSpec:
    """An algorithm and what is to be known of it. `is_custom`: it came from outside the product, so its plans are checked."""

    name: str
    title: str
    summary: str
    plan: Algorithm
    parameters: tuple[Parameter, ...]
    is_custom: bool

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the complete parameters of an order.

        Raises:
            InvalidParameter: one is unknown or out of range.
        """
        return read_parameters(self.parameters, given)


_ALGORITHMS: dict[str, AlgorithmSpec] = {}


def register_algorithm(
    name: str, fn: Algorithm, *, title: str = "", summary: str = "", parameters: Sequence[Parameter] = (), is_custom: bool = True
) -> None:
    """Make an algorithm available under a name; every algorithm has patience, tactic and the most venues besides its own parameters.

    Raises:
        ValueError: the name is empty, too long, or taken.
    """
    if not name or len(name) > 30:
        raise ValueError("an algorithm needs a name of at most 30 letters")
    if name in _ALGORITHMS:
        raise ValueError(f"an algorithm named {name!r} is already registered")
    own = tuple(parameters)
    known = (*own, *(common for common in (PATIENCE, TACTIC, MAX_VENUES) if all(one.name != common.name for one in own)))
    _ALGORITHMS[name] = AlgorithmSpec(name=name, title=title or name, summary=summary, plan=fn, parameters=known, is_custom=is_custom)


def get_algorithm(name: str) -> AlgorithmSpec:
    """Return the algorithm of that name.

    Raises:
        UnknownAlgorithm: there is none.
    """
    try:
        return _ALGORITHMS[name]
    except KeyError:
        raise UnknownAlgorithm(f"{name!r} is not an algorithm; there are: {', '.join(algorithm_names())}") from None


def algorithm_names() -> tuple[str, ...]:
    """Return the registered names in the order in which they were registered."""
    return tuple(_ALGORITHMS)


def custom_algorithm_names() -> tuple[str, ...]:
    """Return the names of the algorithms that came from outside the product."""
    return tuple(name for name, spec in _ALGORITHMS.items() if spec.is_custom)


_OWN = (
    (twap, "twap", "TWAP", "Even over the time that is left."),
    (vwap, "vwap", "VWAP", "Along the volume that others are expected to trade."),
    (shortfall, "shortfall", "Implementation shortfall", "What waiting risks against what hurrying costs, by urgency."),
    (participation, "participation", "Participation (POV)", "A steady share of what others trade; it ends when it is done."),
    (iceberg, "iceberg", "Iceberg", "Shows a part of the order at a time; the next follows when it is filled."),
    (sweep, "sweep", "Market with collar", "Everything at once, no worse than a collar around the arrival mid."),
)
for module, name, title, summary in _OWN:
    register_algorithm(name, module.plan, title=title, summary=summary, parameters=module.PARAMETERS, is_custom=False)
