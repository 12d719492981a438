"""What an experiment consists of, checked before anything runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.lab.baselines import BASELINES
from analytics.lab.source import Source
from analytics.lab.watching import Series
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.domain.strategy import MODES

DEFAULT_MODE = "balanced"
LONGEST_MINUTES = 24 * 60
MOST_PATHS = 100_000
_SIZE = re.compile(r"^([0-9]+(?:\.[0-9]+)?)\s*([kKmM%]?)$")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


class InvalidExperiment(ValueError):
    """The experiment cannot be run as it stands; the message says what is wrong and what exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much to trade: `usd` at the arrival mid, or a `share` of what others trade in the interval on the path without the order."""

    usd: Decimal | None = None
    share: Decimal | None = None

    @property
    def label(self) -> str:
        """Return the size as it is written: 8000, 5%."""
        number = (self.share or Decimal(0)) * 100 if self.usd is None else self.usd
        return f"{number.normalize():f}" + ("%" if self.usd is None else "")

    def quantity(self, undisturbed: Series) -> Decimal:
        """Return the size in base currency, not yet in lots."""
        if self.usd is not None:
            return self.usd / Decimal(repr(float(undisturbed.mids[0])))
        return (self.share or Decimal(0)) * Decimal(repr(undisturbed.quantity))


def parse_size(text: str) -> Size:
    """Read 8000, 8k, 1.5M (USD at the arrival mid) or 5% (of the interval's volume).

    Raises:
        InvalidExperiment: the text is none of these, or not above 0, or more than all of the volume.
    """
    found = _SIZE.match(text.strip())
    if not found or len(text) > 20:
        raise InvalidExperiment(f"{text!r} is not a size; write USD as 8000, 8k or 1.5M, or a share of the interval's volume as 5%")
    number, unit = Decimal(found[1]), found[2].lower()
    if number == 0:
        raise InvalidExperiment(f"the size {text!r} must be above 0")
    if unit != "%":
        return Size(usd=number * _UNITS[unit])
    if number > 100:
        raise InvalidExperiment(f"the size {text!r} is more than all of the interval's volume")
    return Size(share=number / 100)


def algorithm_choices() -> tuple[str, ...]:
    """Return what can be compared: the baselines and the product's algorithms."""
    return (*BASELINES, *algorithm_names())


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Algorithms x sizes x symbols x horizons x sources, each on the same `paths`.

    An algorithm of the product is worked in the balanced mode unless one is named after a colon; parameters may follow, a colon
    before each: twap:stealth, twap:randomise=0, shortfall:aggressive:urgency=0.9.
    """

    algorithms: tuple[str, ...]
    symbols: tuple[str, ...]
    sizes: tuple[Size, ...]
    minutes: tuple[float, ...]
    sources: tuple[Source, ...]
    paths: int
    seed: int

    def check(self) -> None:
        """Check the whole experiment.

        Raises:
            InvalidExperiment: something is unknown, missing, repeated or out of range.
        """
        named: Mapping[str, Sequence[Any]] = {
            "algorithm": self.algorithms,
            "symbol": self.symbols,
            "size": [size.label for size in self.sizes],
            "horizon": self.minutes,
            "source": [source.name for source in self.sources],
        }
        for what, values in named.items():
            if not values:
                raise InvalidExperiment(f"an experiment needs at least one {what}")
            twice = sorted({str(value) for value in values if values.count(value) > 1})
            if twice:
                raise InvalidExperiment(f"{what} {', '.join(twice)} is named twice")
        for algorithm in self.algorithms:
            parse_algorithm(algorithm)
        for source in self.sources:
            _check_symbols(source, self.symbols)
        self._check_numbers()

    def _check_numbers(self) -> None:
        for minutes in self.minutes:
            if not 0 < minutes <= LONGEST_MINUTES:
                raise InvalidExperiment(f"minutes must be above 0 and at most {LONGEST_MINUTES}, not {minutes}")
        if not 1 <= self.paths <= MOST_PATHS:
            raise InvalidExperiment(f"paths must be at least 1 and at most {MOST_PATHS}, not {self.paths}")
        if self.seed < 0:
            raise InvalidExperiment(f"the seed must not be negative, not {self.seed}")

    def as_json(self) -> dict[str, Any]:
        """Return what identifies the experiment."""
        return {
            "algorithms": list(self.algorithms),
            "symbols": list(self.symbols),
            "sizes": [size.label for size in self.sizes],
            "minutes": list(self.minutes),
            "sources": [source.name for source in self.sources],
            "paths": self.paths,
            "seed": self.seed,
        }

    def jobs(self) -> list["Job"]:
        """Return every path that is to be run: all orders on one path are one job."""
        return [
            Job(source=source.name, symbol=symbol, minutes=minutes, path=path)
            for path in range(self.paths)
            for source in self.sources
            for symbol in self.symbols
            for minutes in self.minutes
        ]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Job:
    """One path: every algorithm at every size, and the path without any order."""

    source: str
    symbol: str
    minutes: float
    path: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What works an order: a baseline, or an algorithm of the product in a mode, with parameters that differ from the mode's."""

    name: str
    mode: str
    parameters: Mapping[str, Any]


def parse_algorithm(text: str) -> Choice:
    """Read twap, twap:stealth, shortfall:urgency=0.9 or vwap:stealth:tilt=0.5:randomise=0.

    Raises:
        InvalidExperiment: there is no algorithm or mode of that name, or a parameter is unknown or out of range.
    """
    name, *options = text.split(":")
    if name not in algorithm_choices():
        raise InvalidExperiment(f"{text!r} is not an algorithm; there are: {', '.join(algorithm_choices())}")
    if options and name in BASELINES:
        raise InvalidExperiment(f"{text!r} names no mode; a baseline has no modes")
    modes = [option for option in options if "=" not in option]
    if len(modes) > 1 or not set(modes) <= set(MODES):
        raise InvalidExperiment(f"{text!r} names no mode; there are: {', '.join(MODES)}")
    given = dict(option.split("=", 1) for option in options if "=" in option)
    if name not in BASELINES:
        _check_parameters(text, name, given)
    return Choice(name=name, mode=modes[0] if modes else DEFAULT_MODE, parameters=given)


def _check_parameters(text: str, name: str, given: Mapping[str, Any]) -> None:
    try:
        get_algorithm(name).read(given)
    except InvalidParameter as error:
        raise InvalidExperiment(f"{text!r}: {error}") from error


def _check_symbols(source: Source, symbols: Sequence[str]) -> None:
    for symbol in symbols:
        if symbol not in source.symbols:
            raise InvalidExperiment(f"{symbol!r} is not a symbol of {source.name}; there are: {', '.join(source.symbols)}")
