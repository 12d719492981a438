"""The end of an order."""

from decimal import Decimal

import structlog
from celery import current_app
from django.db import transaction

from dipmaster.domain.sides import Side
from execution.domain.lifecycle import OrderState, move_order
from execution.models import ParentOrder
from execution.services.change import Change
from risk.services import exposure

log = structlog.get_logger()

_WORDS = {
    OrderState.FILLED: "Filled",
    OrderState.CANCELLED: "Cancelled",
    OrderState.EXPIRED: "Time is over",
}


def complete(change: Change, order: ParentOrder, state: OrderState, *, mid: Decimal | None) -> None:
    """Move the order to its final state, free what it had reserved and have its report built."""
    order.state = move_order(OrderState(order.state), state)
    order.end_mid = mid
    order.completed_at = change.now
    order.next_review_at = None
    unused = max(order.remaining_quantity, Decimal(0))
    if unused:
        _release(order, unused)
    share = order.filled_quantity / order.quantity
    dust = f"; the rest of {unused.normalize():f} is below every venue's minimum" if unused and state is OrderState.FILLED else ""
    change.log(
        order,
        "completed",
        f"{_WORDS[state]}: {order.filled_quantity.normalize():f} of {order.quantity.normalize():f} {order.instrument.base} "
        f"({share:.2%}){dust}",
        state=state.value,
        filled=str(order.filled_quantity),
    )
    order_id = order.pk
    transaction.on_commit(lambda: current_app.send_task("analytics.build_report", args=[order_id]), robust=True)


def _release(order: ParentOrder, unused: Decimal) -> None:
    """Free what the order had reserved; a reservation that is not there is told, and keeps no order from its end."""
    try:
        exposure.release(desk_id=order.desk_id, symbol=order.instrument.symbol, side=Side(order.side), quantity=unused)
    except exposure.ReservationTooSmall:
        log.exception("end_without_reservation", order=order.reference, unused=str(unused))
