"""What the last half minute was like, out of bars in PostgreSQL."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from execution.domain.tactic_presets import NOTHING_RECENT
from execution.market import bars
from execution.market.bars import BarPart
from execution.market.volumes import Market
from execution.models import Instrument, Venue
from execution.selectors.recent import RecentMarkets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def market(*venues: str) -> Market:
    ids = Venue.objects.filter(name__in=venues).values_list("pk", flat=True)
    return Market(instrument_id=Instrument.objects.get(symbol="BTCUSDT").pk, venue_ids=frozenset(ids))


def touches(venue: str, mids: list[str | None], *, until: datetime = NOON) -> list[BarPart]:
    """A touch two wide for each second before a time."""
    known = market(venue)
    (venue_id,) = known.venue_ids
    at = [until - timedelta(seconds=len(mids) - number) for number in range(len(mids))]
    return [
        BarPart(venue_id=venue_id, instrument_id=known.instrument_id, at=second, bid=Decimal(mid) - 1, ask=Decimal(mid) + 1)
        for second, mid in zip(at, mids, strict=True)
        if mid is not None
    ]


def test_a_mid_that_goes_to_and_fro_by_a_basis_point_a_second_has_a_volatility_of_one() -> None:
    bars.store(touches("okx", ["10000", "10001"] * 15))
    (recent,) = RecentMarkets().of([market("okx")], NOON).values()
    assert recent.volatility_bps == pytest.approx(1.0, abs=1e-3)


def test_seconds_without_a_touch_are_left_out() -> None:
    bars.store(touches("okx", ["10000", "10001", None] * 10))
    (recent,) = RecentMarkets().of([market("okx")], NOON).values()
    assert recent.volatility_bps == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("mids", [[], ["10000"] * 5, ["10000", None] * 15])
def test_of_too_few_seconds_nothing_is_known(mids: list[str | None]) -> None:
    bars.store(touches("okx", mids))
    assert RecentMarkets().of([market("okx")], NOON) == {market("okx"): NOTHING_RECENT}


def test_old_seconds_do_not_count() -> None:
    bars.store(touches("okx", ["10000", "10100"] * 15, until=NOON - timedelta(minutes=1)))
    assert RecentMarkets().of([market("okx")], NOON) == {market("okx"): NOTHING_RECENT}


def test_of_several_venues_the_one_with_most_seconds_counts() -> None:
    bars.store([*touches("okx", ["10000", "10001"] * 15), *touches("binance", ["10000", "10100"] * 5)])
    (recent,) = RecentMarkets().of([market("okx", "binance")], NOON).values()
    assert recent.volatility_bps == pytest.approx(1.0, abs=1e-3)


def test_a_second_later_it_is_read_again_and_not_before(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    known, okx, both = RecentMarkets(), market("okx"), market("okx", "binance")
    with django_assert_num_queries(1):
        known.of([okx, both], NOON)
    with django_assert_num_queries(0):
        known.of([okx], NOON + timedelta(seconds=0.9))
    with django_assert_num_queries(1):
        known.of([okx], NOON + timedelta(seconds=1))
