"""Drop market data that is too old."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from execution.models import Bar, RawFrame

BATCH = 5_000


def drop_old_market_data(now: datetime) -> int:
    """Delete bars and raw frames older than settings.BAR_RETENTION_DAYS, in batches, and return how many went."""
    oldest = now - timedelta(days=settings.BAR_RETENTION_DAYS)
    return _drop(Bar, Q(at__lt=oldest)) + _drop(RawFrame, Q(received_at__lt=oldest))


def _drop(model: type[Bar] | type[RawFrame], old: Q) -> int:
    """Delete a batch at a time, so that no lock and no transaction lasts long."""
    dropped = 0
    while ids := list(model.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        dropped += model.objects.filter(pk__in=ids).delete()[0]
    return dropped
