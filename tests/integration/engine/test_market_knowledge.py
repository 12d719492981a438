"""What the desk knows of a market reaches its algorithms: VWAP and participation on real rows, the paper exchange and synthetic bars."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution.domain.lifecycle import OrderState
from execution.domain.planning import DUST_SHARE
from execution.domain.volume_curve import MINUTES_A_DAY
from execution.market import bars
from execution.market.bars import BarPart
from execution.models import Bar, Listing, MarketDay, OrderEvent, ParentOrder, Slice
from execution.selectors.knowledge import ACTIVITIES
from execution.services import planning
from tests.integration.engine.driver import Engine, utc_now

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
MINUTE = timedelta(minutes=1)
LONG_VWAP = {"algorithm": "vwap", "quantity": D(4), "duration_minutes": D(60), "parameters": {"randomise": 0}}


def others(seconds_ago: int, volume: str, *, now: datetime, symbol: str = "BTCUSDT") -> list[BarPart]:
    """A bar on each venue of an instrument."""
    at = now.replace(microsecond=0) - timedelta(seconds=seconds_ago)
    return [
        BarPart(venue_id=venue, instrument_id=instrument, at=at, bid=D(60_000), ask=D(60_001), volume=D(volume), trades=1)
        for venue, instrument in Listing.objects.filter(instrument__symbol=symbol).values_list("venue_id", "instrument_id")
    ]


def the_last_hours(volume: str = "2") -> None:
    """Give each of the last hundred minutes a bar on each venue."""
    now = utc_now()
    bars.store([part for number in range(1, 101) for part in others(60 * number, volume, now=now)])


def plan_event(order: ParentOrder) -> OrderEvent:
    return OrderEvent.objects.filter(parent=order, kind="planned").latest("sequence")


def planned_share(order: ParentOrder, after: timedelta) -> float:
    """Return which share of an order is planned by a time after its start."""
    parts = list(Slice.objects.filter(parent=order))
    done = sum(part.quantity for part in parts if part.end_at <= order.start_at + after)
    return float(done / order.quantity)


def keep_days(weight: Callable[[int], float]) -> None:
    """Keep seven days on which each minute of the day traded what `weight` says, on every venue."""
    volumes = np.array([weight(minute) for minute in range(MINUTES_A_DAY)])
    packed = np.stack([volumes, np.full(MINUTES_A_DAY, np.nan)]).astype("<f8").tobytes()
    today = utc_now().date()
    MarketDay.objects.bulk_create(
        MarketDay(venue_id=venue, instrument_id=instrument, day=today - timedelta(days=ago), known_minutes=MINUTES_A_DAY, minutes=packed)
        for venue, instrument in Listing.objects.filter(instrument__symbol="BTCUSDT").values_list("venue_id", "instrument_id")
        for ago in range(1, 8)
    )


def test_a_vwap_order_follows_the_curve_of_past_days(engine: Engine) -> None:
    """The volume rises to nine times within the order's hour: by half time a third or less is planned, evenly it would be half."""
    begin = utc_now().hour * 60 + utc_now().minute

    def rising(minute: int) -> float:
        after = (minute - begin + 360) % MINUTES_A_DAY - 360
        return 1 + 8 * min(max(after / 60, 0), 1)

    keep_days(rising)
    bars.store([part for number in range(1, 61) for part in others(60 * number, "1", now=utc_now())])
    order = engine.submit(**LONG_VWAP)
    engine.turn()

    assert order.algorithm == "vwap"
    assert "along the expected volume" in plan_event(order).text
    assert 0.1 < planned_share(order, timedelta(minutes=31)) < 0.42


def test_the_knowledge_decides_the_strategy_and_says_why(engine: Engine) -> None:
    the_last_hours()
    order = engine.submit(mode="balanced", duration_minutes=D(10))
    assert order.algorithm == "vwap"
    assert any("of the expected volume" in reason for reason in order.decision_reasons)


def test_without_bars_algorithms_fall_back_and_say_so(engine: Engine) -> None:
    assert engine.submit(mode="balanced", duration_minutes=D(10)).algorithm == "twap"
    vwap = engine.submit(**LONG_VWAP)
    following = engine.submit(algorithm="participation", duration_minutes=D(60), quantity=D(1))
    engine.turn()
    assert "nothing is known of the volume yet" in plan_event(vwap).text
    assert "No volume of others is known" in plan_event(following).text


def test_participation_follows_others_and_not_itself(engine: Engine) -> None:
    """Bars hold the desk's own fills too: counted as others', they would make the order chase itself."""
    the_last_hours("30")
    order = engine.submit(algorithm="participation", duration_minutes=D(30), quantity=D(5), parameters={"participation_rate": 0.2})
    engine.run_until(lambda: ParentOrder.objects.get(pk=order.pk).filled_quantity > 0)
    now = utc_now()
    markets = planning._markets_of([order.pk], now)
    before = markets[order.pk].known.market_quantity
    own = ParentOrder.objects.get(pk=order.pk).fills.all()
    bars.store(
        [
            BarPart(
                venue_id=fill.venue_id, instrument_id=order.instrument_id, at=fill.traded_at.replace(microsecond=0), volume=fill.quantity
            )
            for fill in own
        ]
    )
    bars.store(others(0, "1.5", now=own[0].traded_at + timedelta(seconds=1)))
    after = planning._markets_of([order.pk], now + timedelta(seconds=2))[order.pk].known.market_quantity
    venues = len(markets[order.pk].traded.venue_ids)

    assert before in (None, 0)
    assert after == pytest.approx(1.5 * venues)


def test_hostile_bars_stop_no_order(engine: Engine) -> None:
    now = utc_now()
    parts = [*others(60, "0", now=now), *others(180, "9" * 17, now=now), *others(6000, "0.00000001", now=now)]
    bars.store(parts)
    Bar.objects.filter(volume=0).update(bid=0, ask=0)
    orders = [
        engine.submit(algorithm=name, duration_minutes=D(30), quantity=D(1))
        for name in ("vwap", "participation", "shortfall", "twap", "iceberg")
    ]
    engine.turn()
    states = set(ParentOrder.objects.filter(pk__in=[order.pk for order in orders]).values_list("state", flat=True))
    assert states == {OrderState.WORKING}


def test_a_batch_of_any_size_asks_the_same_number_of_queries_for_what_is_known(engine: Engine) -> None:
    the_last_hours()
    few, many = [engine.submit(**LONG_VWAP).pk], [engine.submit(**LONG_VWAP).pk for _ in range(6)]
    many += [engine.submit(**LONG_VWAP | {"symbol": "ETHUSDT", "quantity": D(50)}).pk for _ in range(3)]
    counts = []
    for batch in (few, many):
        for is_known in (False, True):
            if not is_known:
                ACTIVITIES.forget()
            with CaptureQueriesContext(
                connection,
            ) as queries:
                planning._markets_of(batch, utc_now())
            counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3] < counts[0]


@pytest.mark.parametrize("algorithm", ["vwap", "participation"])
def test_a_short_order_that_follows_the_volume_completes(engine: Engine, algorithm: str) -> None:
    the_last_hours("20")
    parameters = {"participation_rate": 0.3} if algorithm == "participation" else {}
    order = engine.submit(algorithm=algorithm, quantity=D("0.05"), duration_minutes=D("0.3"), parameters=parameters)
    order = engine.finish(order)

    assert order.state == OrderState.FILLED
    assert order.quantity * (1 - DUST_SHARE) <= order.filled_quantity <= order.quantity
    engine.assert_whole(order)
    assert "nothing is known" not in plan_event(order).text
