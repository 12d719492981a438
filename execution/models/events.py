"""The append-only log of every order."""

from django.db import models

from execution.models.orders import ParentOrder


class OrderEvent(models.Model):
    """One event of one order; each row's hash covers the row before it, and a trigger forbids changes."""

    parent = models.ForeignKey(ParentOrder, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=400)
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["parent_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["parent", "sequence"], name="event_sequence_has_no_fork")]

    def __str__(self) -> str:
        return f"{self.parent} #{self.sequence} {self.kind}"
