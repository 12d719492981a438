"""Market data that is kept."""

from django.db import models
from django.db.models import Q

from execution.models.fields import AmountField
from execution.models.venues import Instrument, Venue


class Bar(models.Model):
    """One second of one instrument on one venue: the last touch and what traded; none where nothing was seen."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="bars")
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="bars")
    at = models.DateTimeField(help_text="Start of the second.")
    bid = AmountField(null=True)
    ask = AmountField(null=True)
    volume = AmountField(default=0)
    notional = AmountField(default=0)
    trades = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "at", "venue"], name="one_bar_per_second"),
            models.CheckConstraint(condition=Q(volume__gte=0), name="bar_volume_is_not_negative"),
        ]


class RawFrame(models.Model):
    """A private stream message as it came, kept before it is interpreted."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="raw_frames")
    received_at = models.DateTimeField()
    payload = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="raw_frames_by_time")]
