"""Venues, instruments and the terms on which the one lists the other."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from dipmaster.domain import instruments
from dipmaster.domain.loopback import is_loopback
from execution.models.fields import AmountField


class Venue(models.Model):
    """An exchange, reached through ccxt."""

    class Mode(models.TextChoices):
        PAPER = "paper", _("Paper")
        LIVE = "live", _("Live")

    name = models.SlugField(_("name"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=40)
    ccxt_id = models.CharField(_("ccxt id"), max_length=40, help_text=_("The ccxt class that speaks the venue's protocol."))
    mode = models.CharField(_("mode"), max_length=5, choices=Mode.choices, default=Mode.PAPER)
    base_url = models.URLField(
        _("base URL"), blank=True, help_text=_("Paper venues only; empty: the desk's own paper exchange. Loopback addresses only.")
    )
    maker_fee_bps = models.DecimalField(_("maker fee, bps"), max_digits=7, decimal_places=3)
    taker_fee_bps = models.DecimalField(_("taker fee, bps"), max_digits=7, decimal_places=3)
    min_order_notional = AmountField(
        _("smallest order, USD"), default=0, validators=[MinValueValidator(0)], help_text=_("On top of the venue's own minimum.")
    )
    max_order_notional = AmountField(_("largest order, USD"), null=True, blank=True, validators=[MinValueValidator(0)])
    is_enabled = models.BooleanField(_("enabled"), default=True, help_text=_("Off: no new order goes there; cancels and queries still do."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse at the field what trading would refuse later.

        Raises:
            ValidationError: the venue is live, or its address is not on this machine.
        """
        errors = {}
        if self.mode == self.Mode.LIVE:
            errors["mode"] = _("Live trading is not part of this version: choose paper.")
        if self.base_url and not is_loopback(self.base_url):
            errors["base_url"] = _("A paper venue is on this machine: 127.0.0.1, ::1 or localhost.")
        if errors:
            raise ValidationError(errors)


class Instrument(models.Model):
    """A tradable pair."""

    symbol = models.CharField(_("symbol"), max_length=30, unique=True)
    base = models.CharField(_("base currency"), max_length=15)
    quote = models.CharField(_("quote currency"), max_length=15)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=[(instruments.InstrumentKind.SPOT.value, _("Spot")), (instruments.InstrumentKind.PERPETUAL.value, _("Perpetual"))],
        default=instruments.InstrumentKind.SPOT.value,
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["symbol"]

    def __str__(self) -> str:
        return self.symbol


class Listing(models.Model):
    """The terms of one instrument on one venue, read from the venue."""

    venue = models.ForeignKey(Venue, verbose_name=_("venue"), on_delete=models.PROTECT, related_name="listings")
    instrument = models.ForeignKey(Instrument, verbose_name=_("instrument"), on_delete=models.PROTECT, related_name="listings")
    tick = AmountField(_("tick"))
    lot = AmountField(_("lot"))
    min_quantity = AmountField(_("smallest quantity"))
    max_quantity = AmountField(_("largest quantity"))
    min_notional = AmountField(_("smallest notional"))
    is_enabled = models.BooleanField(_("enabled"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.UniqueConstraint(fields=["venue", "instrument"], name="one_listing_per_venue_and_instrument"),
            models.CheckConstraint(condition=models.Q(tick__gt=0, lot__gt=0), name="listing_steps_are_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} at {self.venue}"

    def to_domain(self) -> instruments.Listing:
        """Return the pure value, with the venue's fees and the larger of both minimums."""
        return instruments.Listing(
            venue=self.venue.name,
            symbol=self.instrument.symbol,
            tick=self.tick,
            lot=self.lot,
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
            min_notional=max(self.min_notional, self.venue.min_order_notional),
            maker_fee_bps=self.venue.maker_fee_bps,
            taker_fee_bps=self.venue.taker_fee_bps,
            max_notional=self.venue.max_order_notional,
        )
