"""Whether a slice rests, takes or waits just now, from the books as they are and what the last half minute was like.

Resting at the own side's best price saves the spread and the fees' difference, and loses what the price moves against us after the fill:
whoever trades with us knew something, or was the last of many. On recorded books that loss grows with volatility (docs/tactics.md). So a
slice rests where it saves more than it loses. Elsewhere it takes, but not at any moment: for the next second the price goes where the
longer queue pushes it, so it waits while the touch leans its way and takes when it leans away.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.liquidity import imbalance_of, spread_bps
from execution.domain.pricing import is_beyond
from execution.domain.signals.signal import saturating
from execution.domain.tactic_presets import RecentMarket, TacticPreset

ONE_CALL = timedelta(seconds=2)
"""A slice begins to cross this long before its end: time to withdraw what rests and for one attempt."""
LAST_CALL = timedelta(seconds=4)
"""A last slice begins to cross this long before its end: time for two attempts."""
HURRIED_BELOW = 0.5
"""Less patience than this says that speed counts more than fees: the slice crosses when it ends, whatever that costs."""
UNKNOWN_LOSS_BPS = 1.0
CALM_LOSS_BPS = 0.35
LOSS_PER_VOLATILITY = 0.65
"""What a maker fill loses within a second: calm + this times the volatility in bps a root second; nine recordings, docs/tactics.md."""
CALM_VOLATILITY_BPS = 0.25
"""Below it a place in the queue is worth more than a better price: the touch hardly moves."""
MOST_STEP_BACK_BPS = 1.0
PRESSURE = 1.2
RELIEF = 0.8
"""Own queue over the opposite one, beyond which the owner's rules lean on or away from the price."""
TOXIC, BENIGN = 0.8, 0.3


class TimingAction(StrEnum):
    """Trade now with all, with a part, or not now."""

    EXECUTE_NOW = "execute_now"
    WAIT = "wait"
    SPLIT = "split"


