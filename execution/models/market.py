"""Market data that is kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from execution.domain.impact import Estimate, ImpactCoefficients
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


class ImpactCoefficient(models.Model):
    """A fit of the square-root law of impact; rows are added, never changed, and the newest one of a currency counts."""

    class Origin(models.TextChoices):
        LAB = "lab", _("Lab metaorders")
        FILLS = "fills", _("Own finished orders")

    symbol = models.CharField(_("currency"), max_length=15, help_text=_("BTC stands for all its pairs, spot and perpetual."))
    origin = models.CharField(_("fitted on"), max_length=5, choices=Origin.choices)
    y = models.FloatField("Y", help_text=_("Of peak = Y sigma (Q/V)^delta."))
    y_error = models.FloatField(_("error of Y"))
    exponent = models.FloatField(_("exponent"))
    exponent_error = models.FloatField(_("error of the exponent"))
    covariance = models.FloatField(_("covariance of both"), default=0.0)
    decay_seconds = models.FloatField(_("decay, s"), null=True, blank=True)
    decay_error = models.FloatField(_("error of the decay, s"), null=True, blank=True)
    observations = models.PositiveIntegerField(_("executions"))
    source = models.CharField(_("source"), max_length=200)
    fitted_at = models.DateTimeField(_("fitted at"))

    class Meta:
        verbose_name = _("impact coefficients")
        verbose_name_plural = _("impact coefficients")
        ordering = ["-fitted_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(y__gt=0) & Q(exponent__gt=0), name="impact_grows_with_size"),
            models.CheckConstraint(condition=Q(y_error__gte=0) & Q(exponent_error__gte=0), name="impact_errors_are_not_negative"),
        ]
        indexes = [models.Index(fields=["symbol", "-fitted_at", "-id"], name="impact_by_symbol")]

    def __str__(self) -> str:
        return f"{self.symbol}: Y {self.y:.2f} ± {self.y_error:.2f}, {self.exponent:.2f} ± {self.exponent_error:.2f}"

    def to_domain(self) -> ImpactCoefficients:
        """Return the coefficients as cost models use them."""
        decay = None if self.decay_seconds is None else Estimate(value=self.decay_seconds, standard_error=self.decay_error or 0.0)
        return ImpactCoefficients(
            y=Estimate(value=self.y, standard_error=self.y_error),
            exponent=Estimate(value=self.exponent, standard_error=self.exponent_error),
            covariance=self.covariance,
            decay_seconds=decay,
            observations=self.observations,
            source=self.source,
        )
