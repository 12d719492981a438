"""One supervised process: started, logged, started again when it ends, stopped."""

import logging
import logging.handlers
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 10.0
_FIRST_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 10.0
_STEADY_SECONDS = 30.0  # who ran this long has recovered: its next crash counts as the first
_LOG_BYTES = 5_000_000
_OLD_LOGS = 3
_LOUD = re.compile(r"\b(WARNING|ERROR|CRITICAL)[/:]|\[(warning|error|critical) *\]")  # as Celery, uvicorn, Django and structlog write them
_ATTACHED = Path(__file__).with_name("attached.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, under which name."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path
    keep_open: tuple[int, ...] = ()  # descriptors that the process inherits


def back_off_seconds(crashes: int) -> float:
    """Return how long to wait before the next start after `crashes` in a row: 0.5 s, doubled each time, at most 10 s."""
    return min(_FIRST_BACK_OFF_SECONDS * 2.0 ** (min(crashes, 10) - 1), _LONGEST_BACK_OFF_SECONDS)


class Child:
    """A program that is kept running by a thread of its own until it is stopped.

    The kernel ties the process to that thread, which lives as long as the child is wanted.
    """

    def __init__(self, program: Program, *, log: Path, announce: Callable[[str, str], None]) -> None:
        self.program = program
        self.log = log
        self._announce = announce
        self._state = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._is_wanted = True
        self._is_ended = False
        self._is_planned = False  # the coming end of the process was asked for
        self._crashes = 0
        self._thread = threading.Thread(target=self._run, name=program.name, daemon=True)

    @property
    def pid(self) -> int | None:
        """Return the running process' id, None while there is none."""
        process = self._process
        return process.pid if process else None

    @property
    def crashes(self) -> int:
        """Return how often in a row it has ended without being asked to."""
        return self._crashes

    def start(self) -> None:
        """Start it and keep it running."""
        self._thread.start()

    def restart(self) -> None:
        """End the running process, if any, and start a new one at once."""
        with self._state:
            self._is_wanted = self._is_planned = True
            self._signal(signal.SIGTERM)
            self._state.notify_all()

    def kill(self, *, stay_down: bool = False) -> None:
        """End the process without warning; it is started again like after any crash, unless it is to stay down until `restart`."""
        with self._state:
            self._is_wanted = self._is_wanted and not stay_down
            self._signal(signal.SIGKILL)

    def ask_to_stop(self) -> None:
        """Ask the process to end, for good; `finish` waits for it."""
        with self._state:
            self._is_ended = True
            self._signal(signal.SIGTERM)
            self._state.notify_all()

    def finish(self, *, timeout_seconds: float = STOP_SECONDS) -> None:
        """Wait for the process to end, and kill it with all its own children when it has not within the time."""
        self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            self._announce(self.program.name, f"did not stop within {timeout_seconds:g} s and is killed")
            with self._state:
                self._signal(signal.SIGKILL)
            self._thread.join()

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the process; to its whole group when it is to die. The caller holds the lock."""
        if self._process is None or self._process.poll() is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)

    def _run(self) -> None:
        log = logging.handlers.RotatingFileHandler(self.log, maxBytes=_LOG_BYTES, backupCount=_OLD_LOGS, encoding="utf-8")
        try:
            while (process := self._next()) is not None:
                started = time.monotonic()
                self._pump(process, log)
                self._after(process.wait(), ran_seconds=time.monotonic() - started)
        finally:
            log.close()

    def _next(self) -> "subprocess.Popen[str] | None":
        """Wait until a process is wanted and start it; None when none will be any more."""
        with self._state:
            self._state.wait_for(lambda: self._is_wanted or self._is_ended)
            self._is_planned = False
            self._process = None if self._is_ended else self._launch()
            return self._process

    def _launch(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_ATTACHED), str(os.getpid()), *self.program.command],
            cwd=self.program.folder,
            env={**os.environ, **self.program.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=self.program.keep_open,
            start_new_session=True,  # the terminal's Ctrl-C is for the supervisor, which stops the others in order
        )

    def _pump(self, process: "subprocess.Popen[str]", log: logging.Handler) -> None:
        """Copy what the process prints to its log, and what sounds bad to the console too."""
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                text = line.rstrip()
                log.emit(logging.makeLogRecord({"msg": text}))
                if _LOUD.search(text):
                    self._announce(self.program.name, text)

    def _after(self, code: int, *, ran_seconds: float) -> None:
        """Wait before the next start, the longer the more often it crashed; not at all when the end was asked for."""
        with self._state:
            if self._is_ended or self._is_planned or not self._is_wanted:
                return
            self._crashes = 1 if ran_seconds >= _STEADY_SECONDS else self._crashes + 1
            delay = back_off_seconds(self._crashes)
            reason = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            self._announce(self.program.name, f"{reason}; starts again in {delay:g} s. Its log: {self.log}")
            self._state.wait_for(lambda: self._is_ended or self._is_planned, timeout=delay)
