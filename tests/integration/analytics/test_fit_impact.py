"""manage.py fit_impact: on a small lab, and on finished orders in the database."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from analytics.lab import fitting
from analytics.selectors.metaorders import finished_orders
from dipmaster.accounts.models import User
from execution.domain.impact_defaults import default_impact
from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.models import Bar, ChildOrder, Fill, ImpactCoefficient, Instrument, ParentOrder, Slice, Venue
from execution.selectors.impact import impact_of, lab_impact_of
from execution.services import impact
from tests.integration.analytics.finished import START

pytestmark = pytest.mark.django_db
D = Decimal
ARRIVAL = D("60000")
MINUTES = 2
STEP = D("6")
"""The mid goes this far up and down every ten seconds: 1 bps, 12 moves but one in two minutes."""
VOLATILITY_BPS = 12**0.5


def finished(trader: User, number: int, *, participation: float, impact_bps: float, **changes: Any) -> ParentOrder:
    """Write an order of two minutes that was `participation` of what others traded and paid `impact_bps` over arrival, before spread."""
    start = START + timedelta(minutes=5 * number)
    end = start + timedelta(minutes=MINUTES)
    side = "buy" if number % 2 == 0 else "sell"
    sign = 1 if side == "buy" else -1
    instrument, venue = Instrument.objects.get(symbol="BTCUSDT"), Venue.objects.order_by("pk")[0]
    quantity = D(str(round(100 * participation, 6)))
    mid = ARRIVAL * (1 + sign * D(str(impact_bps)) / 10_000)
    fields: dict[str, Any] = {
        "desk": trader.desk, "trader": trader, "instrument": instrument, "client_order_id": f"metaorder-{number}", "request_hash": "-",
        "side": side, "quantity": quantity, "filled_quantity": quantity, "filled_notional": quantity * mid, "algorithm": "twap",
        "start_at": start, "end_at": end, "state": OrderState.FILLED, "decision_mid": ARRIVAL, "arrival_mid": ARRIVAL,
        "created_at": start, "started_at": start, "completed_at": end,
    }  # fmt: skip
    order = ParentOrder.objects.create(**(fields | changes))
    part = Slice.objects.create(parent=order, number=1, quantity=quantity, start_at=start, end_at=end, state=SliceState.DONE)
    child = ChildOrder.objects.create(
        slice=part, parent=order, venue=venue, number=1, client_order_id=f"m{number}", order_type="market", time_in_force="IOC",
        quantity=quantity, filled_quantity=quantity, state=ChildState.FILLED, reason="takes", mid_at_decision=mid, decided_at=start,
    )  # fmt: skip
    Fill.objects.create(
        child=child, parent=order, venue=venue, symbol="BTCUSDT", trade_id=f"m{number}", price=mid + sign * 30, quantity=quantity,
        fee=D("1"), fee_currency="USDT", fee_quote=D("1"), is_maker=False, mid=mid, traded_at=start + timedelta(seconds=60),
        recorded_at=start + timedelta(seconds=60),
    )  # fmt: skip
    write_bars(instrument, venue, start, volume=100 + quantity)
    return order


def write_bars(instrument: Instrument, venue: Venue, start: datetime, *, volume: Decimal) -> None:
    """Write a bar every ten seconds: the mid zigzags, the volume is shared out evenly, ours in it."""
    count = MINUTES * 6
    Bar.objects.bulk_create(
        Bar(
            venue=venue,
            instrument=instrument,
            at=start + timedelta(seconds=10 * index),
            bid=ARRIVAL + STEP * (index % 2) - 1,
            ask=ARRIVAL + STEP * (index % 2) + 1,
            volume=volume / count,
            notional=volume / count * ARRIVAL,
            trades=1,
        )
        for index in range(count)
    )


def paying(trader: User, count: int, *, times: float) -> None:
    """Write orders that paid so many times what the default says."""
    for number in range(count):
        participation = (0.01, 0.02, 0.05, 0.1, 0.2)[number % 5]
        expected = default_impact("BTC").expected_impact_bps(quantity=participation, market_quantity=1.0, volatility_bps=VOLATILITY_BPS)
        finished(trader, number, participation=participation, impact_bps=times * expected)


def fitted(*arguments: str) -> tuple[dict[str, Any], str]:
    out = StringIO()
    call_command("fit_impact", *arguments, stdout=out)
    return json.loads(out.getvalue().strip().splitlines()[-1].removeprefix("FIT ")), out.getvalue()


@pytest.mark.usefixtures("seeded")
def test_a_finished_order_shows_its_share_its_volatility_and_what_it_paid_before_spread_and_fees(trader: User) -> None:
    finished(trader, 0, participation=0.05, impact_bps=3.0)
    finished(trader, 1, participation=0.1, impact_bps=-2.0)
    newest, first = finished_orders("BTCUSDT-PERP")
    assert (first.participation, newest.participation) == pytest.approx((0.05, 0.1))
    assert (first.impact_bps, newest.impact_bps) == pytest.approx((3.0, -2.0))
    assert first.volatility_bps == pytest.approx(VOLATILITY_BPS, rel=1e-3)


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    "changes",
    [
        {"state": OrderState.WORKING, "completed_at": None},
        {"arrival_mid": None},
        {"started_at": None},
        {"filled_quantity": D(0)},
        {"completed_at": START + timedelta(seconds=30)},
    ],
)
def test_orders_that_show_nothing_are_left_out(trader: User, changes: dict[str, Any]) -> None:
    finished(trader, 0, participation=0.05, impact_bps=3.0, **changes)
    assert finished_orders("BTC") == []


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("missing", ["mids of fills", "bars", "volume of others", "movement"])
def test_orders_whose_market_is_not_known_are_left_out(trader: User, missing: str) -> None:
    finished(trader, 0, participation=0.05, impact_bps=3.0)
    match missing:
        case "mids of fills":
            Fill.objects.update(mid=None)
        case "bars":
            Bar.objects.all().delete()
        case "volume of others":
            Bar.objects.update(volume=D("0.1"))
        case "movement":
            Bar.objects.update(bid=ARRIVAL - 1, ask=ARRIVAL + 1)
    assert finished_orders("BTC") == []


@pytest.mark.usefixtures("seeded")
def test_orders_that_paid_twice_as_much_move_the_coefficients_up_and_count_once(trader: User) -> None:
    paying(trader, 30, times=2.0)
    said, _ = fitted("--fills", "--symbols", "BTC")
    before, found = default_impact("BTC"), said["fits"]["BTC"]
    assert before.y.value < found["y"] < 2 * before.y.value
    assert found["y_error"] < before.y.standard_error
    assert found["observations"] == 30
    row = ImpactCoefficient.objects.get()
    assert (row.symbol, row.origin, row.y, row.exponent) == ("BTC", "fills", found["y"], found["exponent"])
    assert impact_of(["BTCUSDT", "ETHUSDT"]) == {"BTCUSDT": row.to_domain(), "ETHUSDT": default_impact("ETH")}
    assert lab_impact_of(["BTC"])["BTC"] == before
    again, _ = fitted("--fills", "--symbols", "BTC")
    assert again["fits"] == said["fits"]  # it begins with the lab's again, not with its own


@pytest.mark.usefixtures("seeded")
def test_orders_that_paid_what_was_expected_change_nothing(trader: User) -> None:
    paying(trader, 15, times=1.0)
    said, _ = fitted("--fills", "--symbols", "BTC", "--dry-run")
    assert said["fits"]["BTC"]["y"] == pytest.approx(default_impact("BTC").y.value, rel=0.01)
    assert not said["kept"]
    assert not ImpactCoefficient.objects.exists()


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("count", [0, 11])
def test_too_few_orders_are_refused_with_a_reason(trader: User, count: int) -> None:
    paying(trader, count, times=1.0)
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing could be fitted"):
        call_command("fit_impact", "--fills", "--symbols", "BTC", stdout=out)
    assert f"{count} executions are too few: 12 are the least" in out.getvalue()
    assert not ImpactCoefficient.objects.exists()


def test_a_small_lab_is_fitted_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MINUTES", 3.0)
    said, printed = fitted("--symbols", "btcusdt", "--paths", "6", "--processes", "1", "--seed", "5")
    found = said["fits"]["BTC"]
    assert (said["origin"], said["kept"], found["observations"]) == ("lab", True, 36)
    assert "BTC, 3 min, 6 paths, seed 5" in found["source"]
    assert found["y"] > 0
    row = ImpactCoefficient.objects.get()
    assert (row.y, row.y_error, row.covariance) == (found["y"], found["y_error"], found["covariance"])
    assert "±" in printed
    again, _ = fitted("--symbols", "BTC", "--paths", "6", "--processes", "1", "--seed", "5", "--resume", "--dry-run")
    assert again["fits"] == said["fits"]
    assert ImpactCoefficient.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--paths", "0"], "at least 4 paths, not 0"),
        (["--symbols", "DOGE"], "'DOGE' is not a symbol of model"),
        (["--symbols", ","], "at least one symbol"),
        (["--symbols", "BTC", "BTC-PERP"], "each currency once"),
        (["--symbols", "BTC", "--seed", "-1"], "seed"),
        (["--symbols", "BTC", "--processes", "0"], "processes must be at least 1"),
        (["--fills", "--symbols", "'; DROP TABLE"], "is not a symbol"),
        (["--fills", "--symbols", "X" * 4000], "is not a symbol"),
    ],
)
def test_bad_input_is_named(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("fit_impact", *arguments, stdout=StringIO())
    assert not ImpactCoefficient.objects.exists()


def test_the_newest_row_counts_and_the_database_refuses_nonsense() -> None:
    older, newer = default_impact("ETH"), default_impact("SOL")
    impact.keep(fits={"BTC": newer}, origin=ImpactCoefficient.Origin.LAB, now=START)
    impact.keep(fits={"BTCUSDT": older}, origin=ImpactCoefficient.Origin.LAB, now=START - timedelta(days=1))
    assert impact_of(["BTC/USDT"])["BTC/USDT"] == newer
    assert impact_of([]) == {}
    with pytest.raises(IntegrityError, match="impact_grows_with_size"):
        ImpactCoefficient.objects.update(y=-1.0)


def test_the_administration_shows_rows_and_lets_nobody_edit_them(rf: Any) -> None:
    page = site.get_model_admin(ImpactCoefficient)
    request = rf.get("/")
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
