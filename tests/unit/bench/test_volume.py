"""The measurement of the volume forecast: walk-forward, nothing of the future."""

import sys

import numpy as np
import pytest

from analytics.lab.finding import NoData
from bench.volume import MINUTES_A_DAY, ORDER_MINUTES, Prepared, Recording, follow, mean_of_peers, measure, prepare, read_recordings
from execution.domain.volume_curve import Floats
from execution.domain.volume_forecast import BALANCED_TILT, FROZEN_MODEL, day_sums, features, fit_model

DAYS, TESTED = 17, 16
START, CHANGED = 600, 612
STARTS = np.array([START])


def recording(symbol: str, seed: int) -> Recording:
    rng = np.random.default_rng(seed)
    shape = (DAYS, MINUTES_A_DAY)
    return Recording(symbol=symbol, first_day=20_000, volumes=np.exp(rng.normal(2, 0.8, shape)), prices=np.exp(rng.normal(4, 1e-3, shape)))


def with_another_future(past: Recording) -> Recording:
    """Return a recording that differs from minute 612 of the tested day on, and only there."""
    volumes = past.volumes.copy()
    volumes.ravel()[TESTED * MINUTES_A_DAY + CHANGED :] *= 37.0
    return Recording(symbol=past.symbol, first_day=past.first_day, volumes=volumes, prices=past.prices)


def shares(own: Prepared, everyone: list[Prepared]) -> dict[str, Floats]:
    peers = mean_of_peers(own, everyone)
    states = features(own.surprises.ravel(), peers.ravel()).reshape(*own.surprises.shape, -1)
    first = own.recording.first_day
    sums = [day_sums(own.curves[day], (first + day) * MINUTES_A_DAY, own.recording.volumes[day], states[day]) for day in range(4, TESTED)]
    model = fit_model(sums)
    assert model is not FROZEN_MODEL
    assert model.balanced_tilt == BALANCED_TILT
    return follow(own, peers, TESTED, model, STARTS)


def test_another_future_changes_no_share_of_the_past() -> None:
    recordings = [recording("AAA", 1), recording("BBB", 2)]
    known = [prepare(past) for past in recordings]
    changed = [prepare(with_another_future(past)) for past in recordings]
    before, after = shares(known[0], known), shares(changed[0], changed)
    decided = CHANGED - START + 1  # shares decided up to the end of minute 611, for the ends of minutes 600 to 612
    for method in before:
        assert (before[method][0, :decided] == after[method][0, :decided]).all()
        assert (before[method][0, decided:-1] != after[method][0, decided:-1]).any()


def test_a_day_has_the_curve_of_the_days_before_it() -> None:
    past = recording("AAA", 1)
    known, changed = prepare(past), prepare(with_another_future(past))
    assert known.curves[TESTED].level == changed.curves[TESTED].level
    assert (known.curves[TESTED].weekday == changed.curves[TESTED].weekday).all()


def test_peers_are_averaged_without_oneself_where_they_are_known() -> None:
    first, second = prepare(recording("AAA", 1)), prepare(recording("BBB", 2))
    peers = mean_of_peers(first, [first, second])
    assert peers[TESTED] == pytest.approx(second.surprises[TESTED])
    assert not peers[0].any()  # no curve, no surprise
    assert not mean_of_peers(first, [first]).any()


def test_recorded_orders_are_followed_better_than_by_a_static_curve_or_the_clock() -> None:
    try:
        recordings = [found for found in read_recordings({"AVAX", "DOGE"}, "2025")]
    except NoData as absent:
        sys.stderr.write(f"The volume forecast is not measured on recordings: {absent}\n")
        return
    for figures in measure(recordings, 60 + ORDER_MINUTES + 7):
        assert not figures.wrong
        assert figures.days >= 14
        assert figures.errors["best share"] < 0.95 * min(figures.errors["static"], figures.errors["flat"])
        assert figures.deviations["balanced"] < figures.deviations["static"]


def test_missing_recordings_are_told(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    with pytest.raises(NoData, match="DIPMASTER_DATA"):
        read_recordings(set(), "2025")
