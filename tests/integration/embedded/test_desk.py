"""The whole desk under its supervisor, as `make run` starts it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dipmaster.addresses import BASE_DIR
from dipmaster.embedded import desk_file, services
from dipmaster.embedded.desk_file import RunningDesk
from tests.waiting import wait_until

READY_SECONDS = 120
Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start(var: Path) -> Iterator[Start]:
    started = []

    def run() -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "desk", "--port", "0", "--paper-port", "0"]
        environment = {**os.environ, "DIPMASTER_VAR": str(var)}
        environment.pop("PAPER_EXCHANGE_URL", None)
        process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=READY_SECONDS)


def children_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def health(desk: RunningDesk) -> dict[str, object]:
    with urllib.request.urlopen(f"{desk.address}/health/", timeout=10) as answer:
        return dict(json.load(answer))


def test_a_desk_that_was_killed_leaves_nothing_that_hinders_the_next_one(var: Path, start: Start) -> None:
    first = start()
    wait_until(lambda: desk_file.running(var))
    orphans = children_of(first)
    first.kill()
    first.wait(READY_SECONDS)
    assert desk_file.running(var) is None

    second = start()
    desk = wait_until(lambda: desk_file.running(var))
    assert desk.pid == second.pid
    assert not any(orphan.is_running() for orphan in orphans)
    assert health(desk)["database"] == "ok"
    children = children_of(second)
    second.terminate()
    second.communicate(timeout=READY_SECONDS)
    assert second.returncode == 0
    assert psutil.wait_procs(children, timeout=0)[1] == []
    assert not any(service.is_answering for service in services.status(var))


def test_a_second_desk_says_where_the_first_one_is(var: Path, start: Start) -> None:
    start()
    desk = wait_until(lambda: desk_file.running(var))
    second = start()
    output, _ = second.communicate(timeout=READY_SECONDS)
    assert second.returncode == 0
    assert f"already running at {desk.address}/ (process {desk.pid}" in output
    assert health(desk)["redis"] == "ok"
