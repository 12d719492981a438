"""The venues' health from notes in a real Redis."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import structlog
from pytest_django import Settings
from redis import Redis

from execution.domain.health import ClockOffset, HealthState
from execution.domain.streams import StreamState, StreamStatus
from execution.domain.venue_orders import VenuePosition
from execution.market import connection, health
from execution.venues import budget
from execution.venues.monitor import Monitor
from execution.venues.protocol import NoRoom

SECOND = timedelta(seconds=1)
POSITION = VenuePosition(
    symbol="BTCUSDT-PERP", quantity=Decimal("-0.5"), entry_price=Decimal(60000), leverage=Decimal(3), unrealised=Decimal("12.5")
)


@pytest.fixture(autouse=True)
def clean(redis: Redis) -> None:
    health._remembered.clear()


@pytest.fixture
def no_redis(settings: Settings, tmp_path: object) -> Iterator[None]:
    connection._sync_client.cache_clear()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    yield
    connection._sync_client.cache_clear()


def stream(received_at: datetime | None, *, venue: str = "okx", symbol: str = "BTCUSDT") -> StreamStatus:
    counts = dict.fromkeys(("frames", "gaps", "resyncs", "crossed", "connections"), 1)
    return StreamStatus(venue=venue, symbol=symbol, state=StreamState.LIVE, frame_at=received_at, book_at=received_at, **counts)


async def note(*outcomes: str, kind: str = "place", seconds: float = 0.05) -> None:
    for outcome in outcomes:
        await health.observe("okx", kind=kind, outcome=outcome, seconds=seconds)


async def judged(monitor: Monitor, now: datetime | None = None, received_at: datetime | None = None) -> health.VenueHealth:
    now = now or datetime.now(UTC)
    await monitor.evaluate(now, [stream(received_at or now)])
    return health.read_states()["okx"]


class Client:
    """A venue client, of which only the account is asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure

    async def balances(self) -> dict[str, Decimal]:
        if self._failure:
            raise self._failure
        return {"USDT": Decimal("1000.25")}

    async def futures_balances(self) -> dict[str, Decimal]:
        return {"USDT": Decimal(400)}

    async def positions(self) -> dict[str, VenuePosition]:
        return {POSITION.symbol: POSITION}


async def test_calls_of_all_processes_become_figures() -> None:
    await note("acknowledged", "acknowledged", seconds=0.05)
    await note("rejected")
    await note("acknowledged", seconds=0.2)
    await note("unknown", kind="lookup")
    figures = (await judged(Monitor())).figures
    assert (figures.calls, figures.unknown, figures.placements, figures.rejects) == (5, 1, 4, 1)
    assert (figures.latency_p50_ms, figures.latency_p95_ms) == (50, 200)
    assert (figures.unknown_share, figures.reject_share) == (0.2, 0.25)


async def test_without_calls_there_are_no_rates_and_no_latency() -> None:
    figures = (await judged(Monitor())).figures
    assert (figures.unknown_share, figures.reject_share, figures.latency_p50_ms) == (None, None, None)


async def test_calls_are_counted_once_however_often_one_looks() -> None:
    monitor = Monitor()
    await note("acknowledged")
    await judged(monitor)
    await note("acknowledged")
    assert (await judged(monitor)).figures.calls == 2


async def test_old_calls_are_forgotten() -> None:
    monitor = Monitor()
    await note("acknowledged")
    await judged(monitor)
    assert (await judged(monitor, datetime.now(UTC) + timedelta(minutes=6))).figures.calls == 0


async def test_lost_calls_take_a_venue_down() -> None:
    await note(*["unknown"] * 5)
    state = (await judged(Monitor())).health
    assert (state.state, state.reason) == (HealthState.DOWN, "5 of 5 calls without a proven outcome")


async def test_streams_that_we_begin_anew_have_the_time_of_one_that_reconnects() -> None:
    monitor, now = Monitor(), datetime.now(UTC)
    await judged(monitor, now)
    for seconds, state in ((60, HealthState.UP), (69, HealthState.UP), (71, HealthState.DOWN)):
        await monitor.evaluate(now + seconds * SECOND, [stream(None)])
        assert health.read_states()["okx"].health.state is state
    await judged(monitor, now + 72 * SECOND)
    await monitor.evaluate(now + 100 * SECOND, [stream(None)])
    assert health.read_states()["okx"].health.state is not HealthState.DOWN


async def test_a_venue_that_never_sent_anything_is_silent_since_it_is_watched() -> None:
    monitor, now = Monitor(), datetime.now(UTC)
    await monitor.evaluate(now, [stream(None)])
    assert health.read_states()["okx"].health.state is HealthState.UP
    await monitor.evaluate(now + 11 * SECOND, [stream(None)])
    assert health.read_states()["okx"].health.state is HealthState.DOWN


async def test_the_youngest_stream_of_a_venue_counts() -> None:
    now = datetime.now(UTC)
    await Monitor().evaluate(now, [stream(now - 60 * SECOND), stream(now, symbol="ETHUSDT")])
    assert health.read_states()["okx"].health.state is HealthState.UP


async def test_each_change_is_logged_with_its_reason_and_nothing_else_is() -> None:
    monitor, now = Monitor(), datetime.now(UTC)
    with structlog.testing.capture_logs() as logs:
        await judged(monitor, now)
        await judged(monitor, now + 3 * SECOND, received_at=now)
        await judged(monitor, now + 4 * SECOND, received_at=now)
    told = [(line["state"], line["was"], line["reason"]) for line in logs if line["event"] == "venue_health_changed"]
    assert told == [("up", None, ""), ("degraded", "up", "no market data for more than 2 s")]


