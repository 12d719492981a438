"""The shared rate budget, against a real Redis, from several processes at once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings
from redis import Redis

from execution.market import connection
from execution.venues import budget
from tests.waiting import PATIENCE_SECONDS, wait_until

WINDOW = 60.0
LIMIT = budget.Limit(weight=100, window_seconds=WINDOW)
FOR_THE_REST = 80
A_PROCESS = """
import asyncio, django
django.setup()
from execution.venues import budget
budget.PUBLISHED["binance"] = budget.Limit(weight=100, window_seconds=60)
async def main():
    print(sum(await asyncio.gather(*(budget.acquire("binance", "place") for _ in range(50)))))
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def limit(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(budget.PUBLISHED, "binance", LIMIT)


@pytest.fixture
def no_redis(settings: Settings, tmp_path: object) -> Iterator[None]:
    connection._sync_client.cache_clear()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    yield
    connection._sync_client.cache_clear()


async def granted(kind: str, times: int) -> int:
    return sum([await budget.acquire("binance", kind) for _ in range(times)])


def used() -> int:
    return budget.usage_of(["binance"])["binance"].used


def test_threads_together_never_exceed_the_share_of_placements() -> None:
    def race(_number: int) -> int:
        return asyncio.run(granted("place", 30))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(race, range(8))) == FOR_THE_REST
    assert used() == FOR_THE_REST


def test_processes_together_never_exceed_the_share_of_placements() -> None:
    command = [sys.executable, "-c", A_PROCESS]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate(timeout=PATIENCE_SECONDS)[0]) for process in processes) == FOR_THE_REST


async def test_cancels_and_lookups_pass_when_the_budget_is_used_up_and_are_counted() -> None:
    await granted("place", 200)
    assert await granted("cancel", 30) == 30
    assert await granted("lookup", 10) == 10
    assert used() == FOR_THE_REST + 40


async def test_public_requests_leave_the_headroom_alone() -> None:
    assert await granted("public", 200) == FOR_THE_REST


async def test_a_heavy_request_is_counted_at_its_weight() -> None:
    assert await budget.acquire("binance", "public", 50)
    assert not await budget.acquire("binance", "public", 50)
    assert used() == 50


async def test_a_kind_costs_what_the_venue_counts_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    costly = budget.Limit(weight=100, window_seconds=WINDOW, costs={budget.Kind.LOOKUP: 4})
    monkeypatch.setitem(budget.PUBLISHED, "binance", costly)
    await budget.acquire("binance", "lookup")
    assert used() == 4


async def test_a_blocked_venue_gets_cancels_and_lookups_only() -> None:
    await budget.block("binance", 30)
    assert [await budget.acquire("binance", kind) for kind in ("place", "public", "cancel", "lookup")] == [False, False, True, True]


async def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    await budget.block("binance", 120)
    await budget.block("binance", 1)
    assert budget.usage_of(["binance"])["binance"].blocked_seconds > 100


async def test_a_block_ends_by_itself() -> None:
    await budget.block("binance", 0.05)
    await asyncio.to_thread(wait_until, lambda: not budget.usage_of(["binance"])["binance"].blocked_seconds)
    assert await budget.acquire("binance", "place")


async def test_what_left_the_window_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(budget.PUBLISHED, "binance", budget.Limit(weight=10, window_seconds=0.2))
    assert await granted("place", 8) == 8
    await asyncio.to_thread(wait_until, lambda: not used())
    assert await budget.acquire("binance", "place")


async def test_one_venues_use_takes_nothing_from_another() -> None:
    await granted("place", 200)
    assert await budget.acquire("okx", "place")


async def test_the_rows_own_weight_replaces_the_published_one() -> None:
    budget.publish("binance", ccxt_id="binance", weight=10)
    assert await granted("place", 20) == 8


async def test_a_venue_nobody_described_gets_the_cautious_limit() -> None:
    budget.publish("htx", ccxt_id="htx", weight=None)
    shown = budget.usage_of(["htx"])["htx"]
    assert (shown.weight, shown.window_seconds) == (budget.CAUTIOUS.weight, budget.CAUTIOUS.window_seconds)


@pytest.mark.usefixtures("no_redis")
async def test_without_redis_only_cancels_and_lookups_leave() -> None:
    assert [await budget.acquire("binance", kind) for kind in ("place", "public", "cancel", "lookup")] == [False, False, True, True]
