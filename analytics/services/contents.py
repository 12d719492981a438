"""From an order's rows to the content of its report."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from analytics.domain import quality
from analytics.domain.alpha import Alpha
from analytics.domain.benchmarks import (
    Benchmark,
    BenchmarkName,
    NotMeasured,
    against,
    interval_twap,
    interval_vwap,
    interval_vwap_without,
    require_own_trades,
)
from analytics.domain.content import (
    SCHEMA,
    USD_CURRENCIES,
    ChildFacts,
    FillFacts,
    MarketRecord,
    OrderFacts,
    Profit,
    ReportContent,
    ViolationFacts,
)
from analytics.domain.exact import EXACT, as_ratio, tidy, total_of
from analytics.domain.fills import PricedFill, average_price, notional_of, quantity_of
from analytics.domain.missing import Missing
from analytics.domain.shortfall import Prices, implementation_shortfall
from analytics.domain.trajectory import Point, filled_points, largest_deviation
from analytics.selectors.records import Market, Records
from analytics.services.alphas import alphas_of
from dipmaster.domain.money import slippage_bps
from dipmaster.domain.sides import Side
from execution.models import ChildOrder, Fill, Venue

NEVER_STARTED = "The order ended before it began to work."
NO_IMPACT_MODEL = "There is no impact model yet: the drift of the mid from arrival is given whole."
NO_ACKNOWLEDGEMENT = "No child order was acknowledged."
NOTHING_FILLED = "Nothing filled."
NO_END = "There was no fresh book when the order ended."
NO_CLOSE = "No book was recorded in the minute before the close."
NOT_YET = "The close is not over yet: the report is computed again then."


def content_of(records: Records) -> ReportContent:
    """Compute the report of an order that has ended."""
    order = _order(records)
    fills = [_priced(fill, records.venues) for fill in records.fills]
    average = average_price(fills)
    prices = Prices(decision=order.decision_mid, arrival=order.arrival_mid, end=order.end_mid)
    shortfall = implementation_shortfall(side=order.side, quantity=order.quantity, prices=prices, fills=fills)
    benchmarks, not_measured = _benchmarks(records, order, fills, average)
    plan = _plan(records)
    staircase = filled_points(fills, order.quantity, start=order.started_at or order.decided_at, end=order.ended_at)
    latency = quality.latency([wait for child in records.children if (wait := _wait(child)) is not None])
    profit = _profit(order, fills, shortfall.fees)
    alphas = alphas_of(records, fills)
    return ReportContent(
        schema=SCHEMA,
        order=order,
        venue_titles=tuple((venue.name, venue.title) for venue in sorted(records.venues.values(), key=lambda venue: venue.name)),
        slices=records.slices,
        children=tuple(_child(child, records.venues, alphas.of_children.get(child.pk)) for child in records.children),
        fills=_fills(records, order, fills),
        average_price=average,
        filled_quantity=tidy(quantity_of(fills)),
        filled_notional=tidy(notional_of(fills)),
        shortfall=shortfall,
        benchmarks=benchmarks,
        alphas=alphas.of_order,
        market=_market(records.market, fills),
        venues=quality.venue_shares(order.side, fills),
        all_venues=quality.venue_share(order.side, "", "", fills, quantity_of(fills)) if fills else None,
        plan=plan,
        tolerance=None if records.schedule is None else as_ratio(records.schedule.tolerance),
        deviation=largest_deviation(plan, staircase),
        fill_rate=quality.fill_rate(fills, order.quantity),
        passive_ratio=quality.passive_ratio(fills),
        latency=latency,
        profit=profit,
        violations=tuple(
            ViolationFacts(at=each.at, code=each.code, reason=each.reason, child=each.child_reference) for each in records.violations
        ),
        missing=(
            *shortfall.missing,
            Missing(figure="costs.impact_bps", reason=NO_IMPACT_MODEL),
            *not_measured,
            *alphas.missing,
            *_missing_dollars(order),
            *_missing_quality(bool(fills), latency, profit),
            *_gaps(records.market),
        ),
    )


def _order(records: Records) -> OrderFacts:
    order, instrument = records.order, records.order.instrument
    assert order.completed_at is not None
    used = [records.venues[child.venue_id] for child in records.children] or [v for v in records.venues.values() if v.is_enabled]
    return OrderFacts(
        reference=order.reference,
        version=order.version,
        client_order_id=order.client_order_id,
        desk=order.desk.name,
        trader=order.trader.get_full_name() or order.trader.get_username(),
        symbol=instrument.symbol,
        base=instrument.base,
        quote=instrument.quote,
        side=Side(order.side),
        quantity=tidy(order.quantity),
        mode=order.mode,
        algorithm=order.algorithm,
        reasons=tuple(order.decision_reasons),
        notes=order.notes,
        limit_price=_tidy(order.limit_price),
        max_slippage_bps=_tidy(order.max_slippage_bps),
        state=order.state,
        tick=_tidy(records.steps.tick),
        lot=_tidy(records.steps.lot),
        decision_mid=tidy(order.decision_mid),
        arrival_mid=_tidy(order.arrival_mid),
        end_mid=_tidy(order.end_mid),
        decided_at=order.created_at,
        started_at=order.started_at,
        due_at=order.end_at,
        ended_at=order.completed_at,
        is_paper=all(venue.mode == Venue.Mode.PAPER for venue in used),
    )


def _priced(fill: Fill, venues: dict[int, Venue]) -> PricedFill:
    return PricedFill(
        at=fill.traded_at,
        venue=venues[fill.venue_id].name,
        price=tidy(fill.price),
        quantity=tidy(fill.quantity),
        fee=_tidy(fill.fee_quote),
        mid=_tidy(fill.mid),
        is_maker=fill.is_maker,
    )


def _fills(records: Records, order: OrderFacts, priced: list[PricedFill]) -> tuple[FillFacts, ...]:
    children = {child.pk: child for child in records.children}
    return tuple(_fill(row, children[row.child_id], order, fill) for row, fill in zip(records.fills, priced, strict=True))


def _fill(row: Fill, child: ChildOrder, order: OrderFacts, priced: PricedFill) -> FillFacts:
    slippage = None if order.arrival_mid is None else as_ratio(slippage_bps(order.side, priced.price, order.arrival_mid))
    return FillFacts(
        child=str(child),
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        trade_id=row.trade_id,
        priced=priced,
        slippage_bps=slippage,
    )


def _child(child: ChildOrder, venues: dict[int, Venue], alpha: Alpha | None) -> ChildFacts:
    wait = _wait(child)
    return ChildFacts(
        reference=str(child),
        slice_number=child.slice.number,
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        venue=venues[child.venue_id].name,
        order_type=child.order_type,
        time_in_force=child.time_in_force,
        price=_tidy(child.price),
        quantity=tidy(child.quantity),
        filled_quantity=tidy(child.filled_quantity),
        state=child.state,
        reason=child.reason,
        decided_at=child.decided_at,
        latency_ms=None if wait is None else quality.milliseconds(wait),
        refusal_code=child.refusal_code,
        refusal_reason=child.refusal_reason,
        alpha=alpha,
    )


def _wait(child: ChildOrder) -> timedelta | None:
    """Return decision to acknowledgement; none for a child that its venue never acknowledged."""
    return None if child.acknowledged_at is None else child.acknowledged_at - child.decided_at


def _plan(records: Records) -> tuple[Point, ...]:
    schedule = records.schedule
    return () if schedule is None else tuple(Point(at=at, share=as_ratio(share)) for at, share in schedule.points)


def _benchmarks(
    records: Records, order: OrderFacts, fills: list[PricedFill], average: Decimal | None
) -> tuple[tuple[Benchmark, ...], list[Missing]]:
    """Compare the average price with each benchmark, and name those without a price."""
    missing: list[Missing] = []

    def compare(name: BenchmarkName, price: Callable[[], Decimal]) -> Benchmark:
        try:
            return against(name, side=order.side, average=average, price=price())
        except NotMeasured as error:
            missing.append(Missing(figure=f"benchmarks.{name}", reason=str(error)))
            return against(name, side=order.side, average=average, price=None)

    market = records.market
    own = [] if market is None else [fill for fill in fills if market.start <= fill.at < market.end]
    found = (
        against(BenchmarkName.DECISION, side=order.side, average=average, price=order.decision_mid, at=order.decided_at),
        _arrival(order, average, missing),
        compare(BenchmarkName.VWAP, lambda: interval_vwap_without(_started(market).volumes, own)),
        compare(BenchmarkName.VWAP_WITH_OWN, lambda: _vwap_with_own(_started(market), own)),
        compare(BenchmarkName.TWAP, lambda: interval_twap(_started(market).mids)),
        _close(records, order, average, missing),
    )
    return found, missing


def _started(market: Market | None) -> Market:
    if market is None:
        raise NotMeasured(NEVER_STARTED)
    return market


def _vwap_with_own(market: Market, own: list[PricedFill]) -> Decimal:
    require_own_trades(market.volumes, own)
    return interval_vwap(market.volumes)


def _arrival(order: OrderFacts, average: Decimal | None, missing: list[Missing]) -> Benchmark:
    if order.arrival_mid is None:
        missing.append(Missing(figure="benchmarks.arrival", reason=NEVER_STARTED))
    return against(BenchmarkName.ARRIVAL, side=order.side, average=average, price=order.arrival_mid, at=order.started_at)


def _close(records: Records, order: OrderFacts, average: Decimal | None, missing: list[Missing]) -> Benchmark:
    close = records.close
    if close.mid is None:
        missing.append(Missing(figure="benchmarks.market_close", reason=NO_CLOSE if close.is_due else NOT_YET))
    found = against(BenchmarkName.CLOSE, side=order.side, average=average, price=close.mid, at=close.at)
    return found if close.is_due else found.pending(close.at)


def _market(market: Market | None, fills: list[PricedFill]) -> MarketRecord | None:
    if market is None:
        return None
    own = [fill for fill in fills if market.start <= fill.at < market.end]
    return MarketRecord(
        start=market.start,
        end=market.end,
        seconds=market.seconds,
        seconds_with_mid=len(market.mids),
        volume=tidy(total_of(volume.quantity for volume in market.volumes)),
        own_volume=tidy(quantity_of(own)),
        venues=tuple(volume.venue for volume in market.volumes),
    )


def _profit(order: OrderFacts, fills: list[PricedFill], fees: Decimal | None) -> Profit:
    unrealized: Decimal | None = Decimal(0)
    if fills:
        unrealized = None
        if order.end_mid is not None:
            worth = EXACT.multiply(quantity_of(fills), order.end_mid)
            unrealized = tidy(EXACT.multiply(order.side.sign, EXACT.subtract(worth, notional_of(fills))))
    return Profit(realized=None if fees is None else -fees, unrealized=unrealized)


def _missing_dollars(order: OrderFacts) -> list[Missing]:
    if order.quote in USD_CURRENCIES:
        return []
    reason = f"The rate of {order.quote} in dollars was not measured: amounts are given in {order.quote}."
    return [Missing(figure=figure, reason=reason) for figure in ("costs", "pnl")]


def _missing_quality(has_fills: bool, latency: quality.Latency | None, profit: Profit) -> list[Missing]:
    found = []
    if latency is None:
        found.append(Missing(figure="latency_ms", reason=NO_ACKNOWLEDGEMENT))
    if not has_fills:
        names = ("execution_quality.arrival_slippage_bps", "execution_quality.vwap_slippage_bps", "execution_quality.passive_ratio")
        found += [Missing(figure=name, reason=NOTHING_FILLED) for name in names]
    if profit.unrealized is None:
        found.append(Missing(figure="pnl.unrealized", reason=NO_END))
    return found


def _gaps(market: Market | None) -> list[Missing]:
    """Name the seconds of the interval for which no book was recorded."""
    if market is None or not market.mids or len(market.mids) >= market.seconds:
        return []
    lacking = market.seconds - len(market.mids)
    return [Missing(figure="market.mids", reason=f"{lacking} of {market.seconds} seconds have no book: the interval TWAP leaves them out.")]


def _tidy(value: Decimal | None) -> Decimal | None:
    return None if value is None else tidy(value)
