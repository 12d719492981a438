"""The product's tactics on recorded books: on the recordings where they are at hand, on a small one everywhere."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.lab.finding import NoData, data_folder, sessions
from analytics.lab.replay.__main__ import main
from analytics.lab.replay.comparison import MARKETS
from analytics.lab.replay.sources import open_recording
from analytics.lab.replay.tactics import compare_tactics
from tests.unit.analytics.lab.replay.recorded import Market

Write = Callable[..., Path]


def test_the_default_is_the_cheapest_at_all_fees_and_the_owner_s_rules_beat_crossing() -> None:
    try:
        folder = data_folder()
    except NoData as absent:
        sys.stderr.write(f"No tactic is tried on recorded books: {absent}\n")
        return
    named = [session for session in sessions(folder / "hftbacktest") if session.market in MARKETS and "_2024" in session.name]
    rows = compare_tactics([open_recording(one.paths, market=one.market) for one in named], every_seconds=60.0, sizes=(0.5,))
    costs = {(row.market, row.name): row.all_in_bps for row in rows}
    assert {market for market, _ in costs} == {"perpetual 2/5", "spot 10/10", "spot 0/10"}
    for market in ("perpetual 2/5", "spot 10/10", "spot 0/10"):
        assert costs[market, "desk: default"] == min(cost for (of, _), cost in costs.items() if of == market)
    assert costs["perpetual 2/5", "desk: owner"] < costs["perpetual 2/5", "always cross"]
    assert costs["spot 10/10", "desk: default"] <= 10.0
    assert all(row.filled_share == pytest.approx(1.0) for row in rows)


def test_in_a_market_where_nothing_happens_every_tactic_crosses_in_time(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(Market().depth(150.0).lines)
    assert main(["--tactics", "--recording", str(path), "--sizes", "0.5", "--every", "30", "--market", "usdm"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1].removeprefix("TACTICS "))["perpetual 2/5"]
    for name in ("always cross", "desk: join", "desk: default"):
        assert told[name]["filled_share"] == 1.0
        assert told[name]["maker_share"] == 0.0
        assert told[name]["all_in_bps"] == pytest.approx(10.0 + 5.0)
    assert told["desk: default"]["dearer_than_default_bps"] is None
