"""The market model's parameters per currency, on the deepest venue.

Bitcoin, ether and sol are set one by one. The others belong to a liquidity class; the classes lie between the measured ether
and the thin coin of the recordings that the model was fitted to (a spread of 5 bps, 26 orders a minute of USD 760, one-minute
volatility of 10 bps), and a class differs from its neighbour by a factor of two to four in depth and activity. No book of
those currencies was recorded: their depths are assumed. Start prices are of the order of 2025.
"""

from dataclasses import dataclass

DEPTH_BUCKETS = ((0.3, 5.0, 0.57e6, 40), (5.0, 10.0, 1.70e6, 25), (10.0, 25.0, 4.30e6, 30), (25.0, 55.0, 3.90e6, 20))
"""Ladder of the deepest book: from, to (bps from the reference), USD a side, number of quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolModel:
    """The model's parameters of one currency on the deepest venue; volatilities are standard deviations of a day's return.

    `flow_daily` is the volatility that the takers of all spot books together cause: while books sleep, their part of it is
    drawn instead. `spread_bps` is the least spread, where a tick is less.
    """

    base: str
    start_price: float
    diffusion_daily: float
    flow_daily: float
    requote_bps: float
    touch_usd: float
    depth_scale: float
    takers_per_second: float
    mean_trade_usd: float
    impact_bps_per_million: float
    spread_bps: float = 0.0


BITCOIN = SymbolModel(
    base="BTC",
    start_price=60_000,
    diffusion_daily=0.007,
    flow_daily=0.012,
    requote_bps=2.0,
    touch_usd=120_000,
    depth_scale=1.0,
    takers_per_second=9.0,
    mean_trade_usd=3_000,
    impact_bps_per_million=1.0,
)
ETHER = SymbolModel(
    base="ETH",
    start_price=2_600,
    diffusion_daily=0.007,
    flow_daily=0.012,
    requote_bps=2.4,
    touch_usd=45_000,
    depth_scale=0.5,
    takers_per_second=5.0,
    mean_trade_usd=2_000,
    impact_bps_per_million=2.0,
)
SOL = SymbolModel(
    base="SOL",
    start_price=150,
    diffusion_daily=0.007,
    flow_daily=0.0065,
    requote_bps=2.8,
    touch_usd=30_000,
    depth_scale=0.2,
    takers_per_second=3.0,
    mean_trade_usd=1_200,
    impact_bps_per_million=5.0,
)


def _large(base: str, start_price: float) -> SymbolModel:
    return SymbolModel(
        base=base,
        start_price=start_price,
        diffusion_daily=0.018,
        flow_daily=0.012,
        requote_bps=3.0,
        touch_usd=20_000,
        depth_scale=0.12,
        takers_per_second=2.0,
        mean_trade_usd=1_000,
        impact_bps_per_million=8.0,
        spread_bps=0.5,
    )


def _middle(base: str, start_price: float) -> SymbolModel:
    return SymbolModel(
        base=base,
        start_price=start_price,
        diffusion_daily=0.026,
        flow_daily=0.009,
        requote_bps=3.6,
        touch_usd=8_000,
        depth_scale=0.05,
        takers_per_second=0.9,
        mean_trade_usd=900,
        impact_bps_per_million=18.0,
        spread_bps=1.5,
    )


def _small(base: str, start_price: float) -> SymbolModel:
    return SymbolModel(
        base=base,
        start_price=start_price,
        diffusion_daily=0.034,
        flow_daily=0.009,
        requote_bps=4.5,
        touch_usd=3_000,
        depth_scale=0.02,
        takers_per_second=0.4,
        mean_trade_usd=800,
        impact_bps_per_million=40.0,
        spread_bps=3.0,
    )


SYMBOL_MODELS = (
    *(BITCOIN, ETHER, SOL),
    *(_large(*item) for item in (("BNB", 700.0), ("XRP", 2.2), ("DOGE", 0.2), ("ADA", 0.8))),
    *(_middle(*item) for item in (("AVAX", 25.0), ("LINK", 18.0), ("LTC", 100.0), ("BCH", 500.0), ("TRX", 0.3), ("SUI", 3.4))),
    *(_middle(*item) for item in (("DOT", 4.0), ("UNI", 8.0), ("NEAR", 2.7), ("AAVE", 250.0), ("XLM", 0.3))),
    *(_small(*item) for item in (("ATOM", 4.2), ("FIL", 2.4), ("ETC", 20.0), ("APT", 4.5), ("ARB", 0.4), ("OP", 0.7), ("INJ", 12.0))),
)
EVERY_STEP = frozenset({"BTC", "ETH", "SOL"})
"""Currencies whose books step with every tick; the others step with every second one, half of them each time."""

PERPETUAL_DEPTH, PERPETUAL_ACTIVITY = 1.5, 1.5
"""A perpetual's depth and takers, relative to its spot book's."""
PREMIUM_SD_BPS, PREMIUM_SECONDS = 2.0, 4 * 3600.0
"""The perpetual's premium over spot wanders with this standard deviation and forgets over this time."""
