"""The one computation that page, PDF and JSON render."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from analytics.domain.alpha import Alpha, AlphaName
from analytics.domain.benchmarks import Benchmark, BenchmarkName
from analytics.domain.fills import PricedFill
from analytics.domain.missing import Missing
from analytics.domain.quality import Latency, VenueShare
from analytics.domain.shortfall import Shortfall
from analytics.domain.trajectory import Deviation, Point
from dipmaster.domain.sides import Side

SCHEMA = "1"
USD_CURRENCIES = frozenset({"USD", "USDT", "USDC"})  # what counts as a dollar


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What was asked for and how it ended. Quantities in base currency, prices in quote currency."""

    reference: str
    version: int
    client_order_id: str
    desk: str
    trader: str
    symbol: str
    base: str
    quote: str
    side: Side
    quantity: Decimal
    mode: str
    algorithm: str
    reasons: tuple[str, ...]
    notes: str
    limit_price: Decimal | None
    max_slippage_bps: Decimal | None
    state: str
    tick: Decimal | None
    lot: Decimal | None
    decision_mid: Decimal
    arrival_mid: Decimal | None
    end_mid: Decimal | None
    decided_at: datetime
    started_at: datetime | None
    due_at: datetime
    ended_at: datetime
    is_paper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFacts:
    """One order at one venue. `alpha`: against taking what it filled at once, on the books of its decision; none when not measured."""

    reference: str
    slice_number: int
    client_order_id: str
    venue_order_id: str
    venue: str
    order_type: str
    time_in_force: str
    price: Decimal | None
    quantity: Decimal
    filled_quantity: Decimal
    state: str
    reason: str
    decided_at: datetime
    latency_ms: Decimal | None
    refusal_code: str
    refusal_reason: str
    alpha: Alpha | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillFacts:
    """One fill with the child and the venue's order it belongs to; slippage against the arrival mid."""

    child: str
    client_order_id: str
    venue_order_id: str
    trade_id: str
    priced: PricedFill
    slippage_bps: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationFacts:
    """One refusal or breach."""

    at: datetime
    code: str
    reason: str
    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profit:
    """What the order itself made, quote currency: realized is minus the fees, unrealized values the filled part at the end mid.

    An order trades one side only: it closes nothing that it opened.
    """

    realized: Decimal | None
    unrealized: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRecord:
    """What of the market was recorded between start and end: seconds with a mid on any venue, and traded volume, base currency."""

    start: datetime
    end: datetime
    seconds: int
    seconds_with_mid: int
    volume: Decimal
    own_volume: Decimal
    venues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """A finished order's transaction cost analysis. Positive is cost, of alphas it is saved; alphas not measured are left out."""

    schema: str
    order: OrderFacts
    venue_titles: tuple[tuple[str, str], ...]
    slices: int
    children: tuple[ChildFacts, ...]
    fills: tuple[FillFacts, ...]
    average_price: Decimal | None
    filled_quantity: Decimal
    filled_notional: Decimal
    shortfall: Shortfall
    benchmarks: tuple[Benchmark, ...]
    alphas: tuple[Alpha, ...]
    market: MarketRecord | None
    venues: tuple[VenueShare, ...]
    all_venues: VenueShare | None
    plan: tuple[Point, ...]
    tolerance: Decimal | None
    deviation: Deviation | None
    fill_rate: Decimal
    passive_ratio: Decimal | None
    latency: Latency | None
    profit: Profit
    violations: tuple[ViolationFacts, ...]
    missing: tuple[Missing, ...]

    @property
    def is_in_dollars(self) -> bool:
        """Tell whether the quote currency counts as US dollars."""
        return self.order.quote in USD_CURRENCIES

    def benchmark(self, name: BenchmarkName) -> Benchmark:
        """Return one benchmark."""
        return next(each for each in self.benchmarks if each.name is name)

    def alpha(self, name: AlphaName) -> Alpha | None:
        """Return one comparison with orders that take, none when it was not measured."""
        return next((each for each in self.alphas if each.name is name), None)
