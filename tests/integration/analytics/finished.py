"""Finished orders, written through the models as the engine leaves them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.accounts.models import User
from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.models import Bar, ChildOrder, Fill, Instrument, OrderEvent, ParentOrder, Slice, Venue

D = Decimal
START = datetime(2025, 8, 19, 13, 5, tzinfo=UTC)
END = START + timedelta(minutes=2)
NOW = END + timedelta(seconds=10, microseconds=123456)
MID = D("60000")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One fill to be: seconds after the start, venue, price, quantity, mid."""

    at: float
    venue: str
    price: str
    quantity: str
    mid: str | None
    is_maker: bool = True
    fee_quote: str | None = None


TRADES = (
    Trade(at=12, venue="binance", price="60000.00", quantity="0.15", mid="60000.50"),
    Trade(at=41, venue="okx", price="60004.00", quantity="0.15", mid="60004.25"),
    Trade(at=75, venue="binance", price="60007.00", quantity="0.10", mid="60006.50", is_maker=False),
    Trade(at=119, venue="okx", price="60010.00", quantity="0.08", mid="60009.00", is_maker=False),
)


def finished_order(trader: User, trades: tuple[Trade, ...] = TRADES, **changes: Any) -> ParentOrder:
    """Write a 0.5 BTC buy of two minutes with its plan, slices, children, fills and bars."""
    order = _order(trader, **changes)
    parts = [_slice(order, number) for number in range(4)]
    plan = [["0.125", part.start_at.isoformat(), part.end_at.isoformat()] for part in parts]
    OrderEvent.objects.create(parent=order, sequence=1, at=START, kind="planned", text="4 slices", payload={"slices": plan}, hash="h")
    venues = {venue.name: venue for venue in Venue.objects.all()}
    for number, trade in enumerate(trades, start=1):
        fill(order, parts[min(int(trade.at // 30), 3)], venues[trade.venue], number, trade)
    _add_up(order)
    bars(order.instrument, trades)
    return order


def _order(trader: User, **changes: Any) -> ParentOrder:
    fields: dict[str, Any] = {
        "desk": trader.desk,
        "trader": trader,
        "instrument": Instrument.objects.get(symbol="BTCUSDT"),
        "client_order_id": f"order-{ParentOrder.objects.count()}",
        "request_hash": "-",
        "side": "buy",
        "quantity": D("0.5"),
        "mode": "conservative",
        "algorithm": "twap",
        "decision_reasons": ["Conservative prefers TWAP."],
        "start_at": START,
        "end_at": END,
        "state": OrderState.EXPIRED,
        "version": 7,
        "decision_mid": MID - 5,
        "arrival_mid": MID,
        "end_mid": D("60009.50"),
        "created_at": START - timedelta(milliseconds=400),
        "started_at": START,
        "completed_at": END,
    }
    return ParentOrder.objects.create(**(fields | changes))


def _slice(order: ParentOrder, number: int) -> Slice:
    start, end = after(30 * number), after(30 * (number + 1))
    return Slice.objects.create(parent=order, number=number + 1, quantity=D("0.125"), start_at=start, end_at=end, state=SliceState.DONE)


def fill(order: ParentOrder, part: Slice, venue: Venue, number: int, trade: Trade) -> Fill:
    """Write a child that was filled by one trade."""
    decided = after(trade.at) - timedelta(seconds=5)
    child = ChildOrder.objects.create(
        slice=part,
        parent=order,
        venue=venue,
        number=number,
        client_order_id=f"c{order.pk}n{number}",
        venue_order_id=f"90{number}",
        order_type="limit",
        time_in_force="PO" if trade.is_maker else "IOC",
        price=D(trade.price),
        quantity=D(trade.quantity),
        filled_quantity=D(trade.quantity),
        state=ChildState.FILLED,
        reason="joins the best bid",
        mid_at_decision=MID,
        decided_at=decided,
        acknowledged_at=decided + timedelta(milliseconds=40 + 10 * number),
    )
    fee = D(trade.price) * D(trade.quantity) * D("0.001")
    is_third_currency = trade.fee_quote == "third"
    return Fill.objects.create(
        child=child,
        parent=order,
        venue=venue,
        symbol="BTCUSDT",
        trade_id=f"t{order.pk}-{number}",
        price=D(trade.price),
        quantity=D(trade.quantity),
        fee=fee,
        fee_currency="BNB" if is_third_currency else "USDT",
        fee_quote=None if is_third_currency else fee,
        is_maker=trade.is_maker,
        mid=None if trade.mid is None else D(trade.mid),
        traded_at=after(trade.at),
        recorded_at=after(trade.at),
    )


def _add_up(order: ParentOrder) -> None:
    fills = list(order.fills.all())
    order.filled_quantity = sum((each.quantity for each in fills), D(0))
    order.filled_notional = sum((each.quantity * each.price for each in fills), D(0))
    order.fees_quote = sum((each.fee_quote or D(0) for each in fills), D(0))
    order.save()


def bars(instrument: Instrument, trades: tuple[Trade, ...], *, seconds: int = 120) -> None:
    """Write one bar per second and venue: the mid rises 0.1 a second, others trade 0.5 a second at the mid, our trades come on top."""
    rows: list[Bar] = []
    for venue in Venue.objects.all():
        for second in range(seconds):
            mid = MID + D(second) / 10
            ours = [trade for trade in trades if trade.venue == venue.name and int(trade.at) == second]
            volume = D("0.5") + sum((D(trade.quantity) for trade in ours), D(0))
            notional = D("0.5") * mid + sum((D(trade.quantity) * D(trade.price) for trade in ours), D(0))
            rows.append(
                Bar(
                    venue=venue,
                    instrument=instrument,
                    at=after(second),
                    bid=mid - D("0.5"),
                    ask=mid + D("0.5"),
                    volume=volume,
                    notional=notional,
                    trades=1,
                )
            )
    Bar.objects.bulk_create(rows, ignore_conflicts=True)
