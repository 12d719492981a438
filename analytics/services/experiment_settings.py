"""Whether an experiment that somebody asks for makes sense, field by field in plain words, and is small enough for the web."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.domain.experiments import ExperimentSettings
from analytics.lab import experiment as lab

MOST_ORDER_MINUTES = 60_000
"""Largest experiment from the web: 2,000 orders of 30 minutes, about ten minutes of one core."""
MOST_PATHS = lab.MOST_PATHS
MOST_SIZES = 5
LONGEST_MINUTES = 240.0
LARGEST_SEED = 2**31 - 1
LARGEST_USD = Decimal(1_000_000_000)
_LONGEST_WORD = 40
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOffer:
    """A source of markets with its symbols; `missing` says what to do when its data is not at hand."""

    name: str
    symbols: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be run."""

    algorithms: tuple[str, ...]
    sources: tuple[SourceOffer, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols of all sources."""
        return _once([symbol for source in self.sources for symbol in source.symbols])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentError:
    """What is wrong with one field (empty: with the whole request); `code` for programs."""

    field: str
    message: str
    code: str = "INVALID"


class InvalidExperiment(ValueError):
    """The experiment can't be run as it stands; nothing was stored."""

    def __init__(self, errors: Sequence[ExperimentError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


def checked(asked: ExperimentSettings, offer: Offer) -> ExperimentSettings:
    """Return the settings with sizes in one spelling and nothing twice.

    Raises:
        InvalidExperiment: something is unknown, empty, out of range, or too large for the web.
    """
    errors = [
        *_sources(asked.sources, offer.sources),
        *_symbols(asked, offer),
        *_names("algorithms", asked.algorithms, offer.algorithms),
        *_numbers(asked),
    ]
    sizes, size_errors = _sizes(asked.sizes)
    errors += size_errors
    if errors:
        raise InvalidExperiment(errors)
    settings = replace(
        asked,
        symbols=_once(asked.symbols),
        algorithms=_once(asked.algorithms),
        sources=_once(asked.sources),
        minutes=tuple(dict.fromkeys(asked.minutes)),
        sizes=sizes,
    )
    if settings.order_minutes > MOST_ORDER_MINUTES:
        raise InvalidExperiment([ExperimentError(field="", code="TOO_LARGE", message=_too_large(settings))])
    return settings


def command_of(settings: ExperimentSettings) -> str:
    """Return the command line that runs the same experiment, of any size, and keeps it for a desk (its name is left to fill in)."""
    options = {
        "--symbols": ",".join(settings.symbols),
        "--algorithms": ",".join(settings.algorithms),
        "--sizes": ",".join(settings.sizes),
        "--minutes": _minutes(settings),
        "--sources": ",".join(settings.sources),
        "--paths": str(settings.paths),
        "--seed": str(settings.seed),
    }
    return "python manage.py lab " + " ".join(f"{name} {shlex.quote(value)}" for name, value in options.items()) + " --store DESK"


def _sources(given: Sequence[str], offered: Sequence[SourceOffer]) -> list[ExperimentError]:
    """Refuse sources that there are not, and those without data."""
    if unknown := _names("sources", given, [source.name for source in offered]):
        return unknown
    lacking = [source.missing for source in offered if source.name in given and source.missing]
    return [ExperimentError(field="sources", code="NO_DATA", message=message) for message in lacking]


def _symbols(asked: ExperimentSettings, offer: Offer) -> list[ExperimentError]:
    """Refuse symbols that a chosen source has not; of a source that has none only the source is spoken of."""
    chosen = [source for source in offer.sources if source.name in asked.sources and not source.missing]
    if not chosen:
        return _names("symbols", asked.symbols, offer.symbols)
    shared = [symbol for symbol in chosen[0].symbols if all(symbol in source.symbols for source in chosen)]
    return _names("symbols", asked.symbols, shared)


def _names(field: str, given: Sequence[str], known: Sequence[str]) -> list[ExperimentError]:
    named = ", ".join(known[:_MOST_NAMED]) + (" …" if len(known) > _MOST_NAMED else "")
    if not given:
        return [ExperimentError(field=field, code="REQUIRED", message=_("Choose at least one of: %(known)s.") % {"known": named})]
    unknown = [name[:_LONGEST_WORD] for name in given if name not in known]
    if not unknown:
        return []
    words = {"name": ", ".join(repr(name) for name in unknown[:_MOST_NAMED]), "known": named or "–"}
    return [ExperimentError(field=field, code="UNKNOWN", message=_("%(name)s is not known here; there are: %(known)s.") % words)]


def _sizes(given: Sequence[str]) -> tuple[tuple[str, ...], list[ExperimentError]]:
    if not given:
        return (), [ExperimentError(field="sizes", message=_("Give at least one size, such as 8k or 5%."))]
    if len(given) > MOST_SIZES:
        message = ngettext("At most %(most)d size.", "At most %(most)d sizes.", MOST_SIZES) % {"most": MOST_SIZES}
        return (), [ExperimentError(field="sizes", message=message)]
    try:
        sizes = [lab.parse_size(text) for text in given]
    except lab.InvalidExperiment as error:
        return (), [ExperimentError(field="sizes", message=f"{str(error)[:1].upper()}{str(error)[1:]}.")]
    if any(size.usd is not None and size.usd > LARGEST_USD for size in sizes):
        message = _("A size is at most USD %(most)s million.") % {"most": f"{LARGEST_USD / 1_000_000:,}"}
        return (), [ExperimentError(field="sizes", message=message)]
    return _once([size.label for size in sizes]), []


def _numbers(asked: ExperimentSettings) -> list[ExperimentError]:
    errors = []
    if not asked.minutes or not all(1 <= minutes <= LONGEST_MINUTES for minutes in asked.minutes):
        message = _("Minutes are from 1 to %(most)g.") % {"most": LONGEST_MINUTES}
        errors.append(ExperimentError(field="minutes", message=message))
    if not 2 <= asked.paths <= MOST_PATHS:
        message = _("Paths are from 2, which an interval needs, to %(most)s.") % {"most": f"{MOST_PATHS:,}"}
        errors.append(ExperimentError(field="paths", message=message))
    if not 0 <= asked.seed <= LARGEST_SEED:
        message = _("A seed is a whole number from 0 to %(most)d.") % {"most": LARGEST_SEED}
        errors.append(ExperimentError(field="seed", message=message))
    return errors


def _too_large(settings: ExperimentSettings) -> str:
    share = MOST_ORDER_MINUTES / settings.order_minutes
    words = {
        "orders": f"{settings.orders:,}",
        "minutes": _minutes(settings),
        "most": f"{math.floor(settings.orders * share):,}",
        "paths": f"{math.floor(settings.paths * share):,}",
        "command": command_of(settings),
    }
    return (
        _(
            "This would work %(orders)s orders of %(minutes)s minutes (symbols × algorithms × sizes × paths); from here at most %(most)s. "
            "Take %(paths)s paths, or fewer of the others, or run it on the command line: %(command)s"
        )
        % words
    )


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _minutes(settings: ExperimentSettings) -> str:
    return ",".join(f"{minutes:g}" for minutes in settings.minutes)
