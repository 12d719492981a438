"""The process's loop for venues."""

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from execution.venues import session


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    session.close()


async def after(seconds: float, value: int) -> int:
    await asyncio.sleep(seconds)
    return value


async def fail() -> int:
    raise LookupError("nothing there")


def test_results_come_in_the_order_of_the_calls() -> None:
    assert session.run_all([after(0.05, 1), after(0, 2), after(0.02, 3)]) == [1, 2, 3]


def test_an_exception_takes_the_place_of_its_result() -> None:
    first, second, third = session.run_all([after(0, 1), fail(), after(0, 3)])
    assert (first, third) == (1, 3)
    assert isinstance(second, LookupError)


def test_a_call_that_hangs_does_not_hold_up_the_answer_for_ever(settings: Settings) -> None:
    settings.VENUE_TIMEOUT_SECONDS = 0.05
    late, quick = session.run_all([after(60, 1), after(0, 2)])
    assert isinstance(late, TimeoutError)
    assert quick == 2


def test_the_loop_survives_failures() -> None:
    session.run_all([fail()])
    assert session.run_all([after(0, 1)]) == [1]


def test_no_calls_need_no_loop() -> None:
    assert session.run_all([]) == []


def test_several_threads_share_the_loop() -> None:
    results: dict[int, list[int | BaseException]] = {}

    def work(number: int) -> None:
        results[number] = session.run_all([after(0.01, number), after(0, number + 100)])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [number, number + 100] for number in range(8)}


def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    session.run(after(0, 1))
    pid = os.fork()
    if pid == 0:
        os._exit(0 if session.run_all([after(0, 7)]) == [7] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_clients_are_closed_with_the_loop() -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    session.run(after(0, 1))
    session.on_close(close)
    session.close()
    assert closed == [True]
