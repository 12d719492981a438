"""The rates of the queues at the touch as they were lately, and what the fill model says with them."""

import math
from dataclasses import dataclass

import numpy as np

from execution.domain.signals.fill_probability import QueueRates, probability_fill_before_move, probability_mid_rises
from execution.domain.signals.inputs import Quotes, Trades, at_once, rows_within, sums_within
from execution.domain.signals.order_flow import mean_touch_size
from execution.domain.signals.signal import NOTHING, BadInput, Signal, signal_of
from execution.domain.signals.touch import added_to_touch, removed_from_touch


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRates:
    """Rates a second, the size that counts as one order, and the share of the window's steps that they were measured on."""

    rates: QueueRates
    order_size: float
    coverage: float

    def orders_in(self, size: float) -> int:
        """Return how many orders a queue of a size is taken for, at least one."""
        return max(1, math.ceil(size / self.order_size - 1e-9))


def measure_rates(quotes: Quotes, trades: Trades, now: float, *, window_seconds: float, tick: float) -> MeasuredRates | None:
    """Return the rates per side over (now - window, now], sides pooled; None where nothing traded or no book was whole.

    lambda = added / (2 T), mu = traded / (2 T), theta = (removed - traded) / (2 T q), sizes in orders and q the mean queue: section 3 of
    Cont, Stoikov, Talreja (2010). Level 2 shows sizes and no orders, so one order is sum x^2 / sum x of the queues' changes x: then the
    model's queues vary as much as these did. `inside` is how often the spread narrowed per side and second of spreads wider than a tick;
    0 while it is one tick. Quotes and trades have one unit of size.

    Raises:
        BadInput: window or tick are not positive.
    """
    at = at_once(now)
    inside = _inside(quotes, now, window_seconds, tick)
    traded = float(sums_within(trades.times, trades.sizes, at, window_seconds)[0])
    queue = float(mean_touch_size(quotes, at, window_seconds=window_seconds)[0])
    rows = slice(*(int(edge[0]) for edge in rows_within(quotes.times, at, window_seconds)))
    added, removed = added_to_touch(quotes)[rows], removed_from_touch(quotes)[rows]
    changed = float(added.sum() + removed.sum())
    if not (traded > 0 and changed > 0 and math.isfinite(queue)):
        return None
    order_size = float((added**2).sum() + (removed**2).sum()) / changed
    per_side = 2 * window_seconds * order_size
    try:
        rates = QueueRates(
            arrivals=float(added.sum()) / per_side,
            takes=traded / per_side,
            cancels=max(float(removed.sum()) - traded, 0.0) / per_side / (queue / order_size),
            inside=inside,
        )
    except BadInput:
        return None
    usable = quotes.usable[rows]
    return MeasuredRates(rates=rates, order_size=order_size, coverage=float(usable.mean()) if usable.size else 0.0)


def mid_rise_signal(quotes: Quotes, now: float, measured: MeasuredRates) -> Signal:
    """Return P(the mid rises next); direction is 2 P - 1, strength its size."""
    row = _last_usable(quotes, now)
    if row is None:
        return NOTHING
    bid, ask = measured.orders_in(float(quotes.bid_size[row])), measured.orders_in(float(quotes.ask_size[row]))
    try:
        value = probability_mid_rises(bid_orders=bid, ask_orders=ask, rates=measured.rates)
    except BadInput:
        return NOTHING
    lean = 2 * value - 1
    return signal_of(value=value, direction=lean, strength=abs(lean), coverage=measured.coverage, age_seconds=quotes.age(now))


def fill_signal(quotes: Quotes, now: float, measured: MeasuredRates, *, side_sign: int, size_ahead: float) -> Signal:
    """Return P(an order at the touch with `size_ahead` before it fills before the mid moves); strength is P. It has no direction.

    Args: `side_sign` 1 for an order at the bid, -1 at the ask.

    Raises:
        BadInput: the sign is neither, or the size ahead is negative or not finite.
    """
    if side_sign not in (1, -1) or not (math.isfinite(size_ahead) and size_ahead >= 0):
        raise BadInput("a side's sign is 1 or -1, and what stands ahead is finite and not negative")
    row = _last_usable(quotes, now)
    if row is None:
        return NOTHING
    opposite = float((quotes.ask_size if side_sign > 0 else quotes.bid_size)[row])
    position = 1 + (measured.orders_in(size_ahead) if size_ahead > 0 else 0)
    try:
        value = probability_fill_before_move(position=position, opposite_orders=measured.orders_in(opposite), rates=measured.rates)
    except BadInput:
        return NOTHING
    return signal_of(value=value, direction=0.0, strength=value, coverage=measured.coverage, age_seconds=quotes.age(now))


def _last_usable(quotes: Quotes, now: float) -> int | None:
    """Return the row that counts now, None where there is none or it is not usable."""
    row = int(np.searchsorted(quotes.times, now, side="right")) - 1
    return row if row >= 0 and quotes.usable[row] else None


def _inside(quotes: Quotes, now: float, window_seconds: float, tick: float) -> float:
    """Return how often a second and side the spread narrowed while it was wider than a tick; 0 while it is one tick."""
    if not (math.isfinite(tick) and tick > 0):
        raise BadInput(f"a tick must be positive, not {tick}")
    row = _last_usable(quotes, now)
    spread = quotes.spread
    if row is None or spread[row] < 1.5 * tick:
        return 0.0
    first, end = (int(rows[0]) for rows in rows_within(quotes.times, at_once(now), window_seconds))
    spread, times = spread[first:end], np.append(quotes.times[first:end], now)
    wide = float(np.diff(times)[spread > 1.5 * tick].sum())
    narrowed = int((np.diff(spread) < -tick / 2).sum())
    return narrowed / (2 * wide) if wide > 0 else 0.0
