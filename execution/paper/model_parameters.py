"""The market model's parameters per symbol, on the deepest venue."""

from dataclasses import dataclass

DEPTH_BUCKETS = ((0.3, 5.0, 0.57e6, 40), (5.0, 10.0, 1.70e6, 25), (10.0, 25.0, 4.30e6, 30), (25.0, 55.0, 3.90e6, 20))
"""Ladder of the deepest book: from, to (bps from the reference), USD a side, number of quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolModel:
    """The model's parameters of one symbol on the deepest venue."""

    symbol: str
    start_price: float
    diffusion_daily: float
    requote_bps: float
    touch_usd: float
    depth_scale: float
    takers_per_second: float
    mean_trade_usd: float
    impact_bps_per_million: float


SYMBOL_MODELS = (
    SymbolModel(
        symbol="BTCUSDT",
        start_price=60_000,
        diffusion_daily=0.007,
        requote_bps=2.0,
        touch_usd=120_000,
        depth_scale=1.0,
        takers_per_second=9.0,
        mean_trade_usd=3_000,
        impact_bps_per_million=1.0,
    ),
    SymbolModel(
        symbol="ETHUSDT",
        start_price=2_600,
        diffusion_daily=0.007,
        requote_bps=2.4,
        touch_usd=45_000,
        depth_scale=0.5,
        takers_per_second=5.0,
        mean_trade_usd=2_000,
        impact_bps_per_million=2.0,
    ),
    SymbolModel(
        symbol="SOLUSDT",
        start_price=150,
        diffusion_daily=0.007,
        requote_bps=2.8,
        touch_usd=30_000,
        depth_scale=0.2,
        takers_per_second=3.0,
        mean_trade_usd=1_200,
        impact_bps_per_million=5.0,
    ),
)
