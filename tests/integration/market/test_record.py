"""A recorded market is the same one when it is replayed."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from analytics.lab import finding
from analytics.lab.replay.source import OwnSource
from dipmaster.addresses import BASE_DIR
from execution.paper.process import start
from tests.waiting import PATIENCE_SECONDS, wait_until

SYMBOLS = ("BTCUSDT", "ETHUSDT")
ENOUGH_UPDATES = 60
pytestmark = pytest.mark.usefixtures("venue")


def environment() -> dict[str, str]:
    """Return what a process needs to work on the test database."""
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    address = {"DATABASE_URL": f"postgresql://postgres@/{name}?host={host}"} if host.startswith("/") else {}
    return {**os.environ, **address, "PAPER_EXCHANGE_URL": django_settings.PAPER_EXCHANGE_URL, "PYTHONUNBUFFERED": "1"}


def command(output: Path, *, symbols: str = ",".join(SYMBOLS)) -> list[str]:
    return ["record", "--venue", "binance", "--symbols", symbols, "--seconds", "0", "--output", str(output)]


def get(url: str) -> Any:
    with urlopen(url, timeout=30) as answer:
        return json.load(answer)


def lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt") as file:
        for line in file:
            yield json.loads(line.partition(" ")[2])


def book_of(path: Path) -> dict[str, dict[float, float]]:
    """Return the book at the end of a file, as its first snapshot and the changes after it say."""
    book: dict[str, dict[float, float]] = {}
    last = 0
    waiting = []
    for message in list(lines(path))[:-1]:  # the last line is the book that is to be found
        if "lastUpdateId" in message:
            last = message["lastUpdateId"]
            book = {side: {float(price): float(quantity) for price, quantity in message[side]} for side in ("bids", "asks")}
        elif message["stream"].endswith("@depth@100ms"):
            waiting.append(message["data"])
    for change in waiting:
        if change["u"] > last:
            for side, name in (("bids", "b"), ("asks", "a")):
                book[side] |= {float(price): float(quantity) for price, quantity in change[name]}
    return {side: {price: quantity for price, quantity in levels.items() if quantity} for side, levels in book.items()}


def test_a_recording_that_is_stopped_replays_to_the_same_book(tmp_path: Path) -> None:
    output = tmp_path / "market.jsonl.gz"
    files = {symbol: tmp_path / f"market-{symbol}.jsonl.gz" for symbol in SYMBOLS}
    recording = subprocess.Popen(
        [sys.executable, "manage.py", *command(output)], cwd=BASE_DIR, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert recording.stdout is not None
    try:
        for line in recording.stdout:
            found = re.search(r"(\d+) updates", line)
            if found and int(found.group(1)) >= ENOUGH_UPDATES:
                recording.send_signal(signal.SIGINT)
                break
        rest, _ = recording.communicate(timeout=PATIENCE_SECONDS)
    finally:
        recording.kill()
    assert recording.returncode == 0
    assert all(str(path) in rest for path in files.values())
    replaying = start(tmp_path / "paper", replay=files.values(), speed=50.0)
    try:
        wait_until(lambda: get(f"{replaying.base_url}/control/status")["state"] == "ended")
        for symbol, path in files.items():
            shown = get(f"{replaying.base_url}/binance/api/v3/depth?symbol={symbol}&limit=5000")
            book = {side: {float(price): float(quantity) for price, quantity in shown[side]} for side in ("bids", "asks")}
            assert book == book_of(path)
    finally:
        replaying.stop()


def test_without_a_file_it_is_kept_where_the_lab_finds_and_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(finding, "var_dir", lambda: tmp_path)
    call_command("record", venue="binance", symbols="BTCUSDT", seconds=3.0)
    (name,) = OwnSource().symbols
    assert re.fullmatch(r"binance-BTCUSDT-\d{8}T\d{6}", name)
    market = OwnSource().open(name, path=0, seed=1, minutes=0.01)
    assert market.books()[0].mid > 0
    assert market.listings["recorded"].taker_fee_bps == 10


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    output = tmp_path / "market.jsonl.gz"
    kept = tmp_path / "market-ETHUSDT.jsonl.gz"
    kept.write_bytes(b"mine")
    with pytest.raises(CommandError, match="exists already"):
        call_command(*command(output))
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert kept.read_bytes() == b"mine"


def test_symbols_that_the_venue_does_not_list_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="binance does not list NOSUCHUSDT"):
        call_command(*command(tmp_path / "market.jsonl.gz", symbols="BTCUSDT,NOSUCHUSDT"))
    assert not list(tmp_path.iterdir())


def test_a_venue_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No venue is called nowhere; there are binance"):
        call_command("record", venue="nowhere", symbols="BTCUSDT", output=tmp_path / "market.jsonl")
