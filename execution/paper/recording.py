"""Read recorded Binance messages: gzip (or plain) text, one message a line, `<local time> <JSON>`.

Local time is in nanoseconds or microseconds. The JSON is the combined-stream envelope of `depthUpdate`, `trade` and
`bookTicker`, or a REST depth snapshot without envelope.
"""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec

NANOSECONDS_FROM = 10**17  # microseconds since 1970 stay below this, nanoseconds above
LONGEST_GAP_US = 60_000_000
PREVIEW_LINES = 2000


class RecordingError(ValueError):
    """Say why a file cannot be replayed."""


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A recorded message at its local time in microseconds."""

    time_us: int
    symbol: str = field(compare=False)
    event: str = field(compare=False)
    data: dict[str, Any] = field(compare=False)


def read_recording(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (microseconds, message) of a file."""
    with _open(path) as lines:
        for number, line in enumerate(lines, 1):
            stamp, _, text = line.partition(" ")
            try:
                time, message = int(stamp), msgspec.json.decode(text)
            except (ValueError, msgspec.DecodeError) as error:
                raise RecordingError(f"{path}, line {number}: {error}") from error
            yield (time // 1000 if time > NANOSECONDS_FROM else time), message


def symbol_of(path: Path) -> tuple[str, bool]:
    """Return a file's symbol, from its stream names, and whether a snapshot stands near its start."""
    symbol, has_snapshot = "", False
    for (_, message), _ in zip(read_recording(path), range(PREVIEW_LINES), strict=False):
        symbol = symbol or str(message.get("stream", "")).partition("@")[0].upper()
        has_snapshot = has_snapshot or "lastUpdateId" in message
        if symbol and has_snapshot:
            break
    if not symbol:
        raise RecordingError(f"{path} names no stream in its first {PREVIEW_LINES} lines")
    return symbol, has_snapshot


def play(symbol: str, paths: Sequence[Path]) -> Iterator[Message]:
    """Yield one symbol's messages in order, long gaps between files cut out."""
    shift, last = 0, None
    for path in paths:
        for time, message in read_recording(path):
            if last is not None and time + shift > last + LONGEST_GAP_US:
                shift = last - time
            last = max(last or 0, time + shift)
            data = message.get("data", message)
            yield Message(last, symbol, _event(message), data)


def _event(message: dict[str, Any]) -> str:
    if "lastUpdateId" in message:
        return "snapshot"
    return str(message.get("stream", "")).split("@")[1] if "@" in str(message.get("stream", "")) else ""


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8"))
    return path.open(encoding="utf-8")
