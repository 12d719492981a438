"""What was recorded of perpetuals leading spot, and the bands made of it.

The lead was tuned on BTC of April 2023, so that recording gives no band. BTC: the hull of August 2024 with its interval, and, over 100 ms,
of February 2026, known as a figure only, with April's interval about it. ETH: August 2024, widened by half of what BTC's recordings
lie apart, as one recording of minutes does not say how days differ. SOL has none: the hull of both.
"""

from collections.abc import Mapping

from analytics.lab.facts.bands import Band

Interval = tuple[float, float, float]

LEAD_FILES: Mapping[str, Mapping[str, Interval]] = {
    "BTC 2023-04": {
        "lead_perpetual_spot_100ms": (0.204, 0.037, 0.302),
        "lead_together_100ms": (0.409, 0.185, 0.577),
        "lead_spot_perpetual_100ms": (0.106, 0.027, 0.241),
        "lead_perpetual_spot_1s": (0.037, 0.011, 0.075),
        "lead_together_1s": (0.632, 0.286, 0.784),
        "lead_spot_perpetual_1s": (-0.072, -0.189, 0.021),
    },
    "BTC 2024-08": {
        "lead_perpetual_spot_100ms": (0.100, -0.024, 0.234),
        "lead_together_100ms": (0.727, 0.574, 0.801),
        "lead_spot_perpetual_100ms": (0.158, 0.070, 0.272),
        "lead_perpetual_spot_1s": (0.022, -0.073, 0.177),
        "lead_together_1s": (0.869, 0.810, 0.928),
        "lead_spot_perpetual_1s": (-0.060, -0.153, 0.076),
    },
    "ETH 2024-08": {
        "lead_perpetual_spot_100ms": (0.152, 0.094, 0.236),
        "lead_together_100ms": (0.633, 0.580, 0.685),
        "lead_spot_perpetual_100ms": (0.190, 0.135, 0.243),
        "lead_perpetual_spot_1s": (0.193, 0.127, 0.272),
        "lead_together_1s": (0.848, 0.809, 0.878),
        "lead_spot_perpetual_1s": (-0.023, -0.114, 0.082),
    },
}
"""Value and 95 % block-bootstrap interval, measured here on Binance USD-M and spot: 6.9, 5.7 and 5.7 minutes."""

FEBRUARY_2026: Mapping[str, float] = {
    "lead_perpetual_spot_100ms": 0.30, "lead_together_100ms": 0.30, "lead_spot_perpetual_100ms": 0.05,
}  # fmt: skip
"""BTC, 5.0 minutes: figures of the data folder's README."""

_APRIL, _AUGUST, _ETH = LEAD_FILES["BTC 2023-04"], LEAD_FILES["BTC 2024-08"], LEAD_FILES["ETH 2024-08"]


def lead_bands_of(symbol: str) -> Mapping[str, Band]:
    """Return the bands of a symbol by fact, none for a symbol that has none."""
    return _BANDS.get(symbol, {})


def _btc(name: str) -> Band:
    intervals, source = [_AUGUST[name]], "2024-08"
    if name in FEBRUARY_2026:
        value, (known, low, high) = FEBRUARY_2026[name], _APRIL[name]
        intervals.append((value, value + low - known, value + high - known))
        source += ", 2026-02"
    values, lows, highs = zip(*intervals, strict=True)
    return Band(low=min(lows), high=max(highs), target=sum(values) / len(values), source=source, rule="recordings")


def _eth(name: str) -> Band:
    value, low, high = _ETH[name]
    known = [_APRIL[name][0], _AUGUST[name][0], *([FEBRUARY_2026[name]] if name in FEBRUARY_2026 else [])]
    apart = (max(known) - min(known)) / 2
    return Band(low=low - apart, high=high + apart, target=value, source="2024-08", rule="recordings")


def _sol(name: str) -> Band:
    bands = (_btc(name), _eth(name))
    return Band(low=min(band.low for band in bands), high=max(band.high for band in bands), target=None, source="BTC, ETH", rule="symbols")


_BANDS: Mapping[str, Mapping[str, Band]] = {
    symbol: {name: band_of(name) for name in _AUGUST} for symbol, band_of in (("BTC", _btc), ("ETH", _eth), ("SOL", _sol))
}
