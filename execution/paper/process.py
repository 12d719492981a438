"""Start the paper exchange as a process of its own and stop it again."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

READY = "paper exchange listening on "
START_SECONDS = 180.0  # the first start on a machine compiles the market model: half a minute of a free core
STOP_SECONDS = 10.0
PROJECT = Path(__file__).resolve().parents[2]


class StartError(RuntimeError):
    """Say why the paper exchange did not start."""


@dataclass(frozen=True, slots=True)
class PaperProcess:
    """A running paper exchange."""

    base_url: str
    pid: int
    process: "subprocess.Popen[str]"
    reader: threading.Thread

    def stop(self) -> int:
        """Ask it to stop, wait for it, and return its exit code."""
        return self._end(self.process.terminate)

    def kill(self) -> int:
        """End it without warning, as a crash would."""
        return self._end(self.process.kill)

    def _end(self, signal: Callable[[], None]) -> int:
        if self.process.poll() is None:
            signal()
        code = self.process.wait(STOP_SECONDS)
        self.reader.join(STOP_SECONDS)
        return code


def start(
    state_dir: Path | str,
    seed: int = 7,
    port: int = 0,
    replay: Iterable[Path | str] = (),
    *,
    speed: float = 1.0,
    replay_venue: str = "binance",
    accounts: Iterable[str] = (),
    extra: Iterable[str] = (),
) -> PaperProcess:
    """Start a paper exchange and return it once it listens; `accounts` are KEY:SECRET[:withdraw]."""
    files = [str(Path(path).resolve()) for path in replay]
    command = [sys.executable, "-m", "execution.paper", "--port", str(port), "--seed", str(seed)]
    command += ["--state-dir", str(Path(state_dir).resolve()), "--speed", str(speed), "--replay-venue", replay_venue]
    command += [part for account in accounts for part in ("--account", account)]
    command += [*extra, *(["--replay", *files] if files else [])]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, ready), daemon=True)
    reader.start()
    return PaperProcess(_wait_until_ready(process, ready), process.pid, process, reader)


def _wait_until_ready(process: "subprocess.Popen[str]", ready: "queue.SimpleQueue[str | None]") -> str:
    """Return the address from the ready line."""
    try:
        line = ready.get(timeout=START_SECONDS)
    except queue.Empty:
        line = None
    if line is None:
        process.kill()
        process.wait()
        raise StartError("the paper exchange did not start; its output is above")
    return line.removeprefix(READY).strip()


def _read(process: "subprocess.Popen[str]", ready: "queue.SimpleQueue[str | None]") -> None:
    """Pass on what the process prints: the ready line to the starter, the rest to standard error."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if line.startswith(READY):
                ready.put(line)
            else:
                sys.stderr.write(line)
    ready.put(None)
