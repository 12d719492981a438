"""Results of experiments that were never run: figures chosen to be told apart."""

from collections.abc import Sequence
from typing import Any

from analytics.domain.experiments import ExperimentSettings, Interval, ResultRow


def settings(**changes: Any) -> ExperimentSettings:
    """Return the settings of a small experiment, with changes."""
    return ExperimentSettings(
        **{
            "symbols": ("BTC",),
            "algorithms": ("market", "twap"),
            "sizes": ("8000",),
            "minutes": (30.0,),
            "sources": ("model",),
            "paths": 4,
            "seed": 7,
        }
        | changes
    )


def interval(mean: float, half: float = 0.5) -> Interval:
    return Interval(mean=mean, low=mean - half, high=mean + half)


def row(**changes: Any) -> ResultRow:
    """Return a row: TWAP for USD 8,000 of BTC at 3.5 bps, 1.6 below the market order."""
    return ResultRow(
        **{
            "source": "model",
            "symbol": "BTC",
            "minutes": 30.0,
            "size": "8000",
            "algorithm": "twap",
            "paths": 4,
            "cost": interval(3.5),
            "cost_raw": interval(3.6, 4.0),
            "cost_median": 3.4,
            "to_market": interval(-1.6, 0.3),
            "to_market_raw": interval(-1.5, 2.0),
            "slippage_arrival_bps": -6.4,
            "slippage_vwap_bps": 0.8,
            "slippage_twap_bps": 0.7,
            "risk_bps": 20.1,
            "fill_rate": 0.997,
            "maker_share": 0.7,
            "duration_seconds": 1792.0,
            "seconds_per_order": 0.31,
        }
        | changes
    )


def rows_of(asked: ExperimentSettings) -> Sequence[ResultRow]:
    """Return a row for everything that is asked for; the market order is compared with nothing."""
    return [
        row(
            source=source, symbol=symbol, minutes=minutes, size=size, algorithm=algorithm, paths=asked.paths,
            to_market=None if algorithm == "market" else interval(-1.6, 0.3),
        )
        for source in asked.sources for symbol in asked.symbols for minutes in asked.minutes
        for size in asked.sizes for algorithm in asked.algorithms
    ]  # fmt: skip
