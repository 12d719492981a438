"""A folder whose services are stopped when the test ends."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dipmaster.addresses import socket_dir
from dipmaster.embedded import services


@pytest.fixture
def var(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    yield folder
    stop(folder, monkeypatch)


def stop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    services.stop(folder)
    shutil.rmtree(socket_dir(folder), ignore_errors=True)
    shutil.rmtree(folder)
