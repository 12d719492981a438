"""Sources by name."""

from analytics.lab.experiment import InvalidExperiment
from analytics.lab.model_source import ModelSource
from analytics.lab.source import Source

_SOURCES: dict[str, Source] = {source.name: source for source in (ModelSource(),)}


def source_names() -> tuple[str, ...]:
    """Return the names of all sources."""
    return tuple(_SOURCES)


def get_source(name: str) -> Source:
    """Return the source of that name.

    Raises:
        InvalidExperiment: there is none.
    """
    try:
        return _SOURCES[name]
    except KeyError:
        raise InvalidExperiment(f"{name!r} is not a source; there are: {', '.join(source_names())}") from None
