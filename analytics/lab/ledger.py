"""Results as they come in, one line of JSON a path, so that an experiment that is killed goes on where it was."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from analytics.lab.experiment import Experiment

VERSION = 2


class UnusableResults(ValueError):
    """A file of results cannot be gone on with; the message says why."""


class Ledger:
    """The file of one experiment: the experiment itself in the first line, then one record a line, each flushed as it is written."""

    def __init__(self, file: IO[bytes], records: Iterable[dict[str, Any]]) -> None:
        self._file = file
        self.records = list(records)

    def append(self, record: dict[str, Any]) -> None:
        """Keep a record."""
        self._file.write(_line(record))
        self._file.flush()
        self.records.append(record)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()


def begin(path: Path, experiment: Experiment) -> Ledger:
    """Start the file anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("wb")
    file.write(_line(_header(experiment)))
    file.flush()
    return Ledger(file, ())


def resume(path: Path, experiment: Experiment) -> Ledger:
    """Go on with a file, from the start when there is none; a last line that was cut off is dropped.

    Raises:
        UnusableResults: the file holds another experiment, or a line that is no record.
    """
    if not path.exists():
        return begin(path, experiment)
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    if not whole:
        return begin(path, experiment)
    lines = whole.split(b"\n")
    header, *records = [_read(path, number, line) for number, line in enumerate(lines, start=1)]
    if header != _header(experiment):
        raise UnusableResults(f"{path} holds another experiment: {json.dumps(header)[:400]}")
    for number, record in enumerate(records, start=2):
        if not {"job", "orders", "controls"} <= record.keys():
            raise UnusableResults(f"{path}: line {number} is no record of a path")
    file = path.open("r+b")
    file.truncate(len(whole) + 1)
    file.seek(0, 2)
    return Ledger(file, records)


def _header(experiment: Experiment) -> dict[str, Any]:
    return {"version": VERSION, "experiment": experiment.as_json()}


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=True).encode() + b"\n"


def _read(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise UnusableResults(f"{path}: line {number} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnusableResults(f"{path}: line {number} is no record")
    return content
