"""Finished execution reports."""

from django.db import models

from execution.models import ParentOrder


class Report(models.Model):
    """The one computation of an order's TCA; page, PDF and JSON are renderings of `content`."""

    parent = models.OneToOneField(ParentOrder, on_delete=models.PROTECT, related_name="report")
    computed_at = models.DateTimeField()
    order_version = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"TCA {self.parent}"
