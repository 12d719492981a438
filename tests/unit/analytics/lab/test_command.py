"""The command as a user runs it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
SMALL = ("--symbols", "SOL", "--sizes", "8k", "--minutes", "1", "--paths", "2", "--algorithms", "market,twap")


def lab(var, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "manage.py", "lab", *arguments],
        cwd=ROOT,
        env={**environment, "DIPMASTER_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def figures(line):
    return [{name: value for name, value in row.items() if name != "seconds_per_order"} for row in json.loads(line.removeprefix("LAB "))]


def test_a_small_experiment_prints_a_table_a_bar_and_the_line_for_machines(tmp_path):
    done = lab(tmp_path, *SMALL, "--processes", "1", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert "2 of 2 paths" in done.stderr
    assert [row["algorithm"] for row in figures(lines[-1])] == ["market", "twap"]
    assert len(json.loads((tmp_path / "out.json").read_text())["rows"]) == 2
    again = lab(tmp_path, *SMALL, "--processes", "2")
    assert figures(again.stdout.strip().splitlines()[-1]) == figures(lines[-1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--algorithms", "vwop"), "'vwop' is not an algorithm; there are: market"),
        (("--symbols", "DOGEUSDT"), "'DOGE' is not a symbol of model; there are: BTC"),
        (("--sizes", "0"), "the size '0' must be above 0"),
        (("--minutes=-5",), "minutes must be above 0"),
        (("--paths", "0"), "paths must be at least 1"),
    ],
)
def test_bad_input_is_named_without_a_traceback(tmp_path, arguments, told):
    done = lab(tmp_path, *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
