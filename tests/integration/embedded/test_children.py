"""One supervised process, with small programs in place of the desk's own."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dipmaster.embedded.children import Child, Program
from tests.waiting import PATIENCE_SECONDS

REPORTS_ITS_PID = "import os, time; print('WARNING: pid', os.getpid()); time.sleep(600)"
IGNORES_SIGTERM = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + REPORTS_ITS_PID
CRASHES = "print('WARNING: pid 0'); raise SystemExit(3)"
SUPERVISOR = """
import sys, time
from pathlib import Path
from dipmaster.embedded.children import Child, Program
program = Program(name="sleeper", command=(sys.executable, "-c", sys.argv[2]), folder=Path("/"))
Child(program, log=Path(sys.argv[1]), announce=lambda name, text: print(text, flush=True)).start()
time.sleep(600)
"""

Announcements = queue.SimpleQueue[str]
Start = Callable[[str], tuple[Child, Announcements]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children = []

    def run(code: str) -> tuple[Child, Announcements]:
        said: Announcements = queue.SimpleQueue()
        program = Program(name="sleeper", command=(sys.executable, "-c", code), folder=tmp_path)
        child = Child(program, log=tmp_path / "sleeper.log", announce=lambda name, text: said.put(text))
        child.start()
        children.append(child)
        return child, said

    yield run
    for child in children:
        child.ask_to_stop()
        child.finish(timeout_seconds=1)


def next_pid(said: Announcements) -> int:
    while True:
        text = said.get(timeout=PATIENCE_SECONDS)
        if text.startswith("WARNING: pid"):
            return int(text.split()[-1])


def wait_until_gone(pid: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(PATIENCE_SECONDS)


def test_a_killed_process_is_started_again_and_that_is_said(start: Start) -> None:
    child, said = start(REPORTS_ITS_PID)
    first = next_pid(said)
    child.kill()
    assert "signal 9; starts again in 0.5 s" in said.get(timeout=PATIENCE_SECONDS)
    assert next_pid(said) not in (0, first)


def test_a_process_that_keeps_crashing_waits_longer_each_time(start: Start) -> None:
    _, said = start(CRASHES)
    texts = [said.get(timeout=PATIENCE_SECONDS) for _ in range(4)]
    assert [text.split("; ")[1].split(". ")[0] for text in texts if "code 3" in text] == ["starts again in 0.5 s", "starts again in 1 s"]


def test_a_killed_process_that_is_to_stay_down_comes_back_on_restart(start: Start) -> None:
    child, said = start(REPORTS_ITS_PID)
    first = next_pid(said)
    child.kill(stay_down=True)
    wait_until_gone(first)
    child.restart()
    assert next_pid(said) != first


def test_a_restart_starts_a_new_process_without_a_word(start: Start) -> None:
    child, said = start(REPORTS_ITS_PID)
    first = next_pid(said)
    child.restart()
    assert said.get(timeout=PATIENCE_SECONDS).startswith("WARNING: pid")
    assert not psutil.pid_exists(first)


def test_a_process_that_ignores_the_request_to_stop_is_killed(start: Start) -> None:
    child, said = start(IGNORES_SIGTERM)
    pid = next_pid(said)
    child.ask_to_stop()
    child.finish(timeout_seconds=0.5)
    assert "is killed" in said.get(timeout=PATIENCE_SECONDS)
    assert not psutil.pid_exists(pid)


def test_everything_a_process_prints_is_in_its_log(start: Start, tmp_path: Path) -> None:
    _, said = start(REPORTS_ITS_PID)
    pid = next_pid(said)
    assert (tmp_path / "sleeper.log").read_text() == f"WARNING: pid {pid}\n"


def test_a_process_dies_with_its_supervisor(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log"), REPORTS_ITS_PID]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = psutil.Process(int(supervisor.stdout.readline().split()[-1]))
        os.kill(supervisor.pid, signal.SIGKILL)
    child.wait(PATIENCE_SECONDS)
