"""A new experiment: text from a browser to settings. What makes sense is the service's to say."""

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from analytics.domain.experiments import BASELINES, ExperimentSettings
from analytics.lab.experiment import DEFAULT_MODE
from analytics.reports.lab_words import algorithm_title, source_help, source_title
from analytics.services.experiment_settings import LARGEST_SEED, ExperimentError, Offer
from execution.domain.strategy import MODES

_LONGEST_SIZES = 120
_USUAL_ALGORITHMS = frozenset({"market", "clips", "twap", "vwap", "shortfall"})
_WHOLE = {"invalid": _("Write a whole number.")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChoice:
    """A source as the form offers it."""

    name: str
    title: str
    help: str
    symbols: tuple[str, ...]
    is_missing: bool
    is_chosen: bool


class ExperimentForm(forms.Form):
    """Settings as they are typed."""

    sources = forms.ChoiceField(error_messages={"required": _("Choose a market.")})
    symbols = forms.MultipleChoiceField(error_messages={"required": _("Choose at least one symbol.")})
    algorithms = forms.MultipleChoiceField(error_messages={"required": _("Choose at least one algorithm.")})
    sizes = forms.CharField(max_length=_LONGEST_SIZES, error_messages={"required": _("Give at least one size, such as 8k or 5%.")})
    minutes = forms.FloatField(
        error_messages={"required": _("Give the minutes of each order."), "invalid": _("Write a number such as 30.")}
    )
    paths = forms.IntegerField(error_messages={"required": _("Give a number of paths."), **_WHOLE})
    seed = forms.IntegerField(error_messages={"required": _("Give a seed."), **_WHOLE})

    def __init__(self, offer: Offer, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.offer = offer
        names = [source.name for source in offer.sources]
        for name, choices in (("sources", names), ("symbols", offer.symbols), ("algorithms", offer.algorithms)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(each, each) for each in choices]

    @classmethod
    def blank(cls, offer: Offer) -> "ExperimentForm":
        """Return a small experiment with a seed that nobody chose."""
        initial = {
            "sources": offer.sources[0].name,
            "symbols": list(offer.symbols[:1]),
            "algorithms": [name for name in offer.algorithms if name in _USUAL_ALGORITHMS],
            "sizes": "8k, 5%",
            "minutes": "30",
            "paths": "50",
            "seed": str(secrets.randbelow(LARGEST_SEED + 1)),
        }
        return cls(offer, initial=initial)

    @classmethod
    def like(cls, offer: Offer, settings: ExperimentSettings) -> "ExperimentForm":
        """Return a form filled with the settings of an experiment."""
        initial = {
            "sources": settings.sources[0],
            "symbols": list(settings.symbols),
            "algorithms": list(settings.algorithms),
            "sizes": ", ".join(settings.sizes),
            "minutes": f"{settings.minutes[0]:g}",
            "paths": str(settings.paths),
            "seed": str(settings.seed),
        }
        return cls(offer, initial=initial)

    @property
    def source_choices(self) -> list[SourceChoice]:
        """Return the sources with their symbols; those without data tell what to do."""
        chosen = self["sources"].value() or self.offer.sources[0].name
        return [
            SourceChoice(
                name=source.name,
                title=source_title(source.name),
                help=source.missing or source_help(source.name),
                symbols=source.symbols,
                is_missing=bool(source.missing),
                is_chosen=source.name == chosen,
            )
            for source in self.offer.sources
        ]

    @property
    def algorithm_groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the algorithms with their modes in rows: a title, then names and titles."""
        ours = [name for name in self.offer.algorithms if ":" not in name and name not in BASELINES]
        baselines = [(name, algorithm_title(name)) for name in self.offer.algorithms if name in BASELINES]
        rows = [
            (algorithm_title(name), [(each, self._mode(each)) for each in self.offer.algorithms if each.partition(":")[0] == name])
            for name in ours
        ]
        return [*rows, (str(_("Baselines")), baselines)]

    @staticmethod
    def _mode(name: str) -> str:
        return str(MODES[name.partition(":")[2] or DEFAULT_MODE].title)

    def to_settings(self) -> ExperimentSettings:
        """Return the settings of a valid form."""
        read = self.cleaned_data
        return ExperimentSettings(
            symbols=tuple(read["symbols"]),
            algorithms=tuple(read["algorithms"]),
            sizes=tuple(part.strip() for part in read["sizes"].replace(";", ",").split(",") if part.strip()),
            minutes=(read["minutes"],),
            sources=(read["sources"],),
            paths=read["paths"],
            seed=read["seed"],
        )

    def attach(self, errors: tuple[ExperimentError, ...]) -> None:
        """Put the service's errors beside the fields they are about."""
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, error.message)
