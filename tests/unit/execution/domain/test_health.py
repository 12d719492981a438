"""Venue health: what counts as bad, and how long it is remembered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.health import (
    DEGRADED_QUIET,
    DOWN_QUIET,
    ClockOffset,
    Health,
    HealthState,
    Reading,
    Verdict,
    advance,
    clock_offset,
    judge,
    left_out,
    percentile,
    refine,
)

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UP, DEGRADED, DOWN = HealthState
WELL = Reading(
    data_age_seconds=0.1, calls=20, placements=20, timed=20, latency_p95_ms=80, clock_offset=ClockOffset(milliseconds=3, uncertainty_ms=2)
)


def run(states: list[HealthState], step: timedelta = SECOND) -> list[Health]:
    """Return the health after each verdict, one a step."""
    health: Health | None = None
    seen = []
    for index, state in enumerate(states):
        health = advance(health, Verdict(state=state, reason=state.word), START + index * step)
        seen.append(health)
    return seen


@pytest.mark.parametrize(
    ("bad", "state", "reason"),
    [
        ({"data_age_seconds": 2.5}, DEGRADED, "no market data for more than 2 s"),
        ({"data_age_seconds": 11.0}, DOWN, "no market data for more than 10 s"),
        ({"unknown": 2}, DEGRADED, "2 of 20 calls without a proven outcome"),
        ({"unknown": 10}, DOWN, "10 of 20 calls without a proven outcome"),
        ({"rejects": 5}, DEGRADED, "5 of 20 orders rejected"),
        ({"rejects": 20}, DEGRADED, "20 of 20 orders rejected"),
        ({"latency_p95_ms": 1500.0}, DEGRADED, "acknowledgements take 1,500 ms (95th percentile)"),
        ({"failed_probes": 2}, DEGRADED, "2 questions in a row without an answer"),
        ({"failed_probes": 4}, DOWN, "4 questions in a row without an answer"),
        ({"clock_offset": ClockOffset(milliseconds=-1500, uncertainty_ms=2)}, DEGRADED, "its clock is off by -1.5 s"),
        ({"blocked_seconds": 3.0}, DEGRADED, "it has us wait: too many requests"),
    ],
)
def test_each_measurement_can_make_a_venue_bad_and_says_so(bad: dict[str, float], state: HealthState, reason: str) -> None:
    assert judge(replace(WELL, **bad)) == Verdict(state=state, reason=reason)


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"calls": 1, "unknown": 1},
        {"placements": 4, "rejects": 4},
        {"timed": 4, "latency_p95_ms": 3000.0},
        {"failed_probes": 1},
        {"clock_offset": ClockOffset(milliseconds=1500, uncertainty_ms=600)},
    ],
    ids=["well", "one unknown", "few rejects", "few timed", "one probe", "uncertain clock"],
)
def test_what_proves_little_is_no_verdict(fine: dict[str, float]) -> None:
    assert judge(replace(WELL, **fine)) == Verdict(state=UP)


def test_what_was_not_measured_is_no_verdict() -> None:
    assert judge(Reading()) == Verdict(state=UP)


def test_of_several_reasons_the_worst_are_told() -> None:
    verdict = judge(replace(WELL, data_age_seconds=20, failed_probes=4, rejects=9))
    assert verdict.reason == "no market data for more than 10 s; 4 questions in a row without an answer"


amounts = st.integers(0, 30)
seconds = st.floats(0, 30)
offsets = st.builds(ClockOffset, milliseconds=st.floats(-5000, 5000), uncertainty_ms=st.floats(0, 2000))


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    calls = draw(amounts)
    placements = draw(st.integers(0, calls))
    return Reading(
        data_age_seconds=draw(seconds),
        calls=calls,
        unknown=draw(st.integers(0, calls)),
        placements=placements,
        rejects=draw(st.integers(0, placements)),
        timed=draw(st.integers(0, placements)),
        latency_p95_ms=draw(st.floats(0, 5000)),
        failed_probes=draw(st.integers(0, 6)),
        clock_offset=draw(offsets),
        blocked_seconds=draw(seconds),
    )


@given(readings(), st.data())
def test_a_worse_reading_never_gets_a_better_verdict(reading: Reading, data: st.DataObject) -> None:
    more = data.draw
    assert reading.data_age_seconds is not None
    assert reading.latency_p95_ms is not None
    offset = reading.clock_offset
    assert offset is not None
    sign = 1 if offset.milliseconds >= 0 else -1
    worse = replace(
        reading,
        data_age_seconds=reading.data_age_seconds + more(seconds),
        unknown=more(st.integers(reading.unknown, reading.calls)),
        rejects=more(st.integers(reading.rejects, reading.placements)),
        latency_p95_ms=reading.latency_p95_ms + more(st.floats(0, 5000)),
        failed_probes=reading.failed_probes + more(st.integers(0, 3)),
        clock_offset=replace(offset, milliseconds=offset.milliseconds + sign * more(st.floats(0, 5000))),
        blocked_seconds=reading.blocked_seconds + more(seconds),
    )
    assert judge(worse).state >= judge(reading).state


verdicts = st.lists(st.sampled_from(list(HealthState)), min_size=1, max_size=120)


@given(verdicts)
def test_a_bad_verdict_counts_at_once(states: list[HealthState]) -> None:
    assert all(health.state >= state for health, state in zip(run(states), states, strict=True))


@given(verdicts, st.data())
def test_a_history_that_was_worse_never_ends_in_a_better_state(states: list[HealthState], data: st.DataObject) -> None:
    worse = [HealthState(data.draw(st.integers(state, DOWN))) for state in states]
    assert all(bad.state >= good.state for bad, good in zip(run(worse), run(states), strict=True))


@given(verdicts)
def test_a_state_improves_only_after_a_quiet_time_without_as_bad_a_verdict(states: list[HealthState]) -> None:
    seen = run(states)
    quiet = {DEGRADED: DEGRADED_QUIET, DOWN: DOWN_QUIET}
    for index, (before, after) in enumerate(pairwise(seen), start=1):
        if after.state < before.state:
            calm = int(quiet[before.state] / SECOND)
            assert all(state < before.state for state in states[index - calm + 1 : index + 1])


@given(verdicts)
def test_a_state_does_not_flap_within_the_quiet_time(states: list[HealthState]) -> None:
    """Between falling ill and being up again lies a quiet time, whatever comes."""
    seen = run(states)
    for index, (before, after) in enumerate(pairwise(seen), start=1):
        if before.state is not UP and after.state is UP:
            calm = int(DEGRADED_QUIET / SECOND)
            assert all(health.state is not UP for health in seen[max(index - calm, 0) : index])


@given(verdicts)
def test_since_is_the_moment_of_the_last_change(states: list[HealthState]) -> None:
    seen = run(states)
    for index, (before, after) in enumerate(pairwise(seen), start=1):
        assert after.since == (before.since if after.state is before.state else START + index * SECOND)


def test_a_venue_that_was_down_is_degraded_before_it_is_up() -> None:
    states = [health.state for health in run([DOWN] + [UP] * 40)]
    assert states == [DOWN] * 15 + [DEGRADED] * 15 + [UP] * 11


def test_a_state_that_is_only_held_keeps_its_reason() -> None:
    seen = run([DOWN, UP, DEGRADED])
    assert [health.reason for health in seen] == ["down", "down", "down"]
    assert run([DEGRADED] + [UP] * 30)[-1].reason == ""


def test_a_venue_that_is_down_gets_no_new_order() -> None:
    assert left_out({"a": UP, "b": DOWN}, fresh={"a", "b"}) == {"b": DOWN}
    assert left_out({"b": DOWN}, fresh={"b"}) == {"b": DOWN}


def test_a_degraded_venue_is_left_out_while_one_that_is_up_has_a_fresh_book() -> None:
    assert left_out({"a": UP, "b": DEGRADED}, fresh={"a", "b"}) == {"b": DEGRADED}
    assert left_out({"a": UP, "b": DEGRADED}, fresh={"b"}) == {}
    assert left_out({"a": DEGRADED, "b": DEGRADED}, fresh={"a", "b"}) == {}


def test_a_venue_whose_health_nobody_knows_is_not_left_out_and_replaces_no_venue_that_is_up() -> None:
    assert left_out({"a": None, "b": DEGRADED}, fresh={"a", "b"}) == {}


def test_a_clock_is_compared_with_the_middle_of_question_and_answer() -> None:
    sent = START
    received = START + timedelta(milliseconds=100)
    assert clock_offset(sent=sent, received=received, server=START + timedelta(milliseconds=350)) == ClockOffset(
        milliseconds=300, uncertainty_ms=50
    )


@given(st.integers(-5000, 5000), st.integers(0, 500), st.integers(0, 500))
def test_the_true_offset_lies_within_the_uncertainty(offset: int, out: int, back: int) -> None:
    millisecond = timedelta(milliseconds=1)
    server = START + (out + offset) * millisecond
    measured = clock_offset(sent=START, received=START + (out + back) * millisecond, server=server)
    assert abs(measured.milliseconds - offset) <= measured.uncertainty_ms


@given(st.integers(-5000, 5000), st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=20))
def test_the_true_offset_stays_within_what_all_measurements_say_together(offset: int, trips: list[tuple[int, int]]) -> None:
    known: ClockOffset | None = None
    for out, back in trips:
        measured = ClockOffset(milliseconds=offset + (out - back) / 2, uncertainty_ms=(out + back) / 2)
        known = refine(known, 5, measured)
        assert known.uncertainty_ms <= measured.uncertainty_ms + 1e-9
    assert known is not None
    assert abs(known.milliseconds - offset) <= known.uncertainty_ms + 1e-9


def test_a_question_that_waited_takes_nothing_away_from_what_is_known() -> None:
    known = ClockOffset(milliseconds=3, uncertainty_ms=2)
    assert refine(known, 0, ClockOffset(milliseconds=1000, uncertainty_ms=1100)) == known


def test_a_clock_that_was_set_counts_from_its_first_measurement() -> None:
    measured = ClockOffset(milliseconds=1500, uncertainty_ms=4)
    assert refine(ClockOffset(milliseconds=3, uncertainty_ms=2), 5, measured) == measured


@pytest.mark.parametrize(("measured", "certain"), [((1000, 1100), 0), ((1500, 100), 1400), ((-1500, 100), -1400)])
def test_only_what_is_beyond_doubt_of_an_offset_is_certain(measured: tuple[float, float], certain: float) -> None:
    assert ClockOffset(milliseconds=measured[0], uncertainty_ms=measured[1]).beyond_doubt_ms == certain


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_the_least_value_that_its_share_does_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found is not None
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None
