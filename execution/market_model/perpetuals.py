"""Perpetual and spot books of one currency on one path: one efficient price, which the perpetuals know first.

The model's books are calibrated on USD-M perpetuals (`parameters`), so a perpetual book has a venue's own figures and the spot book
beside it a share of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from execution.market_model.parameters import InvalidParameters, SymbolParameters, VenueParameters

PERPETUAL_SUFFIX = "-perp"
LEAD_SECONDS = 0.04
"""How much later a spot book knows the efficient price than the perpetual of its venue.

Tuned on BTC of 5 April 2023: correlations of mid returns over 100 ms perpetual -> spot, same time, spot -> perpetual .20, .41, .11; the
joint path gives .26, .49, .13. Recordings differ: 16 February 2026 has .30, .30, .05, 8 August 2024 .10, .73, .16.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotShare:
    """A spot book's depth, its queue at the touch, and what its takers trade, as shares of the perpetual's."""

    depth: float
    touch: float
    flow: float


SPOT_SHARES: Mapping[str, SpotShare] = {
    "BTC": SpotShare(depth=0.42, touch=0.53, flow=0.09),
    "ETH": SpotShare(depth=0.46, touch=0.65, flow=0.25),
}
"""Binance spot against USD-M. BTC, 8 August 2024 and 16 February 2026: median depth within 5 bps .44 and .49, within 10 bps .31 and .45,
touch .66 and .40, USD a minute .087 and .097. ETH, 8 August 2024: .50 and .43, .65, .25. Spot has .55-.6 of the perpetual's orders by
number, each a fraction of the size (BTC .15, ETH .45): sizes are the symbol's here, so what is kept is the volume."""
OTHERS = SPOT_SHARES["ETH"]
"""No book of another currency was recorded on both markets."""


def perpetual_name(venue: str) -> str:
    """Return the name of a venue's perpetual book."""
    return venue + PERPETUAL_SUFFIX


def joint_books(
    symbol: SymbolParameters, venues: Sequence[VenueParameters], *, perpetuals: Collection[str]
) -> tuple[SymbolParameters, tuple[VenueParameters, ...]]:
    """Return what a path of all these books is made with: perpetuals first, then spot.

    A path spreads the symbol's flow over its venues by share. The symbol grows with the flow of all books together, so that each perpetual
    trades what the venue alone would; impact stays c_j = k_j sigma_1 / sqrt(V_1) and its knee a share of V_1.

    Args:
        venues: the venues, with the figures of their perpetuals whether they list one or not; each has a spot book.
        perpetuals: the names of those that list the perpetual.

    Raises:
        InvalidParameters: a perpetual is listed by none of the venues, or none lists one.
    """
    names = [venue.name for venue in venues]
    if not perpetuals or not set(perpetuals) <= set(names):
        raise InvalidParameters(f"{symbol.name}: perpetuals of {sorted(perpetuals)} are not those of some of {names}")
    books = (*(_perpetual(venue) for venue in venues if venue.name in perpetuals), *(_spot(symbol, venue) for venue in venues))
    flow = sum(book.share for book in books) / sum(venue.share for venue in venues)
    return _with_flow(symbol, flow), books


def _perpetual(venue: VenueParameters) -> VenueParameters:
    return replace(venue, name=perpetual_name(venue.name), is_perpetual=True)


def _spot(symbol: SymbolParameters, venue: VenueParameters) -> VenueParameters:
    spot = SPOT_SHARES.get(symbol.name, OTHERS)
    return replace(
        venue,
        share=venue.share * spot.flow,
        latency_seconds=venue.latency_seconds + LEAD_SECONDS,
        depth_scale=venue.depth_scale * spot.depth,
        queue_usd=venue.queue_usd * spot.touch,
    )


def _with_flow(symbol: SymbolParameters, flow: float) -> SymbolParameters:
    """Return a symbol whose venues together trade so many times as much, with the same impact per share of volume."""
    first, second, third = symbol.impact_strength
    fast, middle, slow = symbol.impact_knee
    return replace(
        symbol,
        noise_per_second=symbol.noise_per_second * flow,
        informed_per_second=symbol.informed_per_second * flow,
        streams_per_second=symbol.streams_per_second * flow,
        impact_strength=(first / flow**0.5, second / flow**0.5, third / flow**0.5),
        impact_knee=(fast * flow, middle * flow, slow * flow),
        prompt_impact_bps=symbol.prompt_impact_bps / flow,
    )
