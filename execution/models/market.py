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


class MarketDay(models.Model):
    """A UTC day of one instrument on one venue by the minute: what others traded, and the last mid."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="days")
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    known_minutes = models.PositiveSmallIntegerField(help_text="So many minutes of the day were read.")
    minutes = models.BinaryField(help_text="1440 volumes in base currency, then 1440 mids: 8-byte floats, low byte first, NaN for none.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "day", "venue"], name="one_row_per_market_day")]


class VolumeFit(models.Model):
    """What a day adds to the fit of an instrument's volume forecast: sums, so that no day is read twice."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="volume_fits")
    day = models.DateField()
    sums = models.BinaryField(help_text="8-byte floats, low byte first; see execution.market.learning.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "day"], name="one_volume_fit_per_day")]


class RawFrame(models.Model):
    """A private stream message as it came, kept before it is interpreted."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="raw_frames")
    received_at = models.DateTimeField()
    payload = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="raw_frames_by_time")]
