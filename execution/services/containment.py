"""Ask an algorithm for a plan without believing in it: one that raises, answers nonsense or hangs gives a reason, never a plan.

Algorithms of the product run in place. A custom one runs in a process of its own, which is killed when it does not answer in time:
nothing else stops Python code that hangs. Processes wait for the next plan; each question is asked of one that is free, or of a new one.
"""

import atexit
import contextlib
import os
import subprocess
import sys
from datetime import datetime
from multiprocessing.connection import Pipe
from typing import Any

import structlog
from django.conf import settings

from dipmaster.addresses import BASE_DIR
from execution.domain.algorithms.base import Market, OrderTerms, Plan, Progress
from execution.domain.algorithms.checking import check_plan
from execution.domain.algorithms.registry import AlgorithmSpec, UnknownAlgorithm, get_algorithm

log = structlog.get_logger()
START_SECONDS = 20.0
"""Importing the modules of custom algorithms may take this long."""
ANSWER_SECONDS = 2.0


class NoUsablePlan(Exception):
    """The algorithm gave no plan that may be followed; the message says why."""


def ask_for_plan(name: str, order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Return the algorithm's plan, checked.

    Raises:
        NoUsablePlan: there is no such algorithm, it failed, did not answer in time, or answered nonsense.
    """
    try:
        spec = get_algorithm(name)
        plan = _run(spec, order, progress, market, now)
    except UnknownAlgorithm as error:
        raise NoUsablePlan(str(error)) from error
    except NoUsablePlan:
        raise
    except Exception as error:
        log.exception("algorithm_failed", algorithm=name)
        raise NoUsablePlan(f"{name} failed: {type(error).__name__}: {error}") from error
    wrong = check_plan(plan, order, progress, market, now)
    if wrong:
        raise NoUsablePlan(f"{spec.title}: {wrong}")
    return plan


def _run(spec: AlgorithmSpec, order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    if not spec.is_custom:
        return spec.plan(order, progress, market, now)
    process = _free_process()
    try:
        answer = process.ask((spec.name, order, progress, market, now))
    except BaseException:
        process.kill()
        raise
    _idle.append(process)
    if isinstance(answer, str):
        raise NoUsablePlan(f"{spec.title}: {answer}")
    return answer  # type: ignore[no-any-return]  # checked by the caller, whatever it is


class _Process:
    """A process that imports the modules of custom algorithms and answers one question after another."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-m", "execution.services.algorithm_process", str(theirs.fileno())]
            self._process = subprocess.Popen(
                [*command, str(ANSWER_SECONDS), *settings.EXECUTION_ALGORITHM_MODULES],
                cwd=BASE_DIR,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        try:
            self._hear(START_SECONDS, "its process did not start")
        except BaseException:
            self.kill()
            raise

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: tuple[Any, ...]) -> Any:
        """Return what the algorithm answered, or a text that says what went wrong.

        Raises:
            NoUsablePlan: it did not answer in time, or its process ended.
        """
        self._connection.send(question)
        return self._hear(ANSWER_SECONDS, f"it did not answer within {ANSWER_SECONDS:g} s")

    def _hear(self, seconds: float, else_say: str) -> Any:
        try:
            if self._connection.poll(seconds):
                return self._connection.recv()
        except (EOFError, OSError) as error:
            raise NoUsablePlan("a custom algorithm ended its process") from error
        raise NoUsablePlan(f"a custom algorithm failed: {else_say}")

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


_idle: list[_Process] = []


def _free_process() -> _Process:
    """Return a process that waits, or a new one; taking from a list is atomic, so that threads need no lock."""
    while True:
        try:
            process = _idle.pop()
        except IndexError:
            return _Process()
        if process.is_alive:
            return process
        process.kill()


def close() -> None:
    """End the processes that wait."""
    with contextlib.suppress(IndexError):
        while True:
            _idle.pop().kill()


atexit.register(close)
