"""The checks of an order, each with a reason that says the figures and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from dipmaster.domain.money import BPS, bps_of
from dipmaster.domain.sides import Side
from risk.domain.decisions import Approved, Decision, RefusalCode, Refused
from risk.domain.holdings import Holding
from risk.domain.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What is asked: quantity in base currency, prices in quote currency; no price is a market order, no mid is no market."""

    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    mid: Decimal | None


def judge_order(trade: Trade, *, limits: Limits, desk: str, is_trading_enabled: bool) -> Decision:
    """Answer everything about a parent order that does not depend on other orders; its position is judged where it is reserved."""
    return _decide(trade, (check_trading(desk, is_trading_enabled), *_check_terms(trade, limits)))


def judge_child(
    trade: Trade,
    *,
    limits: Limits,
    desk: str,
    is_trading_enabled: bool,
    parent_remaining: Decimal,
    holding: Holding,
    venue: str = "",
    venue_room: Decimal | None = None,
) -> Decision:
    """Answer whether a child order may leave. Its parent's reservation already holds its quantity."""
    checks = (
        check_trading(desk, is_trading_enabled),
        check_parent(trade, parent_remaining),
        *_check_terms(trade, limits),
        check_position(trade, limits, holding),
        check_venue_position(trade, venue, venue_room),
    )
    return _decide(trade, checks)


def check_trading(desk: str, is_enabled: bool) -> Refused | None:
    """Refuse when the desk's trading is off."""
    if is_enabled:
        return None
    return _refused(
        RefusalCode.TRADING_DISABLED,
        f"Trading is switched off for the desk {desk}. Ask the administrator to enable it; cancels and queries still work.",
    )


def check_parent(trade: Trade, parent_remaining: Decimal) -> Refused | None:
    """Refuse a child that its parent has no quantity left for."""
    if trade.quantity <= parent_remaining:
        return None
    return _refused(
        RefusalCode.PARENT_QUANTITY,
        f"The child order of {_amount(trade.quantity)} {trade.symbol} is larger than the {_amount(parent_remaining)} "
        "that its order may still send. It was not sent; please report this.",
    )


def check_market(trade: Trade) -> Refused | None:
    """Refuse what cannot be valued."""
    if trade.mid is not None and trade.mid > 0:
        return None
    return _refused(
        RefusalCode.NO_MARKET, f"There is no fresh price of {trade.symbol} to value the order with. Send it again when market data is back."
    )


def check_quantity(trade: Trade, limits: Limits) -> Refused | None:
    """Refuse an order above the largest quantity."""
    limit = limits.max_order_quantity
    if limit is None or trade.quantity <= limit:
        return None
    return _refused(
        RefusalCode.ORDER_QUANTITY,
        f"{_amount(trade.quantity)} {trade.symbol} is more than the largest order of {_amount(limit)}. "
        f"Send at most {_amount(limit)}, or ask for a higher limit.",
    )


def check_notional(trade: Trade, limits: Limits) -> Refused | None:
    """Refuse an order whose value at the mid is above the largest one."""
    limit = limits.max_order_notional
    if limit is None or trade.mid is None or trade.quantity * trade.mid <= limit:
        return None
    return _refused(
        RefusalCode.ORDER_NOTIONAL,
        f"{_amount(trade.quantity)} {trade.symbol} is worth USD {_money(trade.quantity * trade.mid)} at the mid of {_amount(trade.mid)}, "
        f"more than the largest order of USD {_money(limit)}. Send less, or ask for a higher limit.",
    )


def check_collar(trade: Trade, limits: Limits) -> Refused | None:
    """Refuse a buy too far above the mid or a sell too far below it; the other direction costs nothing and passes."""
    collar = limits.price_collar_bps
    if collar is None or trade.price is None or trade.mid is None:
        return None
    edge = trade.mid * (1 + trade.side.sign * collar / BPS)
    if trade.side.sign * (trade.price - edge) <= 0:
        return None
    distance = abs(bps_of(trade.price - trade.mid, trade.mid))
    buys = trade.side is Side.BUY
    direction, bound = ("above", "at most") if buys else ("below", "at least")
    # Shown with so few digits that it lies on the tick too, rounded so that the shown price itself passes.
    shown_edge = Context(prec=5, rounding=ROUND_FLOOR if buys else ROUND_CEILING).plus(edge)
    return _refused(
        RefusalCode.PRICE_COLLAR,
        f"The price {_amount(trade.price)} is {distance:.1f} bps {direction} the mid of {_amount(trade.mid)}; a {trade.side} may be "
        f"{_amount(collar)} bps away. Use {bound} {_amount(shown_edge)}, or ask for a wider collar.",
    )


def check_position(trade: Trade, limits: Limits, holding: Holding) -> Refused | None:
    """Refuse a child when all that works on its side could carry the position past today's limit."""
    limit = limits.max_position_notional
    if limit is None or trade.mid is None:
        return None
    unreserved = max(trade.quantity - holding.reserved(trade.side), Decimal(0))
    if holding.worst_case(trade.side, unreserved) * trade.mid <= limit:
        return None
    return refuse_position(trade, limit=limit, holding=holding, further=unreserved)


def check_venue_position(trade: Trade, venue: str, room: Decimal | None) -> Refused | None:
    """Refuse a child that is larger than what the position limit of its venue leaves, base currency."""
    if room is None or trade.quantity <= room:
        return None
    return _refused(
        RefusalCode.POSITION_VENUE,
        f"{_amount(trade.quantity)} {trade.symbol} is more than the {_amount(max(room, Decimal(0)))} that the position limit of {venue} "
        "leaves. It was not sent; what the venue has no room for goes elsewhere.",
    )


def refuse_position(trade: Trade, *, limit: Decimal, holding: Holding, further: Decimal) -> Refused:
    """Say why the position limit (USD) leaves no room for `further`, base currency, on top of what is reserved."""
    mid = trade.mid or Decimal(0)
    worst = holding.worst_case(trade.side, further)
    return _refused(
        RefusalCode.POSITION_SYMBOL,
        f"The position of {_amount(holding.position)} {trade.symbol}, the {_amount(holding.reserved(trade.side))} that working "
        f"{trade.side} orders hold reserved and {_amount(further)} more could come to USD {_money(worst * mid)} at the mid of "
        f"{_amount(mid)}; the limit is USD {_money(limit)}. Send less, cancel working {trade.side} orders, or ask for a higher limit.",
    )


def _check_terms(trade: Trade, limits: Limits) -> Iterable[Refused | None]:
    return (check_market(trade), check_quantity(trade, limits), check_notional(trade, limits), check_collar(trade, limits))


def _decide(trade: Trade, checks: Iterable[Refused | None]) -> Decision:
    """Return the first refusal, else leave for the whole quantity."""
    return next((refusal for refusal in checks if refusal is not None), Approved(quantity=trade.quantity))


def _refused(code: RefusalCode, reason: str) -> Refused:
    return Refused(code=code, reason=reason)


def _amount(value: Decimal) -> str:
    """Write a figure without exponent and without trailing zeros."""
    return f"{value.normalize():f}" if value else "0"


def _money(value: Decimal) -> str:
    return f"{value:,.2f}"
