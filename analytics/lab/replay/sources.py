"""Find recordings: the project's data folder, which files belong together, which format a file has."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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

FOLDER_VARIABLE = "DIPMASTER_DATA"
BESIDE_THE_PROJECT = Path(__file__).resolve().parents[4] / "shared" / "data"
_NAMED = re.compile(r"^binance_(?P<market>spot|usdm|cm)_(?P<symbol>[a-z0-9_]+)_(?P<day>\d{8})\.jsonl\.gz$")
_SNAPSHOT = re.compile(r"^(?P<stem>.+_(?P<symbol>[a-z0-9]+)_\d{8}T\d{2})_snapshot\.json(\.gz)?$")


class NoData(FileNotFoundError):
    """The recordings are not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Consecutive files of one symbol: one recording."""

    market: str
    symbol: str
    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Return the name of its first file without endings."""
        return self.paths[0].name.partition(".")[0]

    def tape(self) -> Tape:
        """Read it."""
        return open_recording(self.paths, market=self.market)


def data_folder() -> Path:
    """Return the folder of recorded data: the environment's DIPMASTER_DATA, else shared/data beside the project.

    Raises:
        NoData: there is none.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE, BESIDE_THE_PROJECT))
    if not (folder / "hftbacktest").is_dir():
        raise NoData(f"There are no recordings in {folder}: name a folder that has hftbacktest/ in it with {FOLDER_VARIABLE}.")
    return folder


def sessions(folder: Path) -> tuple[Session, ...]:
    """Return the recordings of a folder of Binance files, consecutive days of one symbol joined."""
    found: list[Session] = []
    last: tuple[str, str, date] | None = None
    named = sorted(
        (match["market"], match["symbol"], match["day"], path) for path in folder.iterdir() if (match := _NAMED.match(path.name))
    )
    for market, symbol, text, path in named:
        day = date.fromisoformat(text)
        if last == (market, symbol, day - timedelta(days=1)):
            found[-1] = Session(market=market, symbol=found[-1].symbol, paths=(*found[-1].paths, path))
        else:
            found.append(Session(market=market, symbol=symbol.upper(), paths=(path,)))
        last = (market, symbol, day)
    return tuple(found)


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
