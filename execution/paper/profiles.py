"""How the paper venues differ from one another: fees, latency, share of the market, and the rules of their matching cores."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from execution.paper.listings import Kind

HOUR_MS = 3_600_000


class FeeAsset(StrEnum):
    """Which asset a venue takes its commission of a spot trade in."""

    QUOTE = "quote"
    RECEIVED = "received"


class ClientIds(StrEnum):
    """How long a client order id belongs to its order."""

    OPEN = "open"  # free again once the order has ended
    EVER = "ever"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Maker and taker fees in parts per million of notional."""

    maker_ppm: int
    taker_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueProfile:
    """One venue. The scales are shares of the deepest venue's depth and activity; `acknowledgement_ms` is a round trip."""

    name: str
    fees: Mapping[Kind, Fees]
    acknowledgement_ms: float
    depth_scale: float
    activity_scale: float
    requote_scale: float
    price_delay_seconds: float
    refuses_post_only: bool
    """A post-only order that would take is refused; otherwise it is accepted and at once cancelled."""
    client_ids: ClientIds
    is_unified: bool
    """One wallet for spot and perpetual; otherwise each has its own."""
    expires_unfilled: bool
    """What an IOC, FOK or market order leaves ends as EXPIRED; otherwise as CANCELLED."""
    funding_interval_ms: int = 8 * HOUR_MS
    fee_asset: FeeAsset = FeeAsset.QUOTE


def _fees(spot: tuple[int, int], perpetual: tuple[int, int] | None = None) -> dict[Kind, Fees]:
    pairs = {Kind.SPOT: spot, **({Kind.PERPETUAL: perpetual} if perpetual else {})}
    return {kind: Fees(maker_ppm=maker, taker_ppm=taker) for kind, (maker, taker) in pairs.items()}


BINANCE = VenueProfile(
    name="binance",
    fees=_fees(spot=(1000, 1000), perpetual=(200, 500)),
    acknowledgement_ms=10,
    depth_scale=1.0,
    activity_scale=1.0,
    requote_scale=1.0,
    price_delay_seconds=0.0,
    refuses_post_only=True,
    client_ids=ClientIds.OPEN,
    is_unified=False,
    expires_unfilled=True,
)
OKX = VenueProfile(
    name="okx",
    fees=_fees(spot=(800, 1000), perpetual=(200, 500)),
    acknowledgement_ms=20,
    depth_scale=0.45,
    activity_scale=0.42,
    requote_scale=1.1,
    price_delay_seconds=0.02,
    refuses_post_only=False,
    client_ids=ClientIds.EVER,
    is_unified=True,
    expires_unfilled=False,
)
BYBIT = VenueProfile(
    name="bybit",
    fees=_fees(spot=(1000, 1000), perpetual=(200, 550)),
    acknowledgement_ms=25,
    depth_scale=0.30,
    activity_scale=0.25,
    requote_scale=1.2,
    price_delay_seconds=0.02,
    refuses_post_only=False,
    client_ids=ClientIds.EVER,
    is_unified=True,
    expires_unfilled=False,
)
"""Public lists of the lowest tier: Binance spot 0.10/0.10 %, USD-M 0.02/0.05 %; OKX spot 0.08/0.10 %, swaps 0.02/0.05 %;
Bybit spot 0.10/0.10 %, linear 0.02/0.055 %."""

COINBASE = VenueProfile(
    name="coinbase",
    fees=_fees(spot=(600, 1600)),
    acknowledgement_ms=30,
    depth_scale=0.20,
    activity_scale=0.20,
    requote_scale=1.2,
    price_delay_seconds=0.02,
    refuses_post_only=True,
    client_ids=ClientIds.EVER,
    is_unified=False,
    expires_unfilled=False,
)
"""Coinbase Advanced's published tiers start at 0.40/0.60 %; the paper account is a desk's and pays the tier of USD 15 to 75
million in 30 days: 0.06 % maker, 0.16 % taker."""

VENUES = {profile.name: profile for profile in (BINANCE, OKX, BYBIT, COINBASE)}

QUOTE = "USDT"
_CASH = Decimal(10_000_000)
_HOLDINGS = {
    "BTC": 100,
    "ETH": 3_000,
    "SOL": 50_000,
    **dict.fromkeys(("BNB", "BCH", "AAVE", "LTC"), 5_000),
    **dict.fromkeys(("AVAX", "LINK", "UNI", "ATOM", "ETC", "INJ", "APT", "DOT"), 200_000),
    **dict.fromkeys(("NEAR", "FIL", "SUI"), 500_000),
    **dict.fromkeys(("XRP", "ADA", "ARB", "OP"), 1_000_000),
    **dict.fromkeys(("DOGE", "TRX", "XLM"), 5_000_000),
}


def initial_balances(profile: VenueProfile, bases: Collection[str]) -> dict[Kind, dict[str, Decimal]]:
    """Return what a new account holds: cash and every listed currency, and cash in a wallet of its own for perpetuals."""
    spot = {QUOTE: _CASH, **{base: Decimal(amount) for base, amount in _HOLDINGS.items() if base in bases}}
    has_own_wallet = Kind.PERPETUAL in profile.fees and not profile.is_unified
    return {Kind.SPOT: spot, **({Kind.PERPETUAL: {QUOTE: _CASH}} if has_own_wallet else {})}
