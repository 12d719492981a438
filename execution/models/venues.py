"""Venues, instruments and the terms on which the one lists the other."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from dipmaster.domain import instruments
from dipmaster.domain.loopback import is_loopback
from execution.models.fees import FeeSchedule, FeeTier
from execution.models.fields import AmountField, FeeField

TRADE_LIVE = "execution.trade_live"
"""The permission to set a venue to live trading."""


class Venue(FeeSchedule):
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
    tier_in_force = models.ForeignKey(
        FeeTier,
        verbose_name=_("fee tier in force"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the fees above."),
    )
    min_order_notional = AmountField(
        _("smallest order, USD"), default=0, validators=[MinValueValidator(0)], help_text=_("On top of the venue's own minimum.")
    )
    max_order_notional = AmountField(_("largest order, USD"), null=True, blank=True, validators=[MinValueValidator(0)])
    max_position_notional = AmountField(
        _("largest position, USD"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Of each instrument in the account there, all desks together; what would add to it goes elsewhere. Empty: no limit."),
    )
    rate_limit = models.PositiveIntegerField(
        _("rate limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Request weight per window of the venue; empty: what the venue publishes."),
    )
    refusals = models.JSONField(
        _("what its codes prove"),
        default=dict,
        blank=True,
        help_text=_(
            "Only for a venue that DipMaster has no package for: its own code, and one of “no effect”, “duplicate”, “no such order”, "
            "“rate limited”. A code that is not named proves nothing."
        ),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True, help_text=_("Off: no new order goes there; cancels and queries still do."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["id"]
        permissions = [("trade_live", _("Can set venues to live trading"))]

    def __str__(self) -> str:
        return self.title

    @property
    def has_credentials(self) -> bool:
        """Tell whether there are keys to sign with."""
        try:
            return self.credential.is_complete
        except ObjectDoesNotExist:
            return False

    def clean(self) -> None:
        """Refuse at the field what trading would refuse later.

        Raises:
            ValidationError: live trading is off or has no keys, the address does not fit the mode, or the tier is another venue's.
        """
        errors: dict[str, str] = {}
        if self.mode == self.Mode.LIVE:
            if self.is_enabled and (reason := self._why_not_live()):
                errors["mode"] = reason
            if self.base_url:
                errors["base_url"] = gettext("A live venue is reached at its own address: leave this empty.")
        elif self.base_url and not is_loopback(self.base_url):
            errors["base_url"] = gettext("A paper venue is on this machine: 127.0.0.1, ::1 or localhost.")
        if self.tier_in_force is not None and self.tier_in_force.venue_id != self.pk:
            errors["tier_in_force"] = gettext("This tier belongs to another venue.")
        if errors:
            raise ValidationError(errors)

    def _why_not_live(self) -> str:
        if not settings.LIVE_TRADING:
            return gettext("Live trading is switched off on this server: set DIPMASTER_LIVE_TRADING=1 and start it again.")
        if not self.has_credentials:
            return gettext("Live trading needs an API key and secret: store them under venue credentials first.")
        return ""

    def fees_in_force(self, kind: str) -> tuple[Decimal, Decimal]:
        """Return maker and taker fee (bps) of a kind of instrument: of the tier in force, else of the venue."""
        return (self.tier_in_force or self).fees_of(kind)


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


class ListingQuerySet(models.QuerySet["Listing"]):
    """Rows of listings."""

    def with_terms(self) -> "ListingQuerySet":
        """Load in one query what `to_domain` reads."""
        return self.select_related("instrument", "venue__tier_in_force")


class Listing(models.Model):
    """The terms of one instrument on one venue, read from the venue."""

    venue = models.ForeignKey(Venue, verbose_name=_("venue"), on_delete=models.PROTECT, related_name="listings")
    instrument = models.ForeignKey(Instrument, verbose_name=_("instrument"), on_delete=models.PROTECT, related_name="listings")
    tick = AmountField(_("tick"))
    lot = AmountField(_("lot"))
    min_quantity = AmountField(_("smallest quantity"))
    max_quantity = AmountField(_("largest quantity"))
    min_notional = AmountField(_("smallest notional"))
    maker_fee_bps = FeeField(_("maker fee, bps"), null=True, blank=True, help_text=_("Empty: the venue's."))
    taker_fee_bps = FeeField(_("taker fee, bps"), null=True, blank=True, help_text=_("Empty: the venue's."))
    is_enabled = models.BooleanField(_("enabled"), default=True)
    history = HistoricalRecords()
    objects = ListingQuerySet.as_manager()

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
        """Return the pure value: the larger of both minimums; fees of this listing, else of the tier in force, else of the venue."""
        maker, taker = self.venue.fees_in_force(self.instrument.kind)
        return instruments.Listing(
            venue=self.venue.name,
            symbol=self.instrument.symbol,
            tick=self.tick,
            lot=self.lot,
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
            min_notional=max(self.min_notional, self.venue.min_order_notional),
            maker_fee_bps=maker if self.maker_fee_bps is None else self.maker_fee_bps,
            taker_fee_bps=taker if self.taker_fee_bps is None else self.taker_fee_bps,
            max_notional=self.venue.max_order_notional,
            max_position_notional=self.venue.max_position_notional,
        )
