"""The risk gate: nothing is sent without its approval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from dipmaster.accounts.models import Desk
from dipmaster.domain.sides import Side
from risk.domain.decisions import Approved, Decision, Refused
from risk.domain.holdings import Holding
from risk.domain.limits import Limits
from risk.domain.rules import Trade, judge_child, judge_order, refuse_position
from risk.selectors.exposure import holding_of, holdings_of
from risk.selectors.limits import effective_limits, limits_of
from risk.services.exposure import reserve


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRequest:
    """A child order that wants to leave. No price is a market order; `parent_remaining` is what its parent may still send.

    `venue_room` is what the position limit of its venue leaves, none without one; it was read under the lock of that limit.
    """

    desk_id: int
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    mid: Decimal | None
    parent_remaining: Decimal
    venue: str = ""
    venue_room: Decimal | None = None

    def to_trade(self) -> Trade:
        """Return what the rules judge."""
        return Trade(symbol=self.symbol, side=self.side, quantity=self.quantity, price=self.price, mid=self.mid)


def admit_order(
    *, desk_id: int, symbol: str, side: Side, quantity: Decimal, mid: Decimal | None, limit_price: Decimal | None, now: datetime
) -> Decision:
    """Judge a parent order and, when it is approved, reserve its quantity in the caller's transaction.

    `now` is for rules that look at time; today's do not.
    """
    return admit_amendment(
        desk_id=desk_id, symbol=symbol, side=side, quantity=quantity, further=quantity, mid=mid, limit_price=limit_price, now=now
    )


def admit_amendment(
    *,
    desk_id: int,
    symbol: str,
    side: Side,
    quantity: Decimal,
    further: Decimal,
    mid: Decimal | None,
    limit_price: Decimal | None,
    now: datetime,
) -> Decision:
    """Judge an order as it would be, whole, and reserve what it needs `further` in the caller's transaction."""
    desk = Desk.objects.get(pk=desk_id)
    limits = effective_limits(desk_id=desk_id, symbol=symbol)
    trade = Trade(symbol=symbol, side=side, quantity=quantity, price=limit_price, mid=mid)
    decision = judge_order(trade, limits=limits, desk=desk.name, is_trading_enabled=desk.is_trading_enabled)
    if isinstance(decision, Refused) or mid is None or further <= 0:
        return decision
    return _reserve(desk_id, replace(trade, quantity=further), mid, limits)


def admit_children(*, requests: Sequence[ChildRequest], now: datetime) -> list[Decision]:
    """Judge child orders, in the order given, in three queries however many there are."""
    if not requests:
        return []
    scopes = {(request.desk_id, request.symbol) for request in requests}
    desks = Desk.objects.in_bulk({desk_id for desk_id, _ in scopes})
    limits = limits_of(scopes)
    holdings = holdings_of(desk_ids=desks, symbols={symbol for _, symbol in scopes})
    return [
        judge_child(
            request.to_trade(),
            limits=limits[request.desk_id, request.symbol],
            desk=desks[request.desk_id].name,
            is_trading_enabled=desks[request.desk_id].is_trading_enabled,
            parent_remaining=request.parent_remaining,
            holding=holdings.get((request.desk_id, request.symbol), Holding()),
            venue=request.venue,
            venue_room=request.venue_room,
        )
        for request in requests
    ]


def _reserve(desk_id: int, trade: Trade, mid: Decimal, limits: Limits) -> Decision:
    limit = limits.max_position_notional
    reserved = reserve(desk_id=desk_id, symbol=trade.symbol, side=trade.side, quantity=trade.quantity, mid=mid, max_position_notional=limit)
    if reserved or limit is None:
        return Approved(quantity=trade.quantity)
    holding = holding_of(desk_id=desk_id, symbol=trade.symbol)
    return refuse_position(trade, limit=limit, holding=holding, further=trade.quantity)
