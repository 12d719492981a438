"""A recording is observed as it was: first on a few messages that are known, then against independent figures."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from analytics.lab.facts.derive import candle_halves, facts_of, log_errors, observe
from analytics.lab.facts.measure import Estimate
from analytics.lab.facts.observed import InvalidObservation
from analytics.lab.facts.recorded import observe_recording
from analytics.lab.facts.targets import (
    BTC_APRIL_2023,
    CANDLES_FIRST,
    CANDLES_LOG_ERROR,
    CANDLES_SECOND,
    ETH_AUGUST_2024,
    FILES,
)
from execution.paper.recording import RecordingError

START_US = 1_723_161_253_000_000


def stream(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"stream": f"btcusdt@{name}", "data": data}


def quote(bid: str, ask: str, bid_size: str = "3", ask_size: str = "1") -> dict[str, Any]:
    return stream("bookTicker", {"b": bid, "B": bid_size, "a": ask, "A": ask_size})


def trade(ms: int, price: str, quantity: str, *, sold: bool, kind: str = "MARKET") -> dict[str, Any]:
    return stream("trade", {"T": ms, "p": price, "q": quantity, "m": sold, "X": kind})


def depth(update: int, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> dict[str, Any]:
    return stream("depth@100ms", {"u": update, "b": bids, "a": asks})


SNAPSHOT = {
    "lastUpdateId": 10,
    "bids": [("9999", "1"), ("9996", "2"), ("9000", "50")],
    "asks": [("10001", "1"), ("10004", "2"), ("11000", "50")],
}
OPENING = [(0.0, depth(9, [("9998", "7")], [])), (0.1, SNAPSHOT), (0.2, quote("9999", "10001"))]


def write(folder: Path, lines: list[tuple[float, dict[str, Any]]]) -> Path:
    path = folder / "recorded.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{START_US + round(at * 1e6)} {json.dumps(line)}\n" for at, line in lines).encode()))
    return path


def test_a_recording_gives_parents_quotes_and_depth(tmp_path: Path) -> None:
    lines = [
        *OPENING,
        (0.5, trade(500, "10001", "1", sold=False)),
        (0.5, trade(500, "10004", "1", sold=False)),
        (0.6, trade(600, "9999", "2", sold=True)),
        (0.7, trade(700, "9000", "9", sold=True, kind="INSURANCE_FUND")),
        (1.0, quote("9998", "10000", "1", "1")),
        (1.3, depth(12, [("9999", "3")], [])),
        (2.2, depth(13, [("9999", "0"), ("9998", "1")], [])),
    ]
    market = observe_recording([write(tmp_path, lines)])
    assert market.trade_usd.tolist() == [20005, 19998]
    assert market.trade_signs.tolist() == [1, -1]
    assert market.trade_times.tolist() == pytest.approx([0.3, 0.4])
    assert market.bid[[0, 7, 9, 15]].tolist() == [9999, 9999, 9998, 9998]
    assert market.bid_usd[0] == 3 * 9999
    assert market.depth_usd[5].tolist() == pytest.approx(
        [(3 * 9999 + 2 * 9996 + 10001 + 2 * 10004) / 2, (9998 + 2 * 9996 + 10001 + 2 * 10004) / 2]
    )


def test_contracts_count_in_dollars(tmp_path: Path) -> None:
    lines = [*OPENING, (0.5, trade(500, "10001", "4", sold=False)), (1.3, depth(12, [("9999", "3")], []))]
    market = observe_recording([write(tmp_path, lines)], contract_usd=100.0)
    assert market.trade_usd.tolist() == [400]
    assert market.bid_usd[0] == 300


def test_a_size_that_the_recorded_book_cannot_fill_has_no_cost(tmp_path: Path) -> None:
    lines = [*OPENING, (0.5, trade(500, "10001", "4", sold=False)), (1.3, depth(12, [("9999", "3")], []))]
    market = observe_recording([write(tmp_path, lines)])
    assert market.immediate_cost_bps[5_000_000].size == 0


@pytest.mark.parametrize("missing", ["snapshot", "quotes", "trades"])
def test_a_recording_that_lacks_what_facts_need_is_refused(tmp_path: Path, missing: str) -> None:
    lines = [*OPENING, (0.5, trade(500, "10001", "1", sold=False)), (1.3, depth(12, [("9999", "3")], []))]
    left_out = {"snapshot": [1], "quotes": [2], "trades": [3]}[missing]
    with pytest.raises(InvalidObservation, match="no snapshot, no best quote or no trade"):
        observe_recording([write(tmp_path, [line for place, line in enumerate(lines) if place not in left_out])])


def test_a_corrupt_recording_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "recorded.jsonl"
    path.write_text(f'{START_US} {json.dumps(quote("9999", "10001"))}\n{START_US} {{"stream": \n')
    with pytest.raises(RecordingError, match="line 2"):
        observe_recording([path])


def test_a_truncated_recording_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, [*OPENING, *((1 + at / 10, quote("9999", "10001", str(at), "1")) for at in range(500))])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RecordingError, match="to its end"):
        observe_recording([path])


@pytest.fixture(scope="module")
def measured(data: Path | None) -> dict[str, dict[str, Estimate]]:
    """The facts of the recordings at hand, each read once."""
    return {} if data is None else {name: facts_of(observe(data, name)) for name in (*FILES, "ETH 2024-08")}


@pytest.mark.parametrize(("name", "independent"), [("BTC 2023-04", BTC_APRIL_2023), ("ETH 2024-08", ETH_AUGUST_2024)])
def test_facts_of_a_recording_agree_with_the_independent_figures(
    measured: dict[str, dict[str, Estimate]], name: str, independent: dict[str, float]
) -> None:
    """Within 5 %, correlations and the cost of 100k (on the edge of the touch) within 0.02."""
    for fact, estimate in measured.get(name, {}).items():
        if fact in independent and not fact.startswith("imbalance"):  # the imbalance is known from this package only
            tolerance = max(0.05 * independent[fact], 0.02 if fact.startswith(("sign", "immediate_cost_100k")) else 0.0)
            assert estimate.value == pytest.approx(independent[fact], abs=tolerance), fact


@pytest.mark.parametrize("name", list(FILES))
def test_the_targets_measured_here_are_found_again(measured: dict[str, dict[str, Estimate]], name: str) -> None:
    found = measured.get(name, {})
    assert not found or FILES[name].keys() <= found.keys()
    for fact, expected in FILES[name].items():
        if fact in found:
            assert (found[fact].value, found[fact].low, found[fact].high) == pytest.approx(expected, rel=0.02, abs=0.002), fact


@pytest.mark.parametrize("symbol", list(CANDLES_FIRST))
def test_the_targets_of_the_candles_are_found_again(data: Path | None, symbol: str) -> None:
    if data is None:
        return
    first, second = candle_halves(data, symbol)
    assert first == pytest.approx(CANDLES_FIRST[symbol], rel=1e-3)
    assert second == pytest.approx(CANDLES_SECOND[symbol], rel=1e-3)
    assert log_errors(data, symbol) == pytest.approx(CANDLES_LOG_ERROR[symbol], abs=0.001)
