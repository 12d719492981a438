"""What a venue charges."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from dipmaster.domain.instruments import InstrumentKind
from execution.models.fields import AmountField, FeeField


class FeeSchedule(models.Model):
    """Fees per kind of instrument, basis points of the notional; negative is a rebate."""

    maker_fee_bps = FeeField(_("maker fee, bps"))
    taker_fee_bps = FeeField(_("taker fee, bps"))
    perpetual_maker_fee_bps = FeeField(_("maker fee of perpetuals, bps"), null=True, blank=True, help_text=_("Empty: as spot."))
    perpetual_taker_fee_bps = FeeField(_("taker fee of perpetuals, bps"), null=True, blank=True, help_text=_("Empty: as spot."))

    class Meta:
        abstract = True

    def fees_of(self, kind: str) -> tuple[Decimal, Decimal]:
        """Return maker and taker fee of a kind of instrument."""
        if kind != InstrumentKind.PERPETUAL.value:
            return self.maker_fee_bps, self.taker_fee_bps
        return _first(self.perpetual_maker_fee_bps, self.maker_fee_bps), _first(self.perpetual_taker_fee_bps, self.taker_fee_bps)


class FeeTier(FeeSchedule):
    """What a venue charges from a traded volume on. The one in force is named in the venue's row: accounts may trade elsewhere too."""

    venue = models.ForeignKey("execution.Venue", verbose_name=_("venue"), on_delete=models.CASCADE, related_name="fee_tiers")
    from_volume_usd = AmountField(
        _("from 30-day volume, USD"), validators=[MinValueValidator(0)], help_text=_("What the account traded in 30 days.")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("fee tier")
        verbose_name_plural = _("fee tiers")
        ordering = ["venue_id", "from_volume_usd"]
        constraints = [models.UniqueConstraint(fields=["venue", "from_volume_usd"], name="one_fee_tier_per_volume")]

    def __str__(self) -> str:
        fees = f"{self.maker_fee_bps.normalize():f} / {self.taker_fee_bps.normalize():f} bps"
        return f"{self.venue} from USD {self.from_volume_usd:,.0f}: {fees}"


def _first(fee: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if fee is None else fee
