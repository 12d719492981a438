"""Experiments of the lab."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import Desk


class Experiment(models.Model):
    """What is measured, how far it has come, and what came out. The row is the queue: who claims it runs it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="experiments")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="experiments", help_text="None: the command line."
    )
    settings = models.JSONField(help_text="Symbols, algorithms, sizes, minutes, paths, seed, source.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    is_cancel_requested = models.BooleanField(default=False)
    paths_done = models.PositiveIntegerField(default=0)
    paths_in_all = models.PositiveIntegerField(help_text="Paths of all symbols.")
    results = models.JSONField(default=list, help_text="One row per symbol, size and algorithm.")
    error = models.TextField(blank=True)
    code_version = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True, help_text="Last sign of life of who runs it.")
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many workers began it.")
    claim = models.CharField(max_length=36, blank=True, help_text="Who runs it; an older holder's writing is void.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="experiment_state_is_known"
            ),
            models.CheckConstraint(condition=Q(paths_in_all__gt=0), name="experiment_has_paths"),
            models.CheckConstraint(condition=Q(paths_done__lte=F("paths_in_all")), name="experiment_paths_done_are_among_all"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="experiment_that_ended_says_when",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="experiment_that_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["desk", "-id"], name="experiments_of_a_desk"),
            models.Index(fields=["state"], name="experiments_to_run", condition=Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Return the name that people use: E-7."""
        return f"E-{self.pk}"

    @property
    def is_live(self) -> bool:
        """Tell whether it may still change."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def duration(self) -> timedelta | None:
        """Return how long it took; none before its end, or when it never began."""
        return None if self.started_at is None or self.finished_at is None else self.finished_at - self.started_at
