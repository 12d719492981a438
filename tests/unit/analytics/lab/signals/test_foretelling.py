"""What a recording showed, and how signals go with the moves after them; on the recordings where they are at hand."""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from analytics.lab.finding import NoData, data_folder
from analytics.lab.replay.sources import open_recording
from analytics.lab.signals.__main__ import main
from analytics.lab.signals.foretelling import Found, foretell
from analytics.lab.signals.report import as_json, table
from analytics.lab.signals.shown import Shown, shown_of
from execution.domain.signals.inputs import Quotes, Trades
from tests.unit.analytics.lab.replay.recorded import Market, text


def recorded(folder: Path, market: Market) -> Path:
    path = folder / "binance_usdm_btcusdt_20240808.jsonl.gz"
    path.write_bytes(gzip.compress(text(market.lines).encode()))
    return path


def market_that_follows_its_queues(seconds: int = 120) -> Shown:
    """Each second the longer queue is drawn anew, and the mid moves a tick its way half a second later; takers and depth are noise."""
    random = np.random.default_rng(2)
    side = random.choice([-1.0, 1.0], seconds)
    mid = 100 + 0.1 * np.cumsum(side)
    times = np.arange(2 * seconds) / 2
    bid = np.repeat(mid, 2) - 0.05
    bid[::2] -= 0.1 * side  # shown before the move
    bid_size = np.repeat(5 + 4 * side, 2)
    quotes = Quotes(times=times, bid=bid, ask=bid + 0.1, bid_size=bid_size, ask_size=10 - bid_size)
    trades = Trades(times=times, signs=random.choice([-1.0, 1.0], times.size), sizes=random.uniform(1, 2, times.size))
    depth_times, noise = times[::2].copy(), random.uniform(1, 2, (2, seconds))
    return Shown(
        quotes=quotes, trades=trades, depth_times=depth_times, bid_depth=noise[0], ask_depth=noise[1], tick=0.1, seconds=float(seconds)
    )


def by_name(found: list[Found], horizon: float) -> dict[str, Found]:
    return {one.signal: one for one in found if one.horizon_seconds == horizon}


def test_a_recording_shows_its_touch_its_trades_and_its_depth(tmp_path: Path) -> None:
    market = Market().depth(1.0, bids=[("99.9", "6")]).trade(1.5, "99.9", "2.5", sold=True)
    market.depth(2.0, bids=[("99.9", "0")], asks=[("99.95", "1")])
    shown = shown_of(open_recording([recorded(tmp_path, market)], market="usdm"))
    quotes = shown.quotes
    assert quotes.times.tolist()[-2:] == [1.0, 2.0]
    assert quotes.bid[-2:] == pytest.approx([99.9, 99.8])
    assert quotes.ask[-2:] == pytest.approx([100.1, 99.95])
    assert quotes.bid_size[-2:] == pytest.approx([6, 7.01])
    assert quotes.ask_size[-2:] == pytest.approx([4, 1])
    assert quotes.usable.all()
    assert (shown.trades.times.tolist(), shown.trades.signs.tolist(), shown.trades.sizes.tolist()) == ([1.5], [-1.0], [2.5])
    assert shown.bid_depth[-1] == pytest.approx(7.01)
    assert shown.ask_depth[-1] == pytest.approx(1)


def test_a_market_that_follows_its_queues_is_foretold_by_them_and_not_by_noise() -> None:
    found = by_name(foretell("made", [(market_that_follows_its_queues(), None)]), 1.0)
    assert found["queue imbalance"].correlation == pytest.approx(1, abs=0.01)
    assert found["queue imbalance"].bps == pytest.approx(10, abs=0.3)
    assert abs(found["depth imbalance, 10 bps"].correlation) < 0.25
    assert all(one.low <= one.correlation <= one.high for one in found.values())
    assert "micro-price" not in found


def test_the_report_holds_every_figure() -> None:
    found = [
        Found(group="made", signal="queue imbalance", horizon_seconds=horizon, samples=9, correlation=0.25, low=0.1, high=0.4, bps=0.5)
        for horizon in (1.0, 10.0)
    ]
    assert table(found).splitlines()[-1] == "| made | queue imbalance | 0.25 [0.10, 0.40], 0.50 bps |  | 0.25 [0.10, 0.40], 0.50 bps | 9 |"
    told = json.loads(as_json(found).removeprefix("SIGNALS "))
    assert told["made"]["queue imbalance"]["10"] == {"correlation": 0.25, "low": 0.1, "high": 0.4, "bps": 0.5, "samples": 9}


def test_the_command_measures_the_recordings_of_the_data_folder(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        data_folder()
    except NoData as absent:
        sys.stderr.write(f"Signals are not measured: {absent}\n")
        return
    assert main([]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1].removeprefix("SIGNALS "))
    for group in ("perpetual, July 2024 (tuned on)", "perpetual, August 2024", "spot, August 2024"):
        assert told[group]["queue imbalance"]["1"]["low"] > 0


def test_the_command_names_the_way_to_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    assert main([]) == 2
    assert "DIPMASTER_DATA" in capsys.readouterr().err


def test_a_recording_that_is_too_short_is_told_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hftbacktest").mkdir()
    recorded(tmp_path / "hftbacktest", Market().depth(5.0))
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    assert main([]) == 2
    assert "too short" in capsys.readouterr().err
