"""What a desk holds and what its orders may still add."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import Desk
from risk.domain.holdings import Holding


class Exposure(models.Model):
    """Position and reservations of one desk in one symbol, base currency.

    Worst case long = position + reserved_buy; worst case short = position - reserved_sell.
    """

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="exposures")
    symbol = models.CharField(max_length=30)
    position = models.DecimalField(max_digits=36, decimal_places=18, default=0, help_text=_("Signed: bought minus sold through DipMaster."))
    reserved_buy = models.DecimalField(max_digits=36, decimal_places=18, default=0)
    reserved_sell = models.DecimalField(max_digits=36, decimal_places=18, default=0)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(fields=["desk", "symbol"], name="one_exposure_per_desk_and_symbol"),
            models.CheckConstraint(condition=Q(reserved_buy__gte=0) & Q(reserved_sell__gte=0), name="reservations_are_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.desk} {self.symbol} {self.position}"

    def to_domain(self) -> Holding:
        """Return the pure value."""
        return Holding(position=self.position, reserved_buy=self.reserved_buy, reserved_sell=self.reserved_sell)
