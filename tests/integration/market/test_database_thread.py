"""Database work beside the event loop."""

import pytest
from django.db import OperationalError, ProgrammingError

from execution.management.feed.database import DatabaseThread


async def test_work_is_repeated_until_the_database_answers() -> None:
    failures = [OperationalError("gone"), OperationalError("still gone")]

    def work(value: int) -> int:
        if failures:
            raise failures.pop()
        return value

    thread = DatabaseThread("test")
    assert await thread.insist(work, 5) == 5
    await thread.close()


async def test_any_other_failure_is_not_repeated() -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        raise ProgrammingError("wrong")

    thread = DatabaseThread("test")
    with pytest.raises(ProgrammingError):
        await thread.insist(work)
    await thread.close()
    assert len(calls) == 1
