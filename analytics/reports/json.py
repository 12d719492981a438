"""The standard execution report as JSON: the contract's keys, and more beside them.

This is the one place where amounts become JSON numbers. None where a figure could not be measured; `missing` says why.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from analytics.domain.alpha import Alpha, AlphaName
from analytics.domain.benchmarks import Benchmark, BenchmarkName
from analytics.domain.content import ChildFacts, FillFacts, ReportContent, ViolationFacts
from analytics.domain.exact import EXACT
from analytics.domain.quality import VenueShare
from analytics.domain.shortfall import Part
from analytics.domain.trajectory import Point, filled_points
from analytics.models import Report
from analytics.services.reports import content_from

_TIFS = {"PO": "POST_ONLY"}
_ALL = 12  # digits after the point that nothing traded here exceeds


def render(report: Report) -> dict[str, Any]:
    """Return the report as JSON values."""
    content = content_from(report)
    parts = {part.name: part for part in content.shortfall.parts}
    return {
        "orders": [_order(child, content) for child in content.children],
        "fills": [_fill(fill) for fill in content.fills],
        "costs": _costs(content, parts),
        "violations": [_violation(each) for each in content.violations],
        "pnl": _profit(content, parts["fees"]),
        "latency_ms": None if content.latency is None else _number(content.latency.mean_ms, 1),
        "execution_quality": _quality(content),
        "report": _identity(report, content),
        "parent": _parent(content),
        "shortfall": _shortfall(content, parts),
        "benchmarks": {each.name.value: _benchmark(each) for each in content.benchmarks},
        "execution_alpha": _alphas(content),
        "market": _market(content),
        "venues": [_venue(share) for share in content.venues],
        "trajectory": _trajectory(content),
        "missing": [{"figure": each.figure, "reason": each.reason} for each in content.missing],
    }


def _order(child: ChildFacts, content: ReportContent) -> dict[str, Any]:
    return {
        "venue": child.venue,
        "symbol": content.order.symbol,
        "side": content.order.side.value,
        "qty": _number(child.quantity),
        "tif": _TIFS.get(child.time_in_force, child.time_in_force),
        "order_type": child.order_type,
        "limit_price": _number(child.price),
        "slice_id": f"{child.slice_number:03d}",
        "parent_id": content.order.reference,
        "order_id": child.venue_order_id or None,
        "client_order_id": child.client_order_id,
        "reference": child.reference,
        "filled_qty": _number(child.filled_quantity),
        "state": child.state,
        "reason": child.reason,
        "decided_at": _time(child.decided_at),
        "latency_ms": _number(child.latency_ms, 1),
        "alpha_bps": None if child.alpha is None else _number(child.alpha.bps, 4),
        "refusal": {"code": child.refusal_code, "reason": child.refusal_reason} if child.refusal_code else None,
    }


def _fill(fill: FillFacts) -> dict[str, Any]:
    priced = fill.priced
    return {
        "order_id": fill.venue_order_id or fill.client_order_id,
        "price": _number(priced.price),
        "qty": _number(priced.quantity),
        "slippage_bps": _number(fill.slippage_bps, 4),
        "venue": priced.venue,
        "timestamp": _time(priced.at),
        "client_order_id": fill.client_order_id,
        "trade_id": fill.trade_id,
        "role": "maker" if priced.is_maker else "taker",
        "mid": _number(priced.mid),
        "fee": _number(priced.fee),
    }


def _costs(content: ReportContent, parts: dict[str, Part]) -> dict[str, Any]:
    """Give the costs: cents add up to the total; impact is null until there is a model of it, the drift is whole."""
    cents = {name: _usd(content, part.rounded) for name, part in parts.items()}
    return {
        "fees_usd": cents["fees"],
        "impact_bps": None,
        "spread_cost_usd": cents.get("spread"),
        "total_cost_usd": cents["total"],
        "total_cost_bps": _number(parts["total"].rounded_bps, 2),
        "delay_usd": cents["delay"],
        "drift_usd": cents.get("drift"),
        "trading_usd": cents.get("trading"),
        "opportunity_usd": cents["opportunity"],
        "basis": "implementation shortfall; positive is cost; basis points of quantity ordered times decision mid",
    }


def _profit(content: ReportContent, fees: Part) -> dict[str, Any]:
    """Give the order's own profit; realized is minus the fees, to the same cent."""
    realized = None if fees.rounded is None else -fees.rounded
    return {"realized": _usd(content, realized), "unrealized": _usd(content, content.profit.unrealized)}


def _quality(content: ReportContent) -> dict[str, Any]:
    def slippage(name: BenchmarkName) -> float | None:
        return _number(content.benchmark(name).slippage_bps, 4)

    return {
        "arrival_slippage_bps": slippage(BenchmarkName.ARRIVAL),
        "vwap_slippage_bps": slippage(BenchmarkName.VWAP),
        "fill_rate": _number(content.fill_rate, 6),
        "passive_ratio": _number(content.passive_ratio, 6),
        "twap_slippage_bps": slippage(BenchmarkName.TWAP),
        "latency_p95_ms": None if content.latency is None else _number(content.latency.p95_ms, 1),
        "acknowledged_orders": 0 if content.latency is None else content.latency.count,
    }


