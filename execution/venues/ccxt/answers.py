"""Read ccxt's unified structures, made with `number=str`: no float is between a venue and a Decimal."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import VenueOrder, VenueOrderStatus, VenuePosition
from execution.venues.ccxt.contracts import to_base

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES = {
    "open": VenueOrderStatus.OPEN,
    "canceling": VenueOrderStatus.OPEN,
    "closed": VenueOrderStatus.FILLED,
    "canceled": VenueOrderStatus.CANCELLED,
    "expired": VenueOrderStatus.CANCELLED,
    "rejected": VenueOrderStatus.REJECTED,
}


class UnreadableAnswer(ValueError):
    """The answer is not what the protocol promises; nothing is proven."""


def read_acknowledgement(answer: Any, *, client_order_id: str) -> VenueOrder:
    """Read an answer that says no more than that the venue has the order: it is open until the venue says otherwise.

    Raises:
        UnreadableAnswer: it names no order, or another one.
    """
    order = mapping(answer)
    if order.get("clientOrderId"):
        require_ours(order["clientOrderId"], client_order_id)
    return open_order(client_order_id, text(order, "id"))


def read_order(answer: Any, market: Any, *, client_order_id: str, is_named: bool = False) -> VenueOrder:
    """Read an order structure, without executions; `is_named` when it was asked for by the venue's id, and need not name ours.

    Raises:
        UnreadableAnswer: it is not an order, or not the one that was asked for.
    """
    order = mapping(answer)
    if order.get("clientOrderId") or not is_named:
        require_ours(order.get("clientOrderId"), client_order_id)
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=text(order, "id"),
        status=status_of(order.get("status"), STATUSES),
        filled_quantity=to_base(decimal(order, "filled"), market),
    )


def read_trade(answer: Any, market: Any, *, venue: str, symbol: str, client_order_id: str | None) -> Execution:
    """Read a trade structure of the account's own.

    Raises:
        UnreadableAnswer: a figure is missing.
    """
    trade = mapping(answer)
    fee = mapping(trade.get("fee") or {})
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(trade, "id"),
        client_order_id=client_order_id,
        venue_order_id=text(trade, "order"),
        side=read_side(trade.get("side")),
        price=decimal(trade, "price"),
        quantity=to_base(decimal(trade, "amount"), market),
        fee=decimal(fee, "cost") if fee.get("cost") is not None else Decimal(0),
        fee_currency=str(fee.get("currency") or market["quote"]),
        is_maker=trade.get("takerOrMaker") == "maker",
        traded_at=moment(trade.get("timestamp")),
    )


def read_position(answer: Any, market: Any) -> VenuePosition | None:
    """Read a position structure; none when it is flat or in something that the desk does not trade."""
    position = mapping(answer)
    symbol = house_symbol(market["symbol"])
    quantity = to_base(abs(decimal(position, "contracts")), market)
    if symbol is None or not quantity:
        return None
    return VenuePosition(
        symbol=symbol,
        quantity=-quantity if position.get("side") == "short" else quantity,
        entry_price=decimal(position, "entryPrice"),
        leverage=optional_decimal(position, "leverage"),
        unrealised=optional_decimal(position, "unrealizedPnl"),
    )


def read_balances(answer: Any) -> dict[str, Decimal]:
    """Read a balance structure: totals by currency, zeros left out."""
    totals = mapping(mapping(answer).get("total") or {})
    owned = {currency: decimal(totals, currency) for currency, amount in totals.items() if amount is not None}
    return {currency: amount for currency, amount in owned.items() if amount}


def house_symbol(name: str) -> str | None:
    """Return the house symbol of one of ccxt's; none for what the desk does not trade (dated futures, inverse perpetuals)."""
    try:
        return parse_symbol(name).symbol
    except UnknownSymbol:
        return None


def require_ours(told: object, client_order_id: str) -> None:
    """Check that a venue's answer names the order that was asked about.

    Raises:
        UnreadableAnswer: it names another one, or none.
    """
    if told != client_order_id:
        raise UnreadableAnswer(f"the answer is about {told!r}, not about {client_order_id}")


def status_of(told: object, statuses: Mapping[str, VenueOrderStatus]) -> VenueOrderStatus:
    """Return what a venue's word for an order's state means.

    Raises:
        UnreadableAnswer: it is none of the venue's words.
    """
    status = statuses.get(str(told))
    if status is None:
        raise UnreadableAnswer(f"the order's state is {told!r}")
    return status


def open_order(client_order_id: str, venue_order_id: str) -> VenueOrder:
    """Return an order of which the venue has said no more than that it has it: open until it says otherwise."""
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=venue_order_id,
        status=VenueOrderStatus.OPEN,
        filled_quantity=Decimal(0),
    )


def json_object(body: str) -> Mapping[str, Any] | None:
    """Return the JSON object that a body is; none when it is anything else, such as a page of HTML or half an answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def mapping(answer: Any) -> Mapping[str, Any]:
    """Return an object as it is.

    Raises:
        UnreadableAnswer: it is none.
    """
    if not isinstance(answer, Mapping):
        raise UnreadableAnswer(f"not an object: {str(answer)[:200]}")
    return answer


def rows(answer: Any) -> Sequence[Any]:
    """Return a list as it is.

    Raises:
        UnreadableAnswer: it is none.
    """
    if not isinstance(answer, list):
        raise UnreadableAnswer(f"not a list: {str(answer)[:200]}")
    return answer


def text(raw: Mapping[str, Any], name: str) -> str:
    """Return a field that must be there.

    Raises:
        UnreadableAnswer: it is missing or empty.
    """
    value = raw.get(name)
    if value in (None, ""):
        raise UnreadableAnswer(f"{name} is missing: {str(raw)[:200]}")
    return str(value)


def decimal(raw: Mapping[str, Any], name: str) -> Decimal:
    """Return a figure exactly.

    Raises:
        UnreadableAnswer: it is missing, not finite, or has been a float.
    """
    value = raw.get(name)
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise UnreadableAnswer(f"{name} is {value!r}, not a decimal in a string")
    return number


def optional_decimal(raw: Mapping[str, Any], name: str) -> Decimal | None:
    """Return a figure exactly, none when the venue does not tell it.

    Raises:
        UnreadableAnswer: it is there and unreadable.
    """
    return None if raw.get(name) in (None, "") else decimal({name: str(raw[name])}, name)


def moment(milliseconds: Any) -> datetime:
    """Return the time of a stamp in milliseconds.

    Raises:
        UnreadableAnswer: it is none.
    """
    try:
        return EPOCH + timedelta(milliseconds=int(milliseconds))
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableAnswer(f"{milliseconds!r} is not a time in milliseconds") from error


def milliseconds(at: datetime) -> int:
    """Return the stamp of a moment in milliseconds."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def read_side(value: Any) -> Side:
    """Return a side.

    Raises:
        UnreadableAnswer: it is none.
    """
    if value not in ("buy", "sell"):
        raise UnreadableAnswer(f"the side is {value!r}")
    return Side(value)
