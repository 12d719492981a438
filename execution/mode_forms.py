"""Execution modes in the administration: the algorithms are those that are registered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from execution.domain.algorithms.registry import algorithm_names
from execution.domain.strategy import title_of
from execution.models import ExecutionMode


class ModeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only, not at run time
    """A mode as it is edited; the row checks its values against the algorithm's parameters."""

    class Meta:
        model = ExecutionMode
        fields: tuple[str, ...] = ()  # the administration lists them

    algorithm = forms.ChoiceField(label=_("algorithm"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(algorithm_names())
        if self.instance.algorithm and self.instance.algorithm not in names:
            names.append(self.instance.algorithm)  # not known to this version: it may stay
        field = self.fields["algorithm"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, f"{title_of(name)} ({name})") for name in names]