def _violation(violation: ViolationFacts) -> dict[str, Any]:
    return {"code": violation.code, "reason": violation.reason, "timestamp": _time(violation.at), "order": violation.child or None}


def _identity(report: Report, content: ReportContent) -> dict[str, Any]:
    return {
        "schema": content.schema,
        "computed_at": _time(report.computed_at),
        "order_version": report.order_version,
        "sha256": report.sha256,
        "environment": "paper" if content.order.is_paper else "live",
    }


def _parent(content: ReportContent) -> dict[str, Any]:
    order = content.order
    return {
        "id": order.reference,
        "client_order_id": order.client_order_id,
        "desk": order.desk,
        "trader": order.trader,
        "symbol": order.symbol,
        "base": order.base,
        "quote": order.quote,
        "side": order.side.value,
        "qty": _number(order.quantity),
        "filled_qty": _number(content.filled_quantity),
        "average_price": _number(content.average_price),
        "mode": order.mode,
        "algorithm": order.algorithm,
        "reasons": list(order.reasons),
        "notes": order.notes,
        "limit_price": _number(order.limit_price),
        "max_slippage_bps": _number(order.max_slippage_bps),
        "state": order.state,
        "slices": content.slices,
        "decided_at": _time(order.decided_at),
        "started_at": _time(order.started_at),
        "due_at": _time(order.due_at),
        "ended_at": _time(order.ended_at),
    }


def _shortfall(content: ReportContent, parts: dict[str, Part]) -> dict[str, Any]:
    order = content.order
    return {
        "currency": order.quote,
        "decision_value": _number(content.shortfall.decision_value, 8),
        "prices": {"decision": _number(order.decision_mid), "arrival": _number(order.arrival_mid), "end": _number(order.end_mid)},
        "parts": [{"name": name, "amount": _number(part.rounded, 2), "bps": _number(part.rounded_bps, 2)} for name, part in parts.items()],
    }


def _benchmark(benchmark: Benchmark) -> dict[str, Any]:
    return {
        "price": _number(benchmark.price),
        "slippage_bps": _number(benchmark.slippage_bps, 4),
        "at": _time(benchmark.at),
        "pending_until": _time(benchmark.pending_until),
    }


def _alphas(content: ReportContent) -> dict[str, Any]:
    return {
        "basis": "basis points of the value compared with, fees included; positive is saved; the books of the order's own decisions",
        "currency": content.order.quote,
        **{name.value: None if (alpha := content.alpha(name)) is None else _alpha(alpha, content) for name in AlphaName},
    }


def _alpha(alpha: Alpha, content: ReportContent) -> dict[str, Any]:
    return {
        "bps": _number(alpha.bps, 4),
        "saved": _number(alpha.saved, 2),
        "qty": _number(alpha.quantity),
        "coverage": _number(EXACT.divide(alpha.quantity, content.filled_quantity), 6),
        "average_price": _number(EXACT.divide(alpha.own, alpha.quantity)),
        "compared_price": _number(EXACT.divide(alpha.benchmark, alpha.quantity)),
        "moments": alpha.moments,
    }


def _market(content: ReportContent) -> dict[str, Any] | None:
    market = content.market
    if market is None:
        return None
    return {
        "start": _time(market.start),
        "end": _time(market.end),
        "seconds": market.seconds,
        "seconds_with_mid": market.seconds_with_mid,
        "volume": _number(market.volume),
        "own_volume": _number(market.own_volume),
        "venues": list(market.venues),
    }


def _venue(share: VenueShare) -> dict[str, Any]:
    return {
        "venue": share.venue,
        "role": share.role,
        "fills": share.fills,
        "qty": _number(share.quantity),
        "share": _number(share.share, 6),
        "average_price": _number(share.average_price),
        "spread_bps": _number(share.spread_bps, 4),
        "fee_bps": _number(share.fee_bps, 4),
    }


def _trajectory(content: ReportContent) -> dict[str, Any]:
    order = content.order
    fills = [fill.priced for fill in content.fills]
    filled = filled_points(fills, order.quantity, start=order.started_at or order.decided_at, end=order.ended_at)
    deviation = content.deviation
    return {
        "plan": [_point(point) for point in content.plan],
        "filled": [_point(point) for point in filled],
        "tolerance": _number(content.tolerance, 6),
        "largest_deviation": None if deviation is None else {"at": _time(deviation.at), "share": _number(deviation.share, 6)},
    }


def _point(point: Point) -> list[Any]:
    return [_time(point.at), _number(point.share, 6)]


def _usd(content: ReportContent, amount: Decimal | None) -> float | None:
    """Return an amount of the quote currency in dollars, to the cent; none when the quote currency is none."""
    return _number(amount, 2) if content.is_in_dollars else None


def _number(value: Decimal | None, places: int = _ALL) -> float | None:
    if value is None:
        return None
    return float(EXACT.quantize(value, Decimal(1).scaleb(-places))) + 0.0  # no minus zero


def _time(value: datetime | None) -> str | None:
    """Write a time in UTC, to the millisecond, or to the microsecond when it has them."""
    if value is None:
        return None
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return value.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
