"""Turn parameters into the kernels' records."""

import math
from collections.abc import Sequence

import numpy as np

from execution.market_model.layout import (
    CANDIDATE_RECORD,
    CHILD_RECORD,
    GRID_SECONDS,
    NO_LEVEL,
    PRICE_RECORD,
    STREAM_RECORD,
    STREAMS_RECORD,
    WORLD_RECORD,
    Records,
)
from execution.market_model.parameters import TIMESCALES_SECONDS, SymbolParameters, VenueParameters

CHILDREN_OF_A_BLOCK = 32_768
MOST_STREAMS = 4096


class Regime:
    """How turbulent one path is: m is normal with the symbol's spread, and mean volatility and activity stay what they are.

    Volatility goes as exp(m), activity as exp(m), depth as exp(-m/2); impact as sigma / sqrt(V), so exp(m/2); its knee as V.
    """

    __slots__ = ("activity", "depth", "impact", "knee", "volatility")

    def __init__(self, turbulence: float, log_sd: float) -> None:
        self.volatility = math.exp(turbulence - log_sd**2)
        self.activity = math.exp(turbulence - 0.5 * log_sd**2)
        self.depth = math.exp(-0.5 * turbulence)
        self.impact = math.exp(0.5 * turbulence)
        self.knee = math.exp(turbulence)


def _log_mean(mean_usd: float, log_sd: float) -> float:
    """Return the log median of a lognormal with this mean."""
    return math.log(mean_usd) - 0.5 * log_sd**2


def new_world(symbol: SymbolParameters, venues: Sequence[VenueParameters], regime: Regime, key: int) -> Records:
    """Return one world record at the start of a path: no candidates, orders or quotes yet."""
    world = np.zeros(1, WORLD_RECORD)
    tau = np.array(TIMESCALES_SECONDS)
    size_sd = math.hypot(symbol.child_log_sd, symbol.stream_log_sd)
    density = (*symbol.density, *symbol.density[-1:] * (5 - len(symbol.density)))
    values = {
        "key": key,
        "venue_count": len(venues),
        "density": [usd_per_bps for usd_per_bps, _ in density],
        "density_to": [bound for _, bound in density],
        "ring_level": NO_LEVEL,
        "pooled_decay": np.exp(-GRID_SECONDS / (2 * tau)),
        "own_decay": np.exp(-GRID_SECONDS / tau),
        "lag_share": -math.expm1(-GRID_SECONDS / symbol.impact_lag_seconds),
        "prompt_decay": math.exp(-GRID_SECONDS / symbol.impact_lag_seconds),
        "prompt_strength": symbol.prompt_impact_bps,
        "strength": np.array(symbol.impact_strength) * regime.impact,
        "knee": np.array(symbol.impact_knee) * regime.knee,
        "edge": symbol.informed_edge,
        "queue_slope": symbol.queue_slope,
        "queue_step": symbol.queue_step,
        "refill": symbol.refill_probability,
        "birth": symbol.extra_spread / (symbol.extra_spread + 4),
        "extra_probability": symbol.extra_probability,
        "noise_mu": _log_mean(symbol.noise_mean_usd, size_sd),
        "informed_mu": _log_mean(symbol.informed_mean_usd, size_sd),
        "size_sd": size_sd,
        "size_cap": symbol.size_cap_usd,
        "touch_sd": symbol.touch_log_sd,
        "imbalance_pull": symbol.imbalance_pull,
        "impact_pull": symbol.impact_pull,
        "impact_scale": symbol.impact_scale_bps,
        "recovery": symbol.recovery_seconds,
        "window": symbol.window_seconds,
    }
    for name, value in values.items():
        world[name][0] = value
    _set_venues(world["venues"][0], symbol, venues, regime)
    return world


def _set_venues(records: Records, symbol: SymbolParameters, venues: Sequence[VenueParameters], regime: Regime) -> None:
    """Fill the venues' records, books still empty."""
    for record, venue in zip(records, venues, strict=False):
        record["tick"] = venue.tick_bps or symbol.tick_bps
        record["share"] = venue.share
        record["latency_steps"] = round(venue.latency_seconds / GRID_SECONDS)
        record["depth"] = venue.depth_scale * regime.depth
        record["threshold"] = symbol.threshold_bps * venue.threshold_multiplier
        record["queue_usd"] = venue.queue_usd * regime.depth
        record["requoted_at"] = -math.inf


def streams_record(symbol: SymbolParameters, world: Records) -> Records:
    """Return the record of the background metaorders, none of them active."""
    streams = np.zeros(1, STREAMS_RECORD)
    values = {
        "per_second": symbol.streams_per_second,
        "shortest": symbol.shortest_stream,
        "child_rate": symbol.child_per_second,
        "child_rate_sd": symbol.child_rate_log_sd,
        "burst": symbol.burst_probability,
        "burst_seconds": symbol.burst_seconds,
        "child_mu": _log_mean(symbol.noise_mean_usd, math.hypot(symbol.child_log_sd, symbol.stream_log_sd)),
        "child_sd": symbol.child_log_sd,
        "stream_sd": symbol.stream_log_sd,
        "cap": symbol.size_cap_usd,
        "strength": world["strength"][0],
        "knee": world["knee"][0],
    }
    for name, value in values.items():
        streams[name][0] = value
    return streams


def price_record(symbol: SymbolParameters, regime: Regime, random: np.random.Generator) -> Records:
    """Return the efficient price's record; log volatility and activity start where they usually are."""
    price = np.zeros(1, PRICE_RECORD)
    values = {
        "volatility": symbol.volatility_log_sd * random.standard_normal(),
        "log_activity": symbol.activity_log_sd * random.standard_normal(),
        "sigma": symbol.sigma_bps * regime.volatility,
        "jump_rate": symbol.jumps_per_minute,
        "jump_sd": symbol.jump_sd_bps,
        "volatility_sd": symbol.volatility_log_sd,
        "activity_sd": symbol.activity_log_sd,
        "regime_activity": regime.activity,
    }
    for name, value in values.items():
        price[name][0] = value
    return price


def empty_streams() -> Records:
    """Return room for active metaorders."""
    return np.zeros(MOST_STREAMS, STREAM_RECORD)


def empty_children() -> Records:
    """Return room for a minute of metaorders' children."""
    return np.zeros(CHILDREN_OF_A_BLOCK, CHILD_RECORD)


def empty_candidates(venues: int, count: int) -> Records:
    """Return room for a minute of candidates."""
    return np.zeros((venues, count), CANDIDATE_RECORD)
