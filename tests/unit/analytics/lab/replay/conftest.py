"""Files of small recordings."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.unit.analytics.lab.replay.recorded import Line, text


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write messages into a file, the recorder's clock behind the exchange's by some nanoseconds."""

    def write_lines(lines: Sequence[Line], *, name: str = "recorded.jsonl.gz", behind_ns: int = 7_000_000) -> Path:
        path = tmp_path / name
        content = text(lines, behind_ns=behind_ns)
        path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
        return path

    return write_lines