class Tactic(StrEnum):
    """How a slice trades."""

    JOIN = "join"
    STEP_BACK = "step_back"
    IMPROVE = "improve"
    MID_PEG = "mid_peg"
    CROSS = "cross"
    SWEEP = "sweep"

    @property
    def is_taking(self) -> bool:
        """Tell whether it takes what others show."""
        return self in (Tactic.CROSS, Tactic.SWEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A slice's time, and how much of it is spent resting before what is left is crossed."""

    start_at: datetime
    end_at: datetime
    patience: float
    is_last: bool

    order_end_at: datetime | None = None
    """None: it may not go on resting beyond its own end."""

    def lingering(self, lengths: float) -> "Window":
        """Return the window in which a patient slice goes on resting for some of its lengths; until the order's end when that is near.

        Near is less than one more length: what came back to the plan later might find the order's last slice at work and no time left.
        """
        is_patient = HURRIED_BELOW <= self.patience < 1 and lengths > 0
        if not is_patient or self.order_end_at is None or self.order_end_at <= self.end_at:
            return self
        length = self.end_at - self.start_at
        until = self.end_at + length * lengths
        is_to_the_end = until + length >= self.order_end_at
        return replace(self, end_at=self.order_end_at if is_to_the_end else until, is_last=is_to_the_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What to do now, and why in plain words.

    `expected_slippage_bps`: of the mid, without fees, positive is cost; for what rests, if it fills. `confidence`: how much cheaper this
    is than the other way, in bps, as x / (1 + x), times the freshness of the oldest book. `cross_at`: when what is left is crossed.
    """

    action: TimingAction
    tactic: Tactic
    expected_slippage_bps: float | None
    confidence: float
    reason: str
    cross_at: datetime
    end_at: datetime
    """When the slice withdraws what is left: its own end, or later while it keeps its place in a queue."""
    venues: tuple[str, ...] = ()
    """Where to rest."""
    behind_bps: float = 0.0
    """How far behind the own side's best price to rest."""
    spread_share: float | None = None
    """Where to rest, or up to where to take, from the mid towards the far touch in spreads; none: by the best price."""
    quantity_share: float = 1.0
    """How much of what is free to send now."""
    withdraws: bool = False
    """Withdraw what rests."""
    deepest_price: Decimal | None = None
    """Take no further than this; none: as far as the slice's limit."""


def determine_execution_timing(
    *,
    side: Side,
    quantity: Decimal,
    books: Sequence[Book],
    listings: Mapping[str, Listing],
    worst_price: Decimal | None,
    window: Window,
    preset: TacticPreset,
    recent: RecentMarket,
    now: datetime,
) -> Timing:
    """Return what a slice with so much left does now. The books are fresh, whole and not crossed; each has a listing."""
    case = _Case(side, quantity, tuple(books), listings, worst_price, window, preset, recent, now)
    if not case.books:
        cross_at = cross_at_of(case.longest, is_patient=preset.weighs_costs)
        return case.waits(cross_at, "no venue shows a book to trade on", confidence=0.0)
    venues = case.resting_venues
    is_patient = preset.weighs_costs and bool(venues)
    cross_at = cross_at_of(case.longest if is_patient else window, is_patient=is_patient)
    if not case.may_take:
        return case.rests(cross_at, tuple(book.venue for book in case.books), "no venue offers a price within the limit")
    if now >= cross_at:
        return case.takes(cross_at, "patience is over")
    if preset.spread_shares is not None:
        return _by_spread_shares(case, cross_at, preset.spread_shares)
    return _by_costs(case, cross_at, venues)


def _by_costs(case: "_Case", cross_at: datetime, venues: tuple[str, ...]) -> Timing:
    """Rest where that is worth it, or where nothing may be crossed; else take at a good moment."""
    if venues:
        return case.rests(cross_at, venues, case.why_resting)
    if case.window.patience >= 1 and not case.window.is_last:
        return case.rests(cross_at, tuple(book.venue for book in case.books), "nothing is to be crossed")
    return case.takes_at_a_good_moment(cross_at)


def adverse_move_bps(recent: RecentMarket) -> float:
    """Return how far the price is expected to have moved against us a second after a maker fill."""
    if recent.volatility_bps is None:
        return UNKNOWN_LOSS_BPS
    return CALM_LOSS_BPS + LOSS_PER_VOLATILITY * max(recent.volatility_bps, 0.0)


def resting_saves_bps(side: Side, books: Sequence[Book], listings: Mapping[str, Listing]) -> dict[str, float]:
    """Return what a fill at each venue's own best price saves against the best price that can be taken, fees included."""
    mid = consolidated_mid(tuple(books))
    if mid is None:
        return {}
    taken = min(_all_in(side, book.opposite(side)[0].price, listings[book.venue].taker_fee_bps) for book in books)
    made = {book.venue: _all_in(side, book.own(side)[0].price, listings[book.venue].maker_fee_bps) for book in books}
    return {venue: float((taken - price) / mid * BPS) for venue, price in made.items()}


def cross_at_of(window: Window, *, is_patient: bool) -> datetime:
    """Return when what is left of a slice is crossed; its end when it never is. A patient slice leaves it to the next one."""
    patience = 1.0 if is_patient and window.patience >= HURRIED_BELOW else window.patience
    if patience >= 1 and not window.is_last:
        return window.end_at
    length = window.end_at - window.start_at
    point = window.start_at + length * min(max(patience, 0.0), 1.0)
    return min(point, window.end_at - min(LAST_CALL if window.is_last else ONE_CALL, length / 2))


def _all_in(side: Side, price: Decimal, fee_bps: Decimal) -> Decimal:
    """Return the price with its fee, times the side's sign: lower is cheaper."""
    return side.sign * price + price * fee_bps / BPS


@dataclass(frozen=True, slots=True)
class _Case:
    side: Side
    quantity: Decimal
    books: tuple[Book, ...]
    listings: Mapping[str, Listing]
    worst_price: Decimal | None
    window: Window
    preset: TacticPreset
    recent: RecentMarket
    now: datetime

    @property
    def longest(self) -> Window:
        """Return the window that ends when the slice withdraws."""
        return self.window.lingering(self.preset.lingers)

    @property
    def may_take(self) -> bool:
        """Tell whether some venue offers a price within the worst one."""
        return any(not is_beyond(self.side, book.opposite(self.side)[0].price, self.worst_price) for book in self.books)

    @property
    def resting_venues(self) -> tuple[str, ...]:
        """Return the venues where resting is worth it."""
        if not self.preset.weighs_costs:
            return tuple(book.venue for book in self.books)
        loss = adverse_move_bps(self.recent)
        return tuple(venue for venue, saved in resting_saves_bps(self.side, self.books, self.listings).items() if saved > loss)

    @property
    def lean(self) -> float:
        """Return own less opposite quantity at the touch over both."""
        return imbalance_of(self.books, self.side) or 0.0

    @property
    def pressure(self) -> float:
        """Return own over opposite quantity at the touch, as the decimals are: the rules' bounds are met exactly."""
        own = sum((book.own(self.side)[0].quantity for book in self.books), Decimal(0))
        return float(own / sum((book.opposite(self.side)[0].quantity for book in self.books), Decimal(0)))

    @property
    def why_resting(self) -> str:
        if not self.preset.weighs_costs:
            return ""
        saves = max(resting_saves_bps(self.side, self.books, self.listings).values())
        return f"resting saves {saves:.1f} bps and may lose {adverse_move_bps(self.recent):.1f}"

    @property
    def confidence(self) -> float:
        """Return how clear the choice between resting and taking is."""
        saves = max(resting_saves_bps(self.side, self.books, self.listings).values())
        return saturating(saves - adverse_move_bps(self.recent)) * self._freshness

    @property
    def _freshness(self) -> float:
        oldest = max((self.now - book.received_at).total_seconds() for book in self.books)
        return 1 / (1 + max(oldest, 0.0))

    @property
    def half_spread_bps(self) -> float:
        return (spread_bps(self.books) or 0.0) / 2

    @property
    def behind_bps(self) -> float:
        """Return a share of what the price usually moves in the time that is left, beyond what it moves in a calm market."""
        if self.recent.volatility_bps is None or not self.preset.step_back:
            return 0.0
        left = max((self.window.end_at - self.now).total_seconds(), 0.0)
        usual = max(self.recent.volatility_bps - CALM_VOLATILITY_BPS, 0.0) * math.sqrt(left)
        return min(self.preset.step_back * usual, MOST_STEP_BACK_BPS)

    def rests(self, cross_at: datetime, venues: tuple[str, ...], why: str) -> Timing:
        """Rest, unless what rests is about to be run over."""
        below = self.preset.withdraws_below
        if below is not None and self.lean < below and self.may_take:
            why = f"the touch leans our way ({self.lean:+.2f}), what rests would be run over"
            return self.waits(cross_at, why, confidence=self.confidence, withdraws=True)
        behind = self.behind_bps if self.may_take else 0.0
        improves = self.preset.improves_from_ticks is not None
        return Timing(
            action=TimingAction.EXECUTE_NOW,
            tactic=Tactic.STEP_BACK if behind > 0 else Tactic.IMPROVE if improves else Tactic.JOIN,
            expected_slippage_bps=adverse_move_bps(self.recent) - self.half_spread_bps - behind,
            confidence=self.confidence,
            reason=why,
            cross_at=cross_at,
            end_at=self.longest.end_at,
            venues=venues,
            behind_bps=behind,
        )

    def waits(self, cross_at: datetime, why: str, *, confidence: float, withdraws: bool = False) -> Timing:
        """Send nothing new."""
        return Timing(
            action=TimingAction.WAIT,
            tactic=Tactic.CROSS,
            expected_slippage_bps=None,
            confidence=confidence,
            reason=why,
            cross_at=cross_at,
            end_at=self.longest.end_at,
            withdraws=withdraws,
        )

    def takes_at_a_good_moment(self, cross_at: datetime) -> Timing:
        """Take when the price is about to leave; a part, when the rest would cost more than resting loses."""
        above = self.preset.takes_above
        if above is not None and self.lean < above:
            why = f"taking is cheaper than resting here, but the touch leans our way ({self.lean:+.2f})"
            return self.waits(cross_at, why, confidence=self.confidence * saturating(above - self.lean))
        best = min((book.opposite(self.side)[0].price for book in self.books), key=lambda price: self.side.sign * price)
        deepest = best * (1 + self.side.sign * Decimal(repr(adverse_move_bps(self.recent))) / BPS)
        return self.takes(cross_at, f"taking is cheaper than resting here, and the touch leans away ({self.lean:+.2f})", deepest)

    def takes(self, cross_at: datetime, why: str, deepest: Decimal | None = None) -> Timing:
        """Take all that is left, or what stands up to a price; a sweep when the touch does not hold it."""
        shown = self._shown(deepest)
        touch = self._shown(None, levels=1)
        is_part = deepest is not None and shown < self.quantity
        return Timing(
            action=TimingAction.SPLIT if is_part else TimingAction.EXECUTE_NOW,
            tactic=Tactic.SWEEP if self.quantity > touch else Tactic.CROSS,
            expected_slippage_bps=self._taking_costs_bps(min(shown, self.quantity) if is_part else self.quantity),
            confidence=self.confidence,
            reason=why,
            cross_at=cross_at,
            end_at=self.longest.end_at,
            deepest_price=deepest,
        )

    def _shown(self, deepest: Decimal | None, levels: int | None = None) -> Decimal:
        """Return what stands opposite up to a price."""
        opposite = (level for book in self.books for level in book.opposite(self.side)[:levels])
        return sum((level.quantity for level in opposite if not is_beyond(self.side, level.price, deepest)), Decimal(0))

    def _taking_costs_bps(self, quantity: Decimal) -> float | None:
        """Return what a quantity costs beyond the mid, at the levels shown; what is deeper counts as at the last of them."""
        mid = consolidated_mid(self.books)
        levels = sorted((level for book in self.books for level in book.opposite(self.side)), key=lambda one: self.side.sign * one.price)
        left, paid = quantity, Decimal(0)
        for level in levels:
            part = min(level.quantity, left)
            left, paid = left - part, paid + part * level.price
        if mid is None or quantity <= 0 or not levels:
            return None
        average = (paid + left * levels[-1].price) / quantity
        return float(self.side.sign * (average - mid) / mid * BPS)


def _by_spread_shares(case: _Case, cross_at: datetime, shares: tuple[float, float, float]) -> Timing:
    """Price by the owner's rules: the longer the own queue, the further towards the far touch; beyond it the order takes."""
    pressed, even, relieved = shares
    ratio = case.pressure
    share = pressed if ratio > PRESSURE else relieved if ratio < RELIEF else even
    size, eagerness = _by_toxicity(case.recent.toxicity) if case.preset.minds_toxicity else (1.0, 1.0)
    share *= eagerness
    takes = share >= 0.5
    mid, spread = consolidated_mid(case.books), Decimal(repr(2 * case.half_spread_bps)) / BPS
    deepest = None if mid is None or not takes else mid * (1 + case.side.sign * Decimal(repr(share)) * spread)
    return Timing(
        action=TimingAction.SPLIT if size < 1 else TimingAction.EXECUTE_NOW,
        tactic=Tactic.CROSS if takes else Tactic.MID_PEG,
        expected_slippage_bps=case.half_spread_bps if takes else adverse_move_bps(case.recent) + (2 * share - 1) * case.half_spread_bps,
        confidence=case.confidence,
        reason=f"own queue {ratio:.1f} times the other: {share:.2f} of the spread beyond the mid",
        cross_at=cross_at,
        end_at=case.longest.end_at,
        venues=tuple(book.venue for book in case.books),
        spread_share=share,
        quantity_share=min(size, 1.0),
        deepest_price=deepest,
    )


def _by_toxicity(score: float | None) -> tuple[float, float]:
    """Return by how much the owner's rules change a slice's size and its aggressiveness."""
    if score is None or BENIGN <= score <= TOXIC:
        return 1.0, 1.0
    return (0.7, 0.8) if score > TOXIC else (1.2, 1.1)
