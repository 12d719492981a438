"""Users and the desks they trade for."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Desk(models.Model):
    """A group of users who share orders, positions and limits."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    is_trading_enabled = models.BooleanField(
        _("trading enabled"), default=True, help_text=_("Off: no new order leaves; cancels and queries still work.")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person or API client; sees and acts on the orders of its own desk only."""

    desk = models.ForeignKey(Desk, verbose_name=_("desk"), on_delete=models.PROTECT, null=True, blank=True, related_name="members")

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
