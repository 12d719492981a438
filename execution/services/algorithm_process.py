"""The process in which custom algorithms run: `python -m execution.services.algorithm_process FD SECONDS MODULE...`.

It has neither Django nor a database. When the desk that asks is gone, it ends: at the end of file, or by its own alarm if it hangs.
"""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from pickle import PickleError
from typing import Any

from execution.domain.algorithms.checking import check_plan
from execution.domain.algorithms.registry import get_algorithm

ALARM_MARGIN_SECONDS = 1.0
"""The desk kills a process that hangs; only when the desk is gone does the alarm, a little later."""


def serve(descriptor: int, seconds: float, modules: Sequence[str]) -> None:
    """Import the modules, then answer questions until the desk hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        import_module(module)
    with Connection(descriptor) as connection:
        connection.send("ready")
        while True:
            try:
                question = connection.recv()
            except (EOFError, OSError):
                return
            signal.setitimer(signal.ITIMER_REAL, seconds + ALARM_MARGIN_SECONDS)
            _send(connection, _answer(*question))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(name: str, *question: Any) -> Any:
    """Return the plan, or what is wrong with it, so that nonsense of any size stays here."""
    try:
        plan = get_algorithm(name).plan(*question)
        return check_plan(plan, *question) or plan
    except Exception as error:  # noqa: BLE001 - told to the desk, whose order is paused with it
        return f"it raised {type(error).__name__}: {error}"[:300]


def _send(connection: Connection, answer: Any) -> None:
    try:
        connection.send(answer)
    except (PickleError, TypeError, ValueError, AttributeError, ArithmeticError, LookupError, RecursionError) as error:
        connection.send(f"its plan cannot be passed on: {type(error).__name__}"[:300])


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
