"""Presets of an execution, kept by the administrator."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.registry import UnknownAlgorithm, get_algorithm
from execution.domain.strategy import Mode

_FIELD_OF_PARAMETER = {"participation_cap": "participation", "participation_rate": "participation"}


def _share(name: Any, **kwargs: Any) -> "models.FloatField[float, float]":
    return models.FloatField(name, validators=[MinValueValidator(0), MaxValueValidator(1)], **kwargs)


class ExecutionMode(models.Model):
    """A mode: which algorithm, and what its parameters are unless the ticket says otherwise."""

    name = models.SlugField(_("name"), max_length=30, unique=True, help_text=_("Orders and programs name the mode by it; it stays."))
    title = models.CharField(_("title"), max_length=40)
    summary = models.CharField(_("for"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("place in the list"), default=0)
    is_enabled = models.BooleanField(_("enabled"), default=True, help_text=_("New orders may use it."))
    algorithm = models.CharField(_("algorithm"), max_length=30)
    participation = models.FloatField(
        _("participation"),
        validators=[MinValueValidator(0.001), MaxValueValidator(0.9)],
        help_text=_("Share of the market volume, own trades included: 0.15 is 15 %."),
    )
    risk_aversion = _share(_("risk aversion"), help_text=_("0 to 1; the desk's label for its appetite."))
    urgency = _share(_("urgency"), help_text=_("0 slow and cheap, 1 fast and dear."))
    patience = _share(_("patience"), help_text=_("Share of a slice's time that is spent resting before what is left of it is crossed."))
    slice_interval_seconds = models.FloatField(
        _("time per slice, s"), validators=[MinValueValidator(3), MaxValueValidator(3600)], help_text=_("3 to 3600 seconds.")
    )
    randomise = _share(_("randomise"), help_text=_("By how much sizes and times of slices vary."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("execution mode")
        verbose_name_plural = _("execution modes")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Check the algorithm, and what the mode says about its parameters against their ranges.

        Raises:
            ValidationError: with an error at each field that is wrong.
        """
        super().clean()
        try:
            known = get_algorithm(self.algorithm).parameters
        except UnknownAlgorithm as unknown:
            if ExecutionMode.objects.filter(pk=self.pk, algorithm=self.algorithm).exists():
                return  # one that this version has no more or not yet: it falls back and may stay
            raise ValidationError({"algorithm": str(unknown)}) from unknown
        errors: dict[str, str] = {}
        wanted = {name: value for name, value in self.to_domain().parameters.items() if value is not None}
        for parameter in known:
            try:
                parameter.read(wanted.get(parameter.name))
            except InvalidParameter as invalid:
                errors[_FIELD_OF_PARAMETER.get(parameter.name, parameter.name)] = f"{parameter.title}: {invalid.message}"
        if errors:
            raise ValidationError(errors)

    def to_domain(self) -> Mode:
        """Return the preset that the strategy decision takes."""
        return Mode(
            title=self.title,
            algorithm=self.algorithm,
            participation=self.participation,
            risk_aversion=self.risk_aversion,
            urgency=self.urgency,
            patience=self.patience,
            slice_interval_seconds=self.slice_interval_seconds,
            randomise=self.randomise,
            summary=self.summary,
        )