async def test_a_feed_that_starts_again_goes_on_with_the_states_it_finds() -> None:
    now = datetime.now(UTC)
    await note(*["unknown"] * 5)
    await judged(Monitor(), now)
    again = (await judged(Monitor(), now + 2 * SECOND)).health
    assert (again.state, again.since) == (HealthState.DOWN, now)


async def test_a_state_that_nobody_renews_is_not_known() -> None:
    now = datetime.now(UTC)
    await judged(Monitor(), now)
    assert health.known_states(["okx"], now + 10 * SECOND)["okx"] is not None
    assert health.known_states(["okx", "bybit"], now + 11 * SECOND) == {"okx": None, "bybit": None}


async def test_a_venue_that_is_not_watched_any_more_has_no_state() -> None:
    monitor = Monitor()
    await judged(monitor)
    await monitor.evaluate(datetime.now(UTC), [stream(None, venue="bybit")])
    assert set(health.read_states()) == {"bybit"}


async def test_a_venue_that_has_us_wait_is_degraded() -> None:
    await budget.block("okx", 30)
    state = (await judged(Monitor())).health
    assert (state.state, state.reason) == (HealthState.DEGRADED, "it has us wait: too many requests")


def clock_ahead_by(seconds: float) -> Callable[[], Awaitable[datetime]]:
    async def server_time() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    return server_time


async def held_back() -> datetime:
    raise NoRoom("the rate budget of okx has no room now")


async def silent() -> datetime:
    raise TimeoutError("no answer")


async def test_a_clock_is_measured_and_read_by_other_processes() -> None:
    await Monitor().measure_clock("okx", clock_ahead_by(3))
    offset = await health.clock_offset("okx")
    assert offset is not None
    assert 3000 - 2 * offset.uncertainty_ms - 1 <= offset.milliseconds <= 3001


async def test_a_clock_that_is_off_degrades_its_venue() -> None:
    monitor = Monitor()
    await monitor.measure_clock("okx", clock_ahead_by(3))
    assert (await judged(monitor)).health.reason == "its clock is off by +3.0 s"


async def test_questions_without_an_answer_take_a_venue_down_and_one_answer_ends_the_row() -> None:
    monitor, now = Monitor(), datetime.now(UTC)
    for _ in range(4):
        await monitor.measure_clock("okx", silent)
    assert (await judged(monitor, now)).health.reason == "4 questions in a row without an answer"
    await monitor.measure_clock("okx", clock_ahead_by(0))
    assert (await judged(monitor, now + 31 * SECOND)).health.state is HealthState.UP


async def test_a_question_that_our_own_budget_held_back_says_nothing_about_the_venue() -> None:
    monitor = Monitor()
    for _ in range(4):
        await monitor.measure_clock("okx", held_back)
    assert (await judged(monitor)).health.state is HealthState.UP


async def test_a_clock_that_was_compared_long_ago_is_no_correction() -> None:
    at = datetime.now(UTC) - timedelta(minutes=2)
    health.write_clock("okx", health.Clock(offset=ClockOffset(milliseconds=5, uncertainty_ms=1), at=at))
    assert await health.clock_offset("okx") is None


async def test_no_signed_query_is_stored_with_a_failure() -> None:
    failure = RuntimeError("okx GET https://example.org/api/v3/account?timestamp=1&signature=abc timed out")
    await Monitor().keep_account("okx", Client(failure))  # type: ignore[arg-type] # only the account is asked for
    assert health.read_accounts()["okx"].failure == "RuntimeError: okx GET https://example.org/api/v3/account?... timed out"


async def test_balances_and_positions_are_kept_with_their_time() -> None:
    await Monitor().keep_account("okx", Client())  # type: ignore[arg-type] # only the account is asked for
    account = health.read_accounts()["okx"]
    assert (account.balances, account.positions, account.failure) == ({"USDT": Decimal("1000.25")}, (POSITION,), "")


async def test_a_wallet_for_perpetuals_pays_for_nothing_on_spot() -> None:
    await Monitor().keep_account("okx", Client())  # type: ignore[arg-type] # only the account is asked for
    account = health.read_accounts()["okx"]
    assert (account.spot("USDT"), account.spot("BTC")) == (Decimal("600.25"), 0)
    assert (account.position(POSITION.symbol), account.position("ETHUSDT-PERP")) == (Decimal("-0.5"), 0)


async def test_an_account_is_dated_by_the_question() -> None:
    before = datetime.now(UTC)
    asked: list[datetime] = []

    class Slow(Client):
        async def balances(self) -> dict[str, Decimal]:
            asked.append(datetime.now(UTC))
            return await super().balances()

    await Monitor().keep_account("okx", Slow())  # type: ignore[arg-type] # only the account is asked for
    at = health.read_accounts()["okx"].at
    assert at is not None
    assert before <= at <= asked[0]


async def test_an_account_that_cannot_be_read_keeps_what_was_read_and_says_why() -> None:
    monitor: Any = Monitor()
    await monitor.keep_account("okx", Client())
    before = health.read_accounts()["okx"]
    await monitor.keep_account("okx", Client(ValueError("bad answer")))
    after = health.read_accounts()["okx"]
    assert (after.balances, after.at, after.failure) == (before.balances, before.at, "ValueError: bad answer")


@pytest.mark.usefixtures("no_redis")
async def test_a_call_is_not_held_up_by_a_redis_that_is_away() -> None:
    await asyncio.wait_for(note("acknowledged"), 30)
    assert await health.clock_offset("okx") is None
