"""What experiments run on: offered where its data is at hand, refused or failed by name where it is not."""

import gzip
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.domain.experiments import ResultRow
from analytics.lab import finding
from analytics.models import Experiment
from analytics.selectors.experiments import settings_of
from analytics.services import experiments
from analytics.services.experiment_engine import LabEngine, offer
from analytics.services.experiment_settings import InvalidExperiment, SourceOffer
from analytics.services.experiments import ExperimentFailed
from dipmaster.accounts.models import User
from tests import measured
from tests.integration.analytics.test_lab_experiments import NOW
from tests.unit.analytics.lab.replay.recorded import Market, text

TRAVERSALS = ["../../../etc/passwd", "..", "/etc/passwd", "okx-BTCUSDT/../okx-BTCUSDT", "okx-BTCUSDT.jsonl", "okx-BTCUSDT\0", "*"]


@pytest.fixture(autouse=True)
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the public data, and a desk's own folder with one recording of 200 seconds."""
    monkeypatch.setenv(finding.FOLDER_VARIABLE, str(tmp_path / "nowhere"))
    monkeypatch.setattr(finding, "var_dir", lambda: tmp_path)
    folder = tmp_path / "recordings"
    folder.mkdir()
    market = Market()
    for second in range(1, 199):
        market.trade(float(second), "99.9" if second % 2 else "100.1", "0.01", sold=second % 2 == 1)
    (folder / "okx-BTCUSDT.jsonl.gz").write_bytes(gzip.compress(text(market.depth(200.0).lines).encode()))
    return folder


def source(name: str) -> SourceOffer:
    return next(each for each in offer().sources if each.name == name)


def refused(user: User, **changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidExperiment) as invalid:
        experiments.start(user=user, asked=measured.settings(**changes), offer=offer(), now=NOW)
    assert not Experiment.objects.exists()
    return {error.field: error.code for error in invalid.value.errors}


def run(folder: Path, **changes: Any) -> Sequence[ResultRow]:
    asked = measured.settings(**{"sources": ("own",), "symbols": ("okx-BTCUSDT",), "minutes": (1.0,), "sizes": ("100",)} | changes)
    return LabEngine(folder=folder / "lab").measure("E-1", asked, tell=lambda done: None, should_stop=lambda: False)


def test_a_source_without_data_says_what_to_do() -> None:
    assert source("model").symbols[:3] == ("BTC", "ETH", "SOL")
    for name in ("candles", "recorded"):
        assert "DIPMASTER_DATA" in source(name).missing


def test_a_folder_without_a_recording_names_the_command_that_makes_one(recordings: Path) -> None:
    (recordings / "okx-BTCUSDT.jsonl.gz").unlink()
    assert "manage.py record" in source("own").missing
    recordings.rmdir()
    assert "manage.py record" in source("own").missing


def test_a_data_folder_without_candles_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "hftbacktest").mkdir(parents=True)
    monkeypatch.setenv(finding.FOLDER_VARIABLE, str(tmp_path / "data"))
    assert source("candles").missing == source("recorded").missing == "The data folder has no files for this."


def test_only_recordings_with_plain_names_are_offered(recordings: Path) -> None:
    for name in ("notes.txt", "a,b.jsonl", "..jsonl", "x y.jsonl.gz", "<b>.jsonl"):
        (recordings / name).write_text("")
    (recordings / "folder.jsonl").mkdir()
    assert source("own").symbols == ("okx-BTCUSDT",)


def test_a_source_without_data_is_refused_at_its_field(trader: User) -> None:
    assert refused(trader, sources=("candles",)) == {"sources": "NO_DATA"}
    assert refused(trader, sources=("model", "recorded")) == {"sources": "NO_DATA"}


@pytest.mark.parametrize("name", TRAVERSALS)
def test_a_name_that_is_no_recording_is_refused_and_never_opened(trader: User, recordings: Path, name: str) -> None:
    assert refused(trader, sources=("own",), symbols=(name,)) == {"symbols": "UNKNOWN"}
    with pytest.raises(ExperimentFailed, match="is not a symbol of own"):
        run(recordings, symbols=(name,))


def test_a_symbol_of_another_source_is_refused(trader: User) -> None:
    assert refused(trader, sources=("own",), symbols=("BTC",)) == {"symbols": "UNKNOWN"}
    assert refused(trader, sources=("model",), symbols=("okx-BTCUSDT",)) == {"symbols": "UNKNOWN"}
    assert refused(trader, sources=("model", "own"), symbols=("BTC",)) == {"symbols": "UNKNOWN"}


def test_an_experiment_on_a_desks_own_recording_is_accepted(trader: User) -> None:
    asked = measured.settings(sources=("own",), symbols=("okx-BTCUSDT",))
    assert settings_of(experiments.start(user=trader, asked=asked, offer=offer(), now=NOW)) == asked


def test_an_experiment_runs_on_a_desks_own_recording(recordings: Path) -> None:
    market, twap = run(recordings)
    assert (market.source, market.symbol, market.paths) == ("own", "okx-BTCUSDT", 4)
    # 99.9 to 100.1 makes a half spread of 10 bps, a taker's fee on spot 10 more.
    assert market.cost.mean == pytest.approx(20.0, abs=0.1)
    assert twap.fill_rate == pytest.approx(1.0)


def test_an_order_longer_than_the_recording_fails_the_experiment_with_both_lengths(recordings: Path) -> None:
    with pytest.raises(ExperimentFailed, match=r"lasts 3\.3 minutes, the order needs 30"):
        run(recordings, minutes=(30.0,))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda whole: whole[: len(whole) // 2], "ends in the middle"),
        (lambda whole: b"", "holds no message"),
        (lambda whole: b"not gzip at all", "is not what its name says"),
        (lambda whole: gzip.compress(b"12 {}\n"), "names no stream|no message of a market"),
        (lambda whole: gzip.compress(b"\xff\xfe\n"), "is not text"),
    ],
)
def test_a_damaged_recording_fails_the_experiment_by_name(recordings: Path, damage: Any, told: str) -> None:
    path = recordings / "okx-BTCUSDT.jsonl.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ExperimentFailed, match=told):
        run(recordings)


def test_data_that_is_taken_away_before_the_run_fails_the_experiment(recordings: Path) -> None:
    with pytest.raises(ExperimentFailed, match="DIPMASTER_DATA"):
        run(recordings, sources=("candles",), symbols=("BTC",))


def test_a_recording_that_was_made_again_is_read_again(recordings: Path) -> None:
    path = recordings / "okx-BTCUSDT.jsonl.gz"
    run(recordings)
    path.write_bytes(path.read_bytes()[:100])
    (recordings / "lab" / "E-1.jsonl").unlink()
    with pytest.raises(ExperimentFailed, match="ends in the middle"):
        run(recordings)


def test_knowing_what_can_be_run_loads_nothing_compiled() -> None:
    asked = (
        "import django, sys; django.setup(); import dipmaster.urls; from analytics.services.experiment_engine import offer; offer();"
        "assert not {'numba', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", asked], check=True, timeout=120)
