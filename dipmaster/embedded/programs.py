"""The desk's processes and how each is started."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dipmaster.addresses import BASE_DIR
from dipmaster.embedded.children import Program
from dipmaster.embedded.ports import LOOPBACK

PAPER, WEB, FEED, DISPATCHER, BEAT, REPORTS, LAB = "paper", "web", "feed", "dispatcher", "beat", "reports", "lab"
_MOST_WORKERS = 2
_THREADS = 8
_LAB_NICENESS = "10"  # experiments take whole cores; trading goes first
_CELERY = ("-m", "celery", "-A", "dipmaster")
_WORKER = ("worker", "--pool", "threads", "--loglevel", "INFO", "--without-gossip", "--without-mingle")


def worker_names() -> tuple[str, ...]:
    """Return one trading worker per core, at most two."""
    return tuple(f"worker-{number + 1}" for number in range(min(os.cpu_count() or 1, _MOST_WORKERS)))


def paper(*, port: int, var: Path, arguments: tuple[str, ...]) -> Program:
    """The paper exchange."""
    return _python(PAPER, "-m", "execution.paper", "--port", str(port), "--state-dir", str(var / "paper"), *arguments)


def web(*, port: int, environment: Mapping[str, str]) -> Program:
    """Pages, API and live updates."""
    options = ("--host", LOOPBACK, "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "5")
    return _python(WEB, "-m", "uvicorn", "dipmaster.asgi:application", *options, environment=environment)


def others(*, var: Path, environment: Mapping[str, str]) -> tuple[Program, ...]:
    """Feed, workers, dispatcher, and the clock of the sweeps."""
    schedule = str(var / "beat-schedule")
    return (
        _python(FEED, "manage.py", "feed", environment=environment),
        *(_worker(name, queue="trading", threads=_THREADS, environment=environment) for name in worker_names()),
        _worker(REPORTS, queue="reports", threads=1, environment=environment),
        _nicely(_worker(LAB, queue="lab", threads=1, environment=environment)),
        _python(DISPATCHER, "manage.py", "dispatcher", environment=environment),
        _python(BEAT, *_CELERY, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING", environment=environment),
    )


def _worker(name: str, *, queue: str, threads: int, environment: Mapping[str, str]) -> Program:
    options = ("--queues", queue, "--concurrency", str(threads), "--hostname", f"{name}@%h")
    return _python(name, *_CELERY, *_WORKER, *options, environment=environment)


def _nicely(program: Program) -> Program:
    return replace(program, command=("nice", "-n", _LAB_NICENESS, *program.command))


def _python(name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    return Program(name=name, command=(sys.executable, *arguments), environment=environment or {}, folder=BASE_DIR)
