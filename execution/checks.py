"""Settings that would stop trading silently."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

LEAST_MARGIN_SECONDS = 1.0


@register()
def leases_outlast_calls(**_: Any) -> list[Error]:
    """Refuse a lease in which no order could ever be sent: it must outlast a venue's time-out."""
    if settings.LEASE_SECONDS >= settings.VENUE_TIMEOUT_SECONDS + LEAST_MARGIN_SECONDS:
        return []
    text = f"LEASE_SECONDS ({settings.LEASE_SECONDS:g}) must exceed VENUE_TIMEOUT_SECONDS ({settings.VENUE_TIMEOUT_SECONDS:g}) by a second."
    return [Error(text, hint="Raise LEASE_SECONDS, or lower VENUE_TIMEOUT_SECONDS.", id="execution.E001")]
