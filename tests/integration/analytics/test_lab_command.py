"""manage.py lab keeps for a desk what it found."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.models import Experiment
from dipmaster.accounts.models import Desk

pytestmark = pytest.mark.django_db
TINY = {"algorithms": ["market", "clips"], "symbols": ["BTC"], "sizes": ["8k"], "minutes": ["1"], "paths": 2, "processes": 1}


def test_an_experiment_of_the_command_line_is_kept_for_its_desk() -> None:
    desk, out = Desk.objects.create(name="Alpha"), StringIO()
    call_command("lab", **TINY, store="Alpha", stdout=out)
    kept = Experiment.objects.get()
    assert (kept.desk, kept.state, kept.paths_done, kept.paths_in_all) == (desk, "done", 2, 2)
    assert {(row["symbol"], row["algorithm"]) for row in kept.results} == {("BTC", "market"), ("BTC", "clips")}
    assert f"Stored for Alpha as {kept.reference}" in out.getvalue()


@pytest.mark.parametrize("name", ["", "alpha", "Alpha'; DROP TABLE"])
def test_an_unknown_desk_is_named_before_anything_is_run(name: str) -> None:
    Desk.objects.create(name="Alpha")
    with pytest.raises(CommandError, match=r"There is no desk .* Desks: Alpha"):
        call_command("lab", **TINY, store=name)
    assert not Experiment.objects.exists()
