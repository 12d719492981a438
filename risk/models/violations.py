"""Refusals and breaches, stored as they happen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import Desk


class Violation(models.Model):
    """One refusal or breach. `order_reference` names the parent (P-42) or is empty when the order was never stored."""

    desk = models.ForeignKey(Desk, verbose_name=_("desk"), on_delete=models.PROTECT, related_name="violations")
    at = models.DateTimeField(_("time"))
    code = models.CharField(_("code"), max_length=40)
    reason = models.TextField(_("reason"))
    symbol = models.CharField(_("symbol"), max_length=30)
    order_reference = models.CharField(_("order"), max_length=30, blank=True, db_index=True)
    child_reference = models.CharField(_("child order"), max_length=40, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.code} {self.order_reference}"
