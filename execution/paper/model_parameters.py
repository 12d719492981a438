"""What the market model is told of each currency on the paper venues.

Bitcoin, ether and sol have parameters of their own. The others lie between ether and the thin coin of the recordings: a class
says how far on the way (in logarithms) and its currencies differ only in their price, and so in ticks. No book of these
currencies was recorded: their depths are assumed. Start prices are of the order of 2025. Shares, depths and delays of the
venues are those of their profiles.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from execution.market_model.parameters import ALT, ETH, SYMBOLS, VENUES, SymbolParameters, VenueParameters, between
from execution.market_model.perpetuals import joint_books, perpetual_name
from execution.paper.listings import Kind, Listing
from execution.paper.profiles import VenueProfile

START_PRICES: Mapping[str, float] = {
    "BTC": 60_000, "ETH": 2_600, "SOL": 150, "BNB": 700, "XRP": 2.2, "DOGE": 0.2, "ADA": 0.8, "AVAX": 25, "LINK": 18,
    "LTC": 100, "BCH": 500, "TRX": 0.3, "SUI": 3.4, "DOT": 4, "UNI": 8, "NEAR": 2.7, "AAVE": 250, "XLM": 0.3,
    "ATOM": 4.2, "FIL": 2.4, "ETC": 20, "APT": 4.5, "ARB": 0.4, "OP": 0.7, "INJ": 12,
}  # fmt: skip
_LARGE, _MIDDLE, _SMALL = 0.35, 0.6, 0.85  # of the way from ether to the thin coin
_WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(("BNB", "XRP", "DOGE", "ADA"), _LARGE),
    **dict.fromkeys(("AVAX", "LINK", "LTC", "BCH", "TRX", "SUI", "DOT", "UNI", "NEAR", "AAVE", "XLM"), _MIDDLE),
    **dict.fromkeys(("ATOM", "FIL", "ETC", "APT", "ARB", "OP", "INJ"), _SMALL),
}
FINEST_LEVEL_BPS = 0.01
"""The model's levels are no finer: several ticks are one level where a listing's tick is (Bitcoin spot on Binance: ten)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookGrid:
    """How one book's levels lie on its listing's grid: price = start_ticks + level x ticks_per_level, in ticks."""

    venue: str
    listing: Listing
    start_ticks: int
    ticks_per_level: int

    @property
    def name(self) -> str:
        """Return the book's name in the path."""
        return perpetual_name(self.venue) if self.listing.kind is Kind.PERPETUAL else self.venue

    @property
    def level_bps(self) -> float:
        """Return the distance between two levels."""
        return 1e4 * self.ticks_per_level / self.start_ticks

    @property
    def usd_per_lot(self) -> float:
        """Return the value of a lot at the start, which is what the model counts USD in."""
        return float(self.listing.price(self.start_ticks) * self.listing.lot)

    def price(self, level: int) -> int:
        """Return a level's price in ticks."""
        return self.start_ticks + level * self.ticks_per_level

    def level(self, price: int) -> int:
        """Return the level that a price in ticks lies on or behind, seen from the start."""
        return (price - self.start_ticks) // self.ticks_per_level


def grids_of(base: str, start: float, listings: Iterable[tuple[str, Listing]]) -> list[BookGrid]:
    """Return the grids of a currency's books, all beginning at one price that lies on each of them."""
    found = [(venue, listing, _ticks_per_level(listing, start)) for venue, listing in listings if listing.base == base]
    coarsest = max(ticks / 10**listing.price_decimals for _, listing, ticks in found)
    opening = max(1, round(start / coarsest)) * coarsest
    return [
        BookGrid(venue=venue, listing=listing, start_ticks=round(opening * 10**listing.price_decimals), ticks_per_level=ticks)
        for venue, listing, ticks in found
    ]


def _ticks_per_level(listing: Listing, start: float) -> int:
    """Return the smallest power of ten that makes a level wide enough."""
    tick_bps, ticks = 1e4 / (start * 10**listing.price_decimals), 1
    while ticks * tick_bps < FINEST_LEVEL_BPS:
        ticks *= 10
    return ticks


def path_parameters(
    base: str, grids: Sequence[BookGrid], profiles: Mapping[str, VenueProfile]
) -> tuple[SymbolParameters, tuple[VenueParameters, ...]]:
    """Return what the path of a currency's books is made with."""
    touch_usd = _touch_usd(base)
    listing_venues = {grid.venue for grid in grids}
    venues = [_venue(profile, touch_usd) for profile in profiles.values() if profile.name in listing_venues]
    perpetuals = [grid.venue for grid in grids if grid.listing.kind is Kind.PERPETUAL]
    symbol, books = joint_books(_symbol(base), venues, perpetuals=perpetuals)
    level_bps = {grid.name: grid.level_bps for grid in grids}
    return symbol, tuple(replace(book, tick_bps=level_bps[book.name]) for book in books)


def _symbol(base: str) -> SymbolParameters:
    return SYMBOLS[base] if base in SYMBOLS else between(ETH, ALT, _WEIGHTS[base], name=base)


def _touch_usd(base: str) -> float:
    """Return the usual queue at the touch of the deepest venue."""
    if base in VENUES:
        return VENUES[base][0].queue_usd
    ether, thin = VENUES["ETH"][0].queue_usd, VENUES["ALT"][0].queue_usd
    return math.pow(ether, 1 - _WEIGHTS[base]) * math.pow(thin, _WEIGHTS[base])


def _venue(profile: VenueProfile, touch_usd: float) -> VenueParameters:
    return VenueParameters(
        name=profile.name,
        share=profile.activity_scale,
        latency_seconds=profile.price_delay_seconds,
        depth_scale=profile.depth_scale,
        threshold_multiplier=profile.requote_scale,
        queue_usd=touch_usd * profile.depth_scale,
    )
