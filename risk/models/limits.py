"""Limits, kept with their history."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from dipmaster.accounts.models import Desk
from risk.domain.limits import Limits, ScopedLimits


class RiskLimit(models.Model):
    """Limits of a scope. An empty desk or symbol means all; for each figure the most specific row that sets it wins."""

    desk = models.ForeignKey(Desk, verbose_name=_("desk"), on_delete=models.CASCADE, null=True, blank=True, related_name="limits")
    symbol = models.CharField(_("symbol"), max_length=30, blank=True, help_text=_("Empty: every symbol."))
    max_order_quantity = models.DecimalField(
        _("largest order, base"), max_digits=36, decimal_places=18, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    max_order_notional = models.DecimalField(
        _("largest order, USD"), max_digits=36, decimal_places=18, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    price_collar_bps = models.DecimalField(
        _("price collar, bps from mid"), max_digits=9, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    max_position_notional = models.DecimalField(
        _("largest position, USD"), max_digits=36, decimal_places=18, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("risk limit")
        verbose_name_plural = _("risk limits")
        constraints = [
            models.UniqueConstraint(fields=["desk", "symbol"], name="one_limit_row_per_scope", nulls_distinct=False),
            models.CheckConstraint(
                condition=(Q(max_order_quantity__isnull=True) | Q(max_order_quantity__gte=0))
                & (Q(max_order_notional__isnull=True) | Q(max_order_notional__gte=0))
                & (Q(price_collar_bps__isnull=True) | Q(price_collar_bps__gte=0))
                & (Q(max_position_notional__isnull=True) | Q(max_position_notional__gte=0)),
                name="limits_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk or _('all desks')} / {self.symbol or _('all symbols')}"

    def applies_to(self, desk_id: int, symbol: str) -> bool:
        """Tell whether the row counts for a desk's orders in a symbol."""
        return self.desk_id in (None, desk_id) and self.symbol in ("", symbol)

    def to_domain(self) -> ScopedLimits:
        """Return the pure value."""
        limits = Limits(
            max_order_quantity=self.max_order_quantity,
            max_order_notional=self.max_order_notional,
            price_collar_bps=self.price_collar_bps,
            max_position_notional=self.max_position_notional,
        )
        return ScopedLimits(is_for_desk=self.desk_id is not None, is_for_symbol=bool(self.symbol), limits=limits)
