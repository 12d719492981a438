"""Orders as their desk sees them."""

from django.db.models import QuerySet

from dipmaster.accounts.models import User
from execution.models import ParentOrder


class OrderNotFound(LookupError):
    """The user's desk has no such order."""


def orders_of(user: User) -> QuerySet[ParentOrder]:
    """Return the orders of the user's desk, newest first; none without a desk."""
    if user.desk_id is None:
        return ParentOrder.objects.none()
    return ParentOrder.objects.filter(desk_id=user.desk_id).select_related("instrument", "trader", "desk")


def order_of(user: User, order_id: int) -> ParentOrder:
    """Return one order of the user's desk.

    Raises:
        OrderNotFound: there is none, or it belongs to another desk.
    """
    try:
        return orders_of(user).get(pk=order_id)
    except (ParentOrder.DoesNotExist, OverflowError) as error:
        raise OrderNotFound(f"order {order_id} is not among the orders of this desk") from error
