"""Faults are read strictly: whoever asks for one wants exactly that one."""

import numpy as np
import pytest

from execution.paper.behaviour import Behaviour
from execution.paper.fault_rules import CORE_FAULTS, OPERATIONS, Fault, FaultError, read_rule
from execution.paper.faults import Faults


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock) -> Faults:
    return Faults(Behaviour(), clock=clock, now_ms=lambda: int(clock() * 1000), random=np.random.default_rng(1))


def test_what_is_asked_for_is_in_force_and_the_rest_has_its_default() -> None:
    rule = read_rule({"venue": "okx", "fault": "drop_reply", "operations": ["create"], "count": 2})
    assert (rule.fault, rule.operations, rule.count, rule.has_effect) == (Fault.DROP_REPLY, frozenset({"create"}), 2, True)
    assert read_rule({"fault": "html"}).operations == OPERATIONS


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"fault": "explode"},
        {"fault": None},
        {"fault": "html", "count": 0},
        {"fault": "html", "count": "many"},
        {"fault": "html", "count": True},
        {"fault": "html", "count": float("nan")},
        {"fault": "html", "seconds": -1},
        {"fault": "html", "seconds": "inf"},
        {"fault": "html", "seconds": "nan"},
        {"fault": "html", "probability": 1.5},
        {"fault": "html", "operations": ["delete"]},
        {"fault": "html", "operations": "create"},
        {"fault": "html", "operations": [["create"]]},
        {"fault": "html", "operations": 7},
        {"fault": "html", "status": 99},
        {"fault": "html", "colour": "red"},
        {"fault": "gap", "stream": "both"},
        {"fault": "gap", "stream": ["public"]},
        {"fault": "html", "code": 7},
        {"fault": "html", "has_effect": "no"},
        {"fault": "reject"},
        {"fault": "down"},
        {"fault": "silent"},
        {"fault": "crossed", "seconds": 1},
        {"fault": "position_drift", "seconds": 1, "lots": 5},
    ],
)
def test_what_is_not_understood_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(FaultError):
        read_rule(asked)


def test_a_fault_ends_after_its_count(faults: Faults) -> None:
    faults.add(read_rule({"fault": "gap", "count": 2, "stream": "public"}))
    assert [faults.copies(is_private=True)] == [1]
    assert [faults.copies(is_private=False) for _ in range(3)] == [0, 0, 1]


def test_a_fault_ends_after_its_time(faults: Faults, clock: Clock) -> None:
    faults.add(read_rule({"fault": "silent", "seconds": 5}))
    assert faults.copies(is_private=False) == 0
    clock.seconds += 5
    assert faults.copies(is_private=False) == 1


def test_a_doubled_frame_is_sent_twice(faults: Faults) -> None:
    faults.add(read_rule({"fault": "duplicate", "count": 1}))
    assert [faults.copies(is_private=False) for _ in range(2)] == [2, 1]


def test_the_core_misbehaves_until_the_fault_is_over(faults: Faults, clock: Clock) -> None:
    faults.add(read_rule({"fault": "partial_fill", "share": 0.25, "seconds": 5}))
    faults.add(read_rule({"fault": "cancel_fill_race", "seconds": 5}))
    faults.add(read_rule({"fault": "clock_skew", "milliseconds": -3000, "seconds": 5}))
    faults.add(read_rule({"fault": "crossed", "symbol": "BTCUSDT", "seconds": 5}))
    faults.add(read_rule({"fault": "position_drift", "symbol": "BTCUSDT-PERP", "lots": 7, "seconds": 5}))
    faults.add(read_rule({"fault": "forgotten", "seconds": 5}))
    behaviour = faults.behaviour
    assert (behaviour.fill_share, behaviour.is_racing_cancels, behaviour.clock_skew_ms) == (0.25, True, -3000)
    assert (behaviour.crossed, behaviour.position_drift) == ({"BTCUSDT"}, {"BTCUSDT-PERP": 7})
    assert behaviour.hides(created_ms=100_001, now_ms=104_999)
    assert not behaviour.hides(created_ms=99_999, now_ms=104_999)

    clock.seconds += 5
    faults.refresh()
    untouched = Behaviour()
    assert (behaviour.fill_share, behaviour.is_racing_cancels, behaviour.clock_skew_ms) == (None, False, 0)
    assert (behaviour.crossed, behaviour.position_drift) == (untouched.crossed, untouched.position_drift)
    assert not behaviour.hides(created_ms=100_001, now_ms=105_000)


def test_clearing_ends_everything(faults: Faults) -> None:
    for fault in CORE_FAULTS | {Fault.GAP}:
        faults.add(read_rule({"fault": fault.value, "seconds": 50, "symbol": "BTCUSDT", "lots": 1}))
    faults.clear()
    assert faults.rules == []
    assert faults.copies(is_private=False) == 1
    assert faults.behaviour.crossed == set()
