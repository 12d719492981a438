"""Sources by name; knowing them loads nothing that is compiled."""

from collections.abc import Sequence

from analytics.lab.candle_source import CandleSource, TooFewCandles
from analytics.lab.candles import CandleError
from analytics.lab.experiment import InvalidExperiment
from analytics.lab.finding import NoData
from analytics.lab.model_source import ModelSource
from analytics.lab.replay.source import NotRecorded, OwnSource, RecordedSource, RecordingTooShort
from analytics.lab.source import Source
from execution.paper.recording import RecordingError

_SOURCES: dict[str, Source] = {source.name: source for source in (ModelSource(), CandleSource(), RecordedSource(), OwnSource())}
SOURCE_ERRORS = (NoData, NotRecorded, RecordingTooShort, RecordingError, TooFewCandles, CandleError)
"""What is wrong with recorded data: nothing there, too short, damaged."""


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


def known_symbol(text: str, sources: Sequence[Source]) -> str:
    """Return the symbol as its source writes it, for BTC, btc, BTCUSDT or BTCUSDT-PERP; the text in capitals when no source has it."""
    name = text.upper()
    pair, dash, kind = name.partition("-")
    known = {symbol for source in sources for symbol in source.symbols}
    spellings = (text, name, pair.removesuffix("USDT") + dash + kind, f"{pair}USDT{dash}{kind}")
    return next((one for one in spellings if one in known), name)
