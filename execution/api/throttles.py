"""How often one user may ask. Cancel and pause are never throttled."""

from rest_framework.throttling import UserRateThrottle


class SubmitThrottle(UserRateThrottle):
    """New orders and resumptions of one user."""

    scope = "orders.submit"


class ReadThrottle(UserRateThrottle):
    """Reads of one user."""

    scope = "read"
