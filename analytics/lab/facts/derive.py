"""Measure the recordings at hand, to make targets of: `python -m analytics.lab.facts.derive [FOLDER]`.

Prints, per recording, each fact with its block-bootstrap interval, also how perpetual and spot follow each other; per symbol the two
halves of the full days of the candles of 2025. `targets` and `lead_bands` hold what this prints: calibration needs no recordings.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analytics.lab.candles import Candles, read_candles
from analytics.lab.facts.bands import MARK_SECONDS
from analytics.lab.facts.lead import LEAD_FACTS, measure_lead
from analytics.lab.facts.lead_recorded import RECORDINGS as PAIRS
from analytics.lab.facts.lead_recorded import observe_recorded_pair
from analytics.lab.facts.measure import FACTS, Estimate, blocks_of, estimate, measure
from analytics.lab.facts.observed import FloatArray, Observed
from analytics.lab.facts.recorded import observe_recording
from analytics.lab.facts.statistics import Statistic, TooFewObservations, bootstrap_draws, deviation, excess_kurtosis, mean
from analytics.lab.facts.trading_bands import posting_name
from analytics.lab.facts.two_sided import gain_per_notional
from analytics.lab.facts.two_sided_markets import posting_on_recording
from analytics.lab.finding import data_folder

RECORDINGS: Mapping[str, tuple[str, ...]] = {
    "BTC 2024-07": ("binance_usdm_btcusdt_20240718",),
    "BTC 2023-04": ("binance_usdm_btcusdt_20230404", "binance_usdm_btcusdt_20230405"),
    "BTC 2024-08": ("binance_usdm_btcusdt_20240808",),
    "ETH 2024-07": ("binance_usdm_ethusdt_20240718",),
    "ETH 2024-08": ("binance_usdm_ethusdt_20240808",),
}
SEED, RESAMPLES = 1, 400
CANDLE_FACTS: Mapping[str, Statistic] = {
    "volatility_1m_bps": deviation,
    "kurtosis_1m": excess_kurtosis,
    "volume_usd_per_minute": mean,
}
DAYS_A_BLOCK = (1, 5)


def observe(folder: Path, name: str) -> Observed:
    """Observe a recording by its name in RECORDINGS."""
    return observe_recording([folder / "hftbacktest" / f"{file}.jsonl.gz" for file in RECORDINGS[name]])


def posting_on(folder: Path, name: str) -> dict[int, Estimate]:
    """Return what posting on both sides gains on a recording, by horizon in seconds."""
    files = [folder / "hftbacktest" / f"{file}.jsonl.gz" for file in RECORDINGS[name]]
    rows = posting_on_recording(name.partition(" ")[0], paths=files, horizons=MARK_SECONDS)
    return {horizon: estimate(blocks_of(rows[horizon]), gain_per_notional, seed=SEED, resamples=RESAMPLES) for horizon in MARK_SECONDS}


def facts_of(observed: Observed) -> dict[str, Estimate]:
    """Return the facts of a recording that it is long enough for."""
    found = {}
    for fact_name, fact in FACTS.items():
        try:
            found[fact_name] = measure(fact, [observed], seed=SEED, resamples=RESAMPLES)
        except TooFewObservations:  # minutes of recording hold too few minute returns
            continue
    return found


def leads_of(folder: Path, name: str) -> dict[str, Estimate]:
    """Return how the perpetual and spot of a day follow each other."""
    pair = observe_recorded_pair(folder, name)
    return {fact: measure_lead(fact, [pair], seed=SEED, resamples=RESAMPLES) for fact in LEAD_FACTS}


def candle_halves(folder: Path, symbol: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return volatility, kurtosis and volume of the first and of the second half of the full days."""
    days = _days(folder, symbol)
    halves = days[: len(days) // 2], days[len(days) // 2 :]
    first, second = ({name: one(np.concatenate(_rows(half, name))) for name, one in CANDLE_FACTS.items()} for half in halves)
    return first, second


def log_errors(folder: Path, symbol: str) -> dict[str, float]:
    """Return the bootstrap deviation of each logarithm in the first half: the larger of blocks of one day and of five."""
    days = _days(folder, symbol)
    first = days[: len(days) // 2]
    return {name: max(_log_error(_rows(first, name), statistic, size) for size in DAYS_A_BLOCK) for name, statistic in CANDLE_FACTS.items()}


def _days(folder: Path, symbol: str) -> tuple[Candles, ...]:
    return read_candles(folder / "candles_1m" / f"binance_usdm_{symbol.lower()}usdt_20250504_20250624_1m.parquet").days()


def _log_error(rows: Sequence[FloatArray], statistic: Statistic, days: int) -> float:
    blocks = [np.concatenate(rows[start : start + days]) for start in range(0, len(rows), days)]
    return float(np.log(bootstrap_draws(blocks, statistic, resamples=RESAMPLES, seed=SEED)).std())


def _rows(days: Sequence[Candles], name: str) -> list[FloatArray]:
    return [(day.usd if name == "volume_usd_per_minute" else day.returns_bps()).reshape(-1, 1) for day in days]


def _told(found: Mapping[str, Estimate]) -> list[str]:
    return [f"  {name:<26} {one.value:<12.5g} {_interval(one)}" for name, one in found.items()]


def _interval(one: Estimate) -> str:
    return "" if one.low is None or one.high is None else f"[{one.low:.5g}, {one.high:.5g}]"


def main(arguments: Sequence[str]) -> int:
    """Print all of it."""
    folder = Path(arguments[0]) if arguments else data_folder()
    for name in RECORDINGS:
        posting = {posting_name(horizon): found for horizon, found in posting_on(folder, name).items()}
        sys.stdout.write("\n".join([name, *_told(facts_of(observe(folder, name)) | posting)]) + "\n")
    for name in PAIRS:
        sys.stdout.write("\n".join([f"{name}, perpetual and spot", *_told(leads_of(folder, name))]) + "\n")
    for symbol in ("BTC", "ETH", "SOL"):
        first, second = candle_halves(folder, symbol)
        errors = log_errors(folder, symbol)
        rows = [f"  {name:<26} {first[name]:<12.5g} {second[name]:<12.5g} {errors[name]:.3f}" for name in CANDLE_FACTS]
        sys.stdout.write("\n".join([f"{symbol} candles: first half, second half, error of the first's logarithm", *rows]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
