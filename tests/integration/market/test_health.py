"""The feed looks after the venues' health: real clocks, real accounts, real silence."""

import re
from datetime import UTC, datetime

import pytest

from execution.domain.health import HealthState
from execution.management.feed import health as pace
from execution.market import health
from execution.models import Venue
from execution.venues import budget
from tests.integration.market.conftest import Faults, RunningFeed
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def judged() -> health.VenueHealth | None:
    return health.known_states(["binance"], datetime.now(UTC))["binance"]


def is_in(state: HealthState) -> bool:
    return health.state_of(judged()) is state


def test_a_venue_that_serves_is_up_its_clock_measured_and_its_account_read(feed: RunningFeed) -> None:
    wait_until(lambda: is_in(HealthState.UP))
    clock = wait_until(lambda: health.read_clocks(datetime.now(UTC)).get("binance"))
    assert abs(clock.offset.milliseconds) <= clock.offset.uncertainty_ms + 5  # one machine has one clock; the venue tells milliseconds
    account = wait_until(lambda: health.read_accounts().get("binance"))
    assert account.failure == ""
    assert account.balances["USDT"] > 0


def test_the_rows_rate_limit_reaches_all_processes(venue: Venue, feed: RunningFeed) -> None:
    Venue.objects.filter(pk=venue.pk).update(rate_limit=77)
    wait_until(lambda: budget.usage_of(["binance"])["binance"].weight == 77)


def test_a_venue_that_is_away_goes_down_and_says_why(feed: RunningFeed, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CLOCK_SECONDS", 0.5)
    wait_until(lambda: is_in(HealthState.UP))
    faults.add(venue="binance", fault="down", seconds=600)
    down = wait_until(lambda: judged() if is_in(HealthState.DOWN) else None)
    assert "no market data for more than 10 s" in down.health.reason or "questions in a row without an answer" in down.health.reason


def test_a_venue_whose_clock_is_off_is_degraded_and_its_offset_is_measured(feed: RunningFeed, faults: Faults) -> None:
    wait_until(lambda: is_in(HealthState.UP))
    faults.add(venue="binance", fault="clock_skew", milliseconds=1500, seconds=600)
    degraded = wait_until(lambda: judged() if is_in(HealthState.DEGRADED) else None)
    offset = health.read_clocks(datetime.now(UTC))["binance"].offset
    told = re.fullmatch(r"its clock is off by \+(\d\.\d) s", degraded.health.reason)
    assert told
    assert abs(float(told[1]) * 1000 - 1500) <= offset.uncertainty_ms + 50  # told in tenths of a second
    assert abs(offset.milliseconds - 1500) <= offset.uncertainty_ms + 5
