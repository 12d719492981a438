"""The comparison with an independent simulator's figures: on the recordings where they are at hand, on small ones everywhere."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.lab.finding import NoData, data_folder, sessions
from analytics.lab.replay.__main__ import main
from analytics.lab.replay.comparison import MARKETS, WITHIN_BPS, compare, interval
from analytics.lab.replay.sources import open_recording
from tests.unit.analytics.lab.replay.recorded import Line, Market

Write = Callable[..., Path]


def test_the_replay_comes_as_near_to_the_independent_figures_as_it_says() -> None:
    try:
        folder = data_folder()
    except NoData as absent:
        sys.stderr.write(f"Nothing is compared with the independent figures: {absent}\n")
        return
    named = [session for session in sessions(folder / "hftbacktest") if session.market in MARKETS and "_2024" in session.name]
    rows = compare([open_recording(session.paths, market=session.market) for session in named], every_seconds=30.0, sizes=(0.25, 1.0))
    differences = {(row.market, row.policy): row.difference_bps for row in rows}
    assert len(differences) == 8
    assert {name: far for name, far in differences.items() if far is None or abs(far) > WITHIN_BPS} == {}


def test_an_interval_holds_the_mean_and_is_the_same_again() -> None:
    low, high = interval([1.0, 2.0, 3.0, 4.0])
    assert low < 2.5 < high
    assert (low, high) == interval([1.0, 2.0, 3.0, 4.0])


def test_the_command_line_replays_a_recording_of_ones_own(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(Market().depth(150.0).lines)
    assert main(["--recording", str(path), "--sizes", "0.5", "--every", "10", "--market", "usdm"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    told = json.loads(line.removeprefix("REPLAY "))
    assert told["perpetual"]["one market order"]["all_in_bps"] == pytest.approx(10.0 + 5.0)
    assert "oracle_bps" not in told["perpetual"]["one market order"]


@pytest.mark.parametrize(("lines", "reason"), [([], "holds no message"), (Market().depth(50.0).lines, "shorter than an order")])
def test_the_command_line_says_why_there_is_nothing_to_tell(
    write: Write, capsys: pytest.CaptureFixture[str], lines: list[Line], reason: str
) -> None:
    assert main(["--recording", str(write(lines))]) == 2
    assert reason in capsys.readouterr().err


def test_the_command_line_names_the_way_to_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    assert main([]) == 2
    assert "DIPMASTER_DATA" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--sizes", "0"], ["--sizes", "nan"], ["--every", "0"], ["--market", "moon"]])
def test_the_command_line_refuses_what_makes_no_sense(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(options)
