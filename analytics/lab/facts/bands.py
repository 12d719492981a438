"""The band of each fact, made of what calibrates, and what was held out to check it.

How a width comes about, by `Band.rule`:
* "asked": asked for as such. Spread and depth within a factor 1.5 of July 2024, parents a minute within 1.3; impact exponent
  0.4-0.65 for sizes of 0.5-10 % of the interval's volume, at least 30 % of the impact gone one horizon later; maker marks of -0.4
  to -1.5 bps. Y of 0.5-1 is what the literature finds for liquid markets (Toth et al. 2011; Donier and Bonart 2015).
* "recordings": the hull of the 95 % block-bootstrap intervals of the recordings that calibrate. A figure known only without its
  interval has that of BTC's April 2023 (of like length): as a ratio, or as a difference for correlations. Where only such a figure
  calibrates (ETH, ALT), the difference between BTC's two recordings is borrowed too.
* "depth": costs of immediate orders where one recording calibrates: a factor 1.5 as the depth they follow from.
* "halves": candles. The first half's figure times exp(+-1.96 sqrt(2) e), e the bootstrap deviation of its logarithm: where
  another stretch as long should lie. Volume also reaches down to the recording of July 2024.
* "symbols": no recording of this symbol; the hull of BTC's and ETH's bands of a fact without unit.
* "certain": see `trading_bands`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analytics.lab.facts import targets
from analytics.lab.facts.targets import Figures

Z = 1.96 * math.sqrt(2)
ASKED_FACTOR = {"spread_bps": 1.5, "depth_5bps_usd": 1.5, "depth_10bps_usd": 1.5, "depth_25bps_usd": 1.5, "parents_per_minute": 1.3}
IMPACT_SHARES = (0.005, 0.02, 0.1)
MARK_SECONDS = (1, 5, 30)
_JULY, _APRIL = targets.FILES["BTC 2024-07"], targets.FILES["BTC 2023-04"]
_COSTS = tuple(name for name in _APRIL if name.startswith("immediate"))
_SIGNS = ("sign_autocorrelation_1", "sign_autocorrelation_10")
_IMBALANCE = ("imbalance_return_1s", "imbalance_return_10s")
_LONG_HORIZON = 0.08  # correlation of imbalance with 60 s returns that is commonly found; recordings of minutes cannot say


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A figure that was held out, and where it is from."""

    source: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where a fact of the model should lie, ends included.

    `is_missed_for_certain`: it is missed only when the whole interval of what was measured lies outside.
    """

    low: float
    high: float
    target: float | None
    source: str
    rule: str
    checks: tuple[Check, ...] = ()
    is_missed_for_certain: bool = False

    def holds(self, value: float) -> bool:
        """Say whether a value lies inside; what is not a number does not."""
        return self.low <= value <= self.high


def bands_of(symbol: str) -> Mapping[str, Band]:
    """Return the bands of a symbol by fact; a fact that nothing recorded speaks of is not among them.

    Raises:
        KeyError: the symbol has no bands.
    """
    return BANDS[symbol]


def _asked(calibrates: Figures, source: str) -> dict[str, Band]:
    return {
        name: Band(low=calibrates[name] / factor, high=calibrates[name] * factor, target=calibrates[name], source=source, rule="asked")
        for name, factor in ASKED_FACTOR.items()
        if name in calibrates
    }


Interval = tuple[float, float, float]


def _recordings(intervals: Iterable[Interval], source: str) -> Band:
    """Return the hull of (value, low, high) of recordings; the target is the mean of their values."""
    values, lows, highs = zip(*intervals, strict=True)
    return Band(low=min(lows), high=max(highs), target=sum(values) / len(values), source=source, rule="recordings")


def _ratio(name: str, value: float, *, borrows: bool = False) -> Interval:
    """Give a positive figure the relative interval of April 2023, and the ratio between BTC's two recordings if it borrows."""
    known, low, high = _APRIL[name]
    pair = targets.BTC_JULY_2024[name], targets.BTC_APRIL_2023[name]
    apart = math.sqrt(max(pair) / min(pair)) if borrows else 1.0
    return value, value * low / known / apart, value * high / known * apart


def _difference(name: str, value: float, *, borrows: bool = False) -> Interval:
    """Give a correlation the interval of April 2023 about it, and half the gap between BTC's two recordings if it borrows."""
    known, low, high = _APRIL[name]
    apart = abs(targets.BTC_JULY_2024[name] - targets.BTC_APRIL_2023[name]) / 2 if borrows else 0.0
    return value, value + low - known - apart, value + high - known + apart


def _long_imbalance() -> Band:
    """Return the band of the 60 s imbalance: the usual figure, as uncertain as a recording of minutes is."""
    known, low, high = _APRIL["imbalance_return_60s"]
    return _recordings([(_LONG_HORIZON, _LONG_HORIZON + low - known, _LONG_HORIZON + high - known)], "literature")


