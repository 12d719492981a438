"""Parameters of the market model: one set per symbol, one per venue.

Prices are basis points (bps) from the start of a path, sizes USD at the price of the start, flows USD millions, times seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

TIMESCALES_SECONDS = (100.0, 500.0, 3000.0)
MAKER_FILL_WEIGHT = 0.5
"""What others take of us counts this much of what we take: recorded queues that grow by as much move the mid by .3 to .7 of it."""
LONGEST_STREAM = 3000
STREAM_ALPHA = 1.5
SMALLEST_TICK_BPS = 1e-4
_POSITIVE = ("_usd", "_scale", "_scale_bps", "threshold_bps", "multiplier", "density", "recovery_seconds", "lag_seconds", "stream", "knee")


class InvalidParameters(ValueError):
    """A parameter of the market model has no meaning."""


Triple = tuple[float, float, float]
Density = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolParameters:
    """What all venues of one symbol share."""

    name: str
    tick_bps: float
    sigma_bps: float  # per square root of a minute, without jumps and impact
    jump_sd_bps: float  # root mean square, the same in every regime
    basis_sd_bps: float
    threshold_bps: float  # a maker requotes at about this gap
    queue_slope: float  # how strongly the gap thins the queue that is about to be run over
    queue_step: float  # mean share of a queue that one event adds or cancels
    informed_edge: float  # share of the half spread an informed taker must see beyond
    noise_per_second: float
    informed_per_second: float
    maker_per_second: float  # per venue
    queue_per_second: float  # per venue
    refill_probability: float
    extra_spread: float  # mean of the extra half spread, ticks per side
    extra_probability: float
    noise_mean_usd: float  # of children of metaorders too
    informed_mean_usd: float
    size_cap_usd: float
    child_log_sd: float
    stream_log_sd: float
    streams_per_second: float
    shortest_stream: float  # children
    child_per_second: float
    burst_probability: float
    burst_seconds: float
    recovery_seconds: float
    window_seconds: float
    imbalance_pull: float = 0.5
    impact_pull: float = 0.1
    impact_scale_bps: float = 3.0
    impact_lag_seconds: float = 30.0
    impact_strength: Triple  # bps per square root of USD millions, per timescale
    impact_knee: Triple  # USD millions below which a flow is lost in the noise
    prompt_impact_bps: float  # per USD million that we take and pay for, or make, at once; fades over impact_lag_seconds
    density: Density  # (USD per bps of the main venue, up to bps from the reference price), the last one goes on
    jumps_per_minute: float = 0.08
    child_rate_log_sd: float = 0.8
    volatility_log_sd: float = 0.3
    activity_log_sd: float = 0.35
    touch_log_sd: float = 0.5
    regime_log_sd: float = 0.4  # of volatility between paths

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(self.name, field.name, getattr(self, field.name))
        _check_tick(self.name, self.tick_bps)
        if not 1 <= len(self.density) <= 5:
            raise InvalidParameters(f"{self.name}: density has 1 to 5 ranges")


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueParameters:
    """How one venue differs from the others."""

    name: str
    share: float  # of takers
    latency_seconds: float  # until it knows the efficient price
    depth_scale: float
    threshold_multiplier: float
    queue_usd: float
    tick_bps: float | None = None  # the symbol's own when None
    is_perpetual: bool = False  # beside spot: its prices carry the premium

    def __post_init__(self) -> None:
        for name in ("share", "latency_seconds", "depth_scale", "threshold_multiplier", "queue_usd"):
            _check(self.name, name, getattr(self, name))
        if self.tick_bps is not None:
            _check_tick(self.name, self.tick_bps)
        if self.latency_seconds > 1:
            raise InvalidParameters(f"{self.name}: latency_seconds {self.latency_seconds!r} is above 1")


def _check_tick(owner: str, tick_bps: float) -> None:
    """Raise unless levels of this tick can be counted and walked."""
    if not SMALLEST_TICK_BPS <= tick_bps < math.inf:
        raise InvalidParameters(f"{owner}: tick_bps {tick_bps!r} is not a number of at least {SMALLEST_TICK_BPS}")


def _check(owner: str, name: str, value: object) -> None:
    """Raise unless each number of a value is finite and not negative; sizes, ticks and times must be positive."""
    if isinstance(value, tuple):
        for part in value:
            _check(owner, name, part)
    elif isinstance(value, float | int) and not _is_usable(name, value):
        raise InvalidParameters(f"{owner}: {name} {value!r} is not a usable number")


def _is_usable(name: str, value: float) -> bool:
    if name.endswith("probability") and value > 1:
        return False
    return math.isfinite(value) and (value > 0 or (value == 0 and not name.endswith(_POSITIVE)))


BTC = SymbolParameters(
    name="BTC", tick_bps=0.016, sigma_bps=4.1, jump_sd_bps=17.0, basis_sd_bps=0.3,
    threshold_bps=1.6, queue_slope=4.0, queue_step=0.08, informed_edge=1.0,
    noise_per_second=4.3, informed_per_second=118.0, maker_per_second=25.0, queue_per_second=24.0,
    refill_probability=0.8, extra_spread=0.015, extra_probability=0.05,
    noise_mean_usd=13e3, informed_mean_usd=68e3, size_cap_usd=3e6, child_log_sd=1.7, stream_log_sd=1.0,
    streams_per_second=0.13, shortest_stream=18.0, child_per_second=1.8, burst_probability=0.35, burst_seconds=0.06,
    recovery_seconds=4.0, window_seconds=0.3, impact_strength=(0.105, 0.47, 0.6), impact_knee=(0.48, 0.33, 0.26),
    prompt_impact_bps=0.8,
    density=((300e3, 0.75), (800e3, 1.5), (1.4e6, 3.0), (1.75e6, 10.0), (1.5e6, 25.0)), jumps_per_minute=0.022,
)  # fmt: skip

ETH = SymbolParameters(
    name="ETH", tick_bps=0.0373, sigma_bps=8.5, jump_sd_bps=55.0, basis_sd_bps=0.5,
    threshold_bps=2.6, queue_slope=4.0, queue_step=0.08, informed_edge=1.0,
    noise_per_second=5.1, informed_per_second=75.0, maker_per_second=25.0, queue_per_second=24.0,
    refill_probability=0.9, extra_spread=0.015, extra_probability=0.05,
    noise_mean_usd=9.5e3, informed_mean_usd=32e3, size_cap_usd=1.5e6, child_log_sd=1.7, stream_log_sd=1.0,
    streams_per_second=0.09, shortest_stream=18.0, child_per_second=1.8, burst_probability=0.52, burst_seconds=0.06,
    recovery_seconds=4.0, window_seconds=0.3, impact_scale_bps=6.0,
    impact_strength=(0.3, 1.35, 1.8), impact_knee=(0.25, 0.17, 0.14),
    prompt_impact_bps=3.5,
    density=((140e3, 1.0), (500e3, 2.0), (900e3, 5.0), (1e6, 10.0), (900e3, 25.0)), jumps_per_minute=0.012, regime_log_sd=0.38,
)  # fmt: skip

ALT = SymbolParameters(
    name="ALT", tick_bps=1.0, sigma_bps=8.3, jump_sd_bps=10.0, basis_sd_bps=1.0,
    threshold_bps=4.0, queue_slope=3.0, queue_step=0.15, informed_edge=0.9,
    noise_per_second=0.3, informed_per_second=22.0, maker_per_second=5.0, queue_per_second=5.0,
    refill_probability=0.1, extra_spread=2.0, extra_probability=0.25,
    noise_mean_usd=800.0, informed_mean_usd=1000.0, size_cap_usd=30e3, child_log_sd=1.3, stream_log_sd=0.8,
    streams_per_second=0.016, shortest_stream=8.0, child_per_second=0.12, burst_probability=0.4, burst_seconds=0.3,
    recovery_seconds=10.0, window_seconds=1.0, imbalance_pull=0.4, impact_scale_bps=6.0,
    impact_strength=(4.5, 19.0, 26.0), impact_knee=(0.0012, 0.0006, 0.00045),
    prompt_impact_bps=900.0,
    density=((3e3, 3.0), (4e3, 5.0), (7e3, 10.0), (7.5e3, 25.0)),
)  # fmt: skip


def between(first: SymbolParameters, second: SymbolParameters, weight: float, *, name: str) -> SymbolParameters:
    """Return the geometric mean of two symbols' parameters, `weight` being the second's share."""
    density = (*second.density, *second.density[-1:] * (len(first.density) - len(second.density)))
    padded = replace(second, density=density)
    values = {field.name: _mix(getattr(first, field.name), getattr(padded, field.name), weight) for field in fields(first)[1:]}
    return replace(first, name=name, **values)


def _mix(first: Any, second: Any, weight: float) -> Any:
    """Return first ** (1 - weight) * second ** weight, tuples part by part."""
    if isinstance(first, tuple) and isinstance(second, tuple):
        return tuple(_mix(one, other, weight) for one, other in zip(first, second, strict=True))
    if isinstance(first, float) and isinstance(second, float):
        return first ** (1 - weight) * second**weight
    raise InvalidParameters(f"no mean of {first!r} and {second!r}")


SOL_WEIGHT = 0.11
"""Recorded SOL trades 2.7M USD a minute (candles of 2025, first half). Between the model's ETH (6.0M on the main venue) and its thin
alt (0.02M) that lies 0.13-0.14 of the way in logarithms; the means of all parameters reach it at 0.11. There lie all of SOL's parameters
but the tick, which is the listing's own (0.01 at about 160 USD), and volatility, jumps and the spread of regimes: its candles'."""

SOL = replace(
    between(ETH, ALT, SOL_WEIGHT, name="SOL"),
    tick_bps=0.6, sigma_bps=7.7, jump_sd_bps=37.0, jumps_per_minute=0.015, regime_log_sd=0.32,
)  # fmt: skip

_SHARES = {"main": 0.60, "second": 0.25, "third": 0.15}
_MULTIPLIERS = {"main": 1.0, "second": 1.1, "third": 1.2}


def _venues(latencies: Triple, depths: Triple, queues: Triple) -> tuple[VenueParameters, ...]:
    return tuple(
        VenueParameters(
            name=name,
            share=_SHARES[name],
            latency_seconds=latency,
            depth_scale=depth,
            threshold_multiplier=_MULTIPLIERS[name],
            queue_usd=queue,
        )
        for name, latency, depth, queue in zip(_SHARES, latencies, depths, queues, strict=True)
    )


def _sol_queues() -> Triple:
    eth, alt = (153e3, 69e3, 44e3), (1800.0, 900.0, 700.0)
    main, second, third = (one ** (1 - SOL_WEIGHT) * other**SOL_WEIGHT for one, other in zip(eth, alt, strict=True))
    return main, second, third


SYMBOLS: Mapping[str, SymbolParameters] = {"BTC": BTC, "ETH": ETH, "SOL": SOL, "ALT": ALT}

VENUES: Mapping[str, tuple[VenueParameters, ...]] = {
    "BTC": _venues((0.0, 0.02, 0.02), (1.0, 0.45, 0.30), (400e3, 180e3, 115e3)),
    "ETH": _venues((0.0, 0.02, 0.02), (1.0, 0.45, 0.30), (153e3, 69e3, 44e3)),
    "SOL": _venues((0.0, 0.02, 0.02), (1.0, 0.45, 0.30), _sol_queues()),
    "ALT": _venues((0.0, 0.04, 0.04), (1.0, 0.5, 0.4), (1800.0, 900.0, 700.0)),
}
