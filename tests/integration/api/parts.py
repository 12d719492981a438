"""Slices, child orders and fills as the engine would leave them."""

from datetime import timedelta

from django.utils import timezone

from execution.models import ChildOrder, Fill, ParentOrder, Slice, Venue


def add_parts(order_id: int, count: int = 1) -> None:
    """Give an order slices with one child and one fill each."""
    order, venue, now = ParentOrder.objects.get(pk=order_id), Venue.objects.get(name="okx"), timezone.now()
    for number in range(1, count + 1):
        part = Slice.objects.create(
            parent=order, number=number, quantity="0.1", start_at=now, end_at=now + timedelta(minutes=1), state="working"
        )
        child = ChildOrder.objects.create(
            slice=part, parent=order, venue=venue, number=1, client_order_id=f"c{order_id}x{number}", order_type="limit",
            time_in_force="PO", price="49999.5", quantity="0.1", reason="rest", mid_at_decision="50000", decided_at=now,
        )  # fmt: skip
        Fill.objects.create(
            child=child, parent=order, venue=venue, symbol="BTCUSDT", trade_id=f"{order_id}-{number}", price="49999.5", quantity="0.05",
            fee="0.5", fee_currency="USDT", fee_quote="0.5", is_maker=True, traded_at=now, recorded_at=now,
        )  # fmt: skip