def _candles(symbol: str, lowest_volume: float | None = None) -> dict[str, Band]:
    bands = {}
    for name, value in targets.CANDLES_FIRST[symbol].items():
        factor = math.exp(Z * targets.CANDLES_LOG_ERROR[symbol][name])
        low = value / factor
        if name == "volume_usd_per_minute" and lowest_volume is not None:
            low = min(low, lowest_volume)
        check = Check(source="second half", value=targets.CANDLES_SECOND[symbol][name])
        bands[name] = Band(low=low, high=value * factor, target=value, source="candles 2025, first half", rule="halves", checks=(check,))
    return bands


def _experiments() -> dict[str, Band]:
    """Return the bands of what is found by experiment: metaorders and maker fills."""
    source = "the lab's purpose"
    bands = {"impact_exponent": Band(low=0.4, high=0.65, target=0.5, source=source, rule="asked")}
    for share in IMPACT_SHARES:
        bands[f"impact_y_{share:.1%}"] = Band(low=0.5, high=1.0, target=None, source="literature", rule="asked")
        bands[f"impact_decay_{share:.1%}"] = Band(low=0.3, high=1.0, target=None, source=source, rule="asked")
    for seconds in MARK_SECONDS:
        bands[f"maker_mark_{seconds}s_bps"] = Band(low=-1.5, high=-0.4, target=-0.9, source=source, rule="asked")
    return bands


def _btc() -> dict[str, Band]:
    july, both = targets.BTC_JULY_2024, "2024-07, 2023-04"
    bands = _asked(july, "2024-07")
    for name in ("mean_parent_usd", "kyle_slope_10s", *_COSTS):
        bands[name] = _recordings([_ratio(name, july[name]), _APRIL[name]], both)
    for name in _SIGNS:
        bands[name] = _recordings([_difference(name, july[name]), _APRIL[name]], both)
    for name in _IMBALANCE:
        bands[name] = _recordings([_JULY[name], _APRIL[name]], both)
    bands["imbalance_return_60s"] = _long_imbalance()
    bands |= _candles("BTC", july["volume_usd_per_minute"]) | _experiments()
    return _checked(bands, {"2026-02": targets.BTC_FEBRUARY_2026, "2024-08 turbulent": targets.BTC_AUGUST_2024})


def _eth() -> dict[str, Band]:
    july, file, source = targets.ETH_JULY_2024, targets.FILES["ETH 2024-07"], "2024-07"
    bands = _asked(july, source)
    bands["mean_parent_usd"] = _recordings([_ratio("mean_parent_usd", july["mean_parent_usd"], borrows=True)], source)
    for name in _COSTS:
        value = file[name][0]
        bands[name] = Band(low=value / 1.5, high=value * 1.5, target=value, source=source, rule="depth")
    for name in _SIGNS:
        bands[name] = _recordings([_difference(name, july[name], borrows=True)], source)
    for name in ("kyle_slope_10s", *_IMBALANCE):
        bands[name] = _recordings([file[name]], source)
    bands["imbalance_return_60s"] = _long_imbalance()
    bands |= _candles("ETH", july["volume_usd_per_minute"]) | _experiments()
    return _checked(bands, {"2024-08 turbulent": targets.ETH_AUGUST_2024})


def _sol(btc: Mapping[str, Band], eth: Mapping[str, Band]) -> dict[str, Band]:
    return {name: _hull(btc[name], eth[name]) for name in (*_SIGNS, *_IMBALANCE, "imbalance_return_60s")} | _candles("SOL") | _experiments()


def _alt() -> dict[str, Band]:
    """Return the thin coin's bands: one day of trades, no book; no maker marks are known of such a coin."""
    ape, source = targets.ALT_APE_2024, "trades 2024-10-18"
    bands = _asked(ape, source)
    bands["mean_parent_usd"] = _recordings([_ratio("mean_parent_usd", ape["mean_parent_usd"], borrows=True)], source)
    for name in _SIGNS:
        bands[name] = _recordings([_difference(name, ape[name], borrows=True)], source)
    width = math.exp(Z * targets.CANDLES_LOG_ERROR["SOL"]["volatility_1m_bps"])
    value = ape["volatility_1m_bps"]
    bands["volatility_1m_bps"] = Band(low=value / width, high=value * width, target=value, source=source, rule="halves")
    bands |= {name: band for name, band in _experiments().items() if name.startswith("impact")}
    return _checked(bands, {"another coin": targets.ALT_PEPE_2024})


def _hull(first: Band, second: Band) -> Band:
    return Band(low=min(first.low, second.low), high=max(first.high, second.high), target=None, source="BTC, ETH", rule="symbols")


def _checked(bands: Mapping[str, Band], held_out: Mapping[str, Figures]) -> dict[str, Band]:
    """Return bands with the held-out figures of each fact added."""
    return {name: replace(band, checks=band.checks or _checks(name, held_out)) for name, band in bands.items()}


def _checks(name: str, held_out: Mapping[str, Figures]) -> tuple[Check, ...]:
    return tuple(Check(source=source, value=figures[name]) for source, figures in held_out.items() if name in figures)


BANDS: Mapping[str, Mapping[str, Band]] = {
    "BTC": _btc(),
    "ETH": _eth(),
    "SOL": _sol(_btc(), _eth()),
    "ALT": _alt(),
}
