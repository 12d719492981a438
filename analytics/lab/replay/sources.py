"""Open recordings: which format a file has, which files belong together."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from analytics.lab.replay.reading import (
    MILLISECOND_NS,
    CorruptRecording,
    EmptyRecording,
    Raw,
    UnknownFormat,
    read,
    tape_of,
    text_of,
)
from analytics.lab.replay.tape import Tape

_SNAPSHOT = re.compile(r"^(?P<stem>.+_(?P<symbol>[a-z0-9]+)_\d{8}T\d{2})_snapshot\.json(\.gz)?$")


def open_recording(paths: Sequence[Path], *, market: str = "") -> Tape:
    """Read a recording of any known format.

    `paths` are consecutive files of Binance's wire format or of `manage.py record`, or the one snapshot file of a recording
    in three parts (`*_snapshot.json.gz` beside `*_update.jsonl.gz` and `*_trades.jsonl.gz`).

    Raises:
        RecordingError: one of its kinds in `reading`, which says what is wrong.
    """
    if not paths:
        raise EmptyRecording("no file is named")
    match = _SNAPSHOT.match(paths[0].name)
    if match is None:
        return read(paths, market=market)
    return tape_of(_in_three_parts(paths[0], match["stem"]), symbol=match["symbol"].upper(), market=market, name=paths[0].name)


def _in_three_parts(snapshot: Path, stem: str) -> Iterator[Raw]:
    """Yield the snapshot, then changes and trades by the exchange's time of sending: nobody noted when they were received."""
    lines = [*_lines(_sibling(snapshot, f"{stem}_update.jsonl")), *_lines(_sibling(snapshot, f"{stem}_trades.jsonl"))]
    if not lines:
        raise EmptyRecording(f"{snapshot} has no changes or trades beside it")
    lines.sort(key=lambda line: line[0])
    yield lines[0][0], _decoded(snapshot, text_of(snapshot))
    yield from lines


def _sibling(snapshot: Path, name: str) -> Path:
    for path in (snapshot.with_name(name + ".gz"), snapshot.with_name(name)):
        if path.is_file():
            return path
    raise EmptyRecording(f"{snapshot} has no {name} beside it")


def _lines(path: Path) -> Iterator[Raw]:
    for number, line in enumerate(text_of(path).splitlines(), 1):
        message = _decoded(path, line, number)
        try:
            yield int(message["E"]) * MILLISECOND_NS, message
        except (KeyError, TypeError, ValueError) as error:
            raise UnknownFormat(f"{path}, line {number}: {line[:60]!r} is no message of a market") from error


def _decoded(path: Path, text: str, number: int = 1) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise CorruptRecording(f"{path}, line {number}: {error}") from error
    if not isinstance(message, dict):
        raise UnknownFormat(f"{path}, line {number}: {text[:60]!r} is no message of a market")
    return message
