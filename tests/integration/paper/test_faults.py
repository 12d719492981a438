"""Faults on demand: what a client sees, and what becomes of its orders."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import WSMsgType
from django.core.management import CommandError, call_command
from pytest_django import Settings

from execution.paper.process import PaperProcess, start
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    process = start(tmp_path_factory.mktemp("faults"))
    yield process
    assert process.stop() == 0


@pytest_asyncio.fixture
async def session(exchange: PaperProcess) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(exchange.base_url) as opened:
        yield opened
        await opened.delete("/control/faults")


async def ask_for(session: aiohttp.ClientSession, fault: str, **asked: Any) -> None:
    answer = await session.post("/control/faults", data=json.dumps({"venue": "binance", "fault": fault, **asked}))
    assert answer.status == 201, await answer.text()


async def get_time(session: aiohttp.ClientSession) -> tuple[int, str]:
    async with session.get("/binance/api/v3/time") as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("fault", ["drop_request", "drop_reply"])
async def test_a_lost_request_or_answer_is_a_broken_connection(session: aiohttp.ClientSession, fault: str) -> None:
    await ask_for(session, fault)  # without a count: the client asks a second time for what only reads
    with pytest.raises(aiohttp.ClientConnectionError):
        await get_time(session)
    await session.delete("/control/faults")
    assert (await get_time(session))[0] == 200


async def test_spoilt_answers_look_as_they_do_in_practice(session: aiohttp.ClientSession) -> None:
    for fault in ("server_error", "html", "truncated"):
        await ask_for(session, fault, count=1)
        status, text = await get_time(session)
        assert status == (503 if fault == "server_error" else 200)
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


async def test_an_answer_that_hangs_comes_never(session: aiohttp.ClientSession) -> None:
    await ask_for(session, "hang", count=1, milliseconds=60_000)
    with pytest.raises(TimeoutError):
        async with session.get("/binance/api/v3/time", timeout=aiohttp.ClientTimeout(0.3)):
            pass


async def test_who_goes_on_after_the_rate_limit_is_banned(session: aiohttp.ClientSession) -> None:
    await ask_for(session, "rate_limit", operations=["public"])
    assert [(await get_time(session))[0] for _ in range(5)] == [429, 429, 429, 418, 418]
    async with session.get("/binance/api/v3/time") as answer:
        assert int(answer.headers["Retry-After"]) >= 1


async def test_a_venue_that_is_down_answers_nothing_and_its_streams_break(session: aiohttp.ClientSession) -> None:
    async with session.ws_connect("/binance/stream?streams=btcusdt@depth@100ms") as socket:
        await socket.receive(timeout=PATIENCE_SECONDS)
        await ask_for(session, "down", seconds=60)
        while (await socket.receive(timeout=PATIENCE_SECONDS)).type not in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE}:
            pass
    with pytest.raises(aiohttp.ClientConnectionError):
        await get_time(session)
    with pytest.raises(aiohttp.ClientError):
        await session.ws_connect("/binance/stream?streams=btcusdt@depth@100ms")
    await session.delete("/control/faults")
    assert (await get_time(session))[0] == 200


async def test_the_clock_is_wrong_as_far_as_asked(session: aiohttp.ClientSession) -> None:
    before = json.loads((await get_time(session))[1])["serverTime"]
    await ask_for(session, "clock_skew", milliseconds=-3_600_000, seconds=60)
    after = json.loads((await get_time(session))[1])["serverTime"]
    assert 3_590_000 < before - after < 3_610_000


async def test_a_crossed_book_is_shown_and_goes_again(session: aiohttp.ClientSession) -> None:
    async def touch() -> tuple[float, float]:
        async with session.get("/binance/api/v3/depth?symbol=BTCUSDT&limit=5") as answer:
            book = await answer.json()
        return float(book["bids"][0][0]), float(book["asks"][0][0])

    await ask_for(session, "crossed", symbol="BTCUSDT", seconds=60)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await touch())[0] < found[1]:
            pass
    await session.delete("/control/faults")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await touch())[0] >= found[1]:
            pass


async def test_a_silent_stream_stays_open_and_says_nothing(session: aiohttp.ClientSession) -> None:
    async with session.ws_connect("/binance/stream?streams=btcusdt@depth@100ms") as socket:
        await socket.receive(timeout=PATIENCE_SECONDS)
        await ask_for(session, "silent", seconds=60, stream="public")
        with pytest.raises(TimeoutError):
            for _ in range(100):  # what was under way still arrives
                await socket.receive(timeout=1)
        await session.delete("/control/faults")
        assert (await socket.receive(timeout=PATIENCE_SECONDS)).type is WSMsgType.TEXT


async def test_a_lost_frame_leaves_a_gap_and_a_doubled_one_comes_twice(session: aiohttp.ClientSession) -> None:
    async with session.ws_connect("/binance/stream?streams=btcusdt@depth@100ms") as socket:
        last = json.loads((await socket.receive(timeout=PATIENCE_SECONDS)).data)["data"]["u"]
        await ask_for(session, "gap", count=1)
        gaps = doubles = 0
        for number in range(20):
            frame = json.loads((await socket.receive(timeout=PATIENCE_SECONDS)).data)["data"]
            gaps += frame["U"] > last + 1
            doubles += frame["u"] == last
            last = frame["u"]
            if number == 10:
                await ask_for(session, "duplicate", count=1)
    assert (gaps, doubles) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "nonsense",
        '{"venue": "kraken", "fault": "html"}',
        '{"venue": ["binance"], "fault": "html"}',
        '{"venue": "binance"}',
        '{"venue": "binance", "fault": "html", "count": 0}',
        '{"venue": "binance", "fault": "crossed", "seconds": 5, "symbol": "NOPE"}',
    ],
)
async def test_what_cannot_be_had_is_refused_with_a_reason(session: aiohttp.ClientSession, body: str) -> None:
    async with session.post("/control/faults", data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]
    async with session.get("/control/faults") as answer:
        assert not any((await answer.json()).values())


def test_the_command_puts_faults_in_force_lists_them_and_ends_them(exchange: PaperProcess, settings: Settings) -> None:
    settings.PAPER_EXCHANGE_URL = exchange.base_url

    def run(*words: str) -> str:
        out = StringIO()
        call_command("paper_faults", *words, stdout=out)
        return out.getvalue()

    assert run() == "No fault is in force\n"
    assert run("okx", "drop_reply", "--operations", "create", "--count", "2") == "okx: drop_reply on create, count 2\n"
    assert run() == "okx: drop_reply on create, count 2\n"
    with pytest.raises(CommandError, match="needs seconds"):
        run("okx", "down")
    with pytest.raises(CommandError, match="Name a fault"):
        run("okx")
    with pytest.raises(CommandError, match="venue must be one of"):
        run("kraken", "html")
    assert run("--clear") == "No fault is in force on any venue\n"
    assert run() == "No fault is in force\n"


def test_the_command_says_when_nothing_answers(settings: Settings, unused_tcp_port: int) -> None:
    settings.PAPER_EXCHANGE_URL = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(CommandError, match="is the desk running"):
        call_command("paper_faults")
    settings.PAPER_EXCHANGE_URL = "http://example.com"
    with pytest.raises(CommandError, match="not on this machine"):
        call_command("paper_faults")
