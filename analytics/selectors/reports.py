"""Reports as their desk sees them."""

from analytics.models import Report
from dipmaster.accounts.models import User
from execution.models import ParentOrder
from execution.selectors.orders import order_of


def report_of(user: User, order_id: int) -> tuple[ParentOrder, Report | None]:
    """Return an order of the user's desk and its report, if it has been built.

    Raises:
        OrderNotFound: there is none, or it belongs to another desk.
    """
    order = order_of(user, order_id)
    return order, Report.objects.filter(parent=order).first()
