"""Measure algorithms against each other on the lab's markets."""

import hashlib
import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from analytics.lab.experiment import Experiment, InvalidExperiment, algorithm_choices, parse_size
from analytics.lab.ledger import UnusableResults
from analytics.lab.parents import MarketDidNotAnswer
from analytics.lab.printing import Bar, document, machine_line, table
from analytics.lab.results import rows_of, violations
from analytics.lab.running import run
from analytics.lab.sources import SOURCE_ERRORS, get_source, known_symbol, source_names
from analytics.services import experiment_engine, experiments
from dipmaster.accounts.models import Desk

DEFAULT_ALGORITHMS = ("market", "clips", "twap")
DEFAULT_SYMBOLS = ("BTC", "ETH", "SOL")
DEFAULT_SIZES = ("8k", "5%")
MOST_SHOWN = 20


class Command(BaseCommand):
    """Runs an experiment and prints what each algorithm cost."""

    help = (
        "Run parent orders through the real planning, routing and tactic code on markets whose truth is known, and compare what they cost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; lists are separated by spaces or commas."""
        choices = f"of: {', '.join(algorithm_choices())}; a mode may follow, as in twap:stealth"
        parser.add_argument("--algorithms", nargs="+", default=DEFAULT_ALGORITHMS, help=choices)
        parser.add_argument("--symbols", nargs="+", default=DEFAULT_SYMBOLS)
        parser.add_argument(
            "--sizes", nargs="+", default=DEFAULT_SIZES, help="USD (8000, 8k, 1.5M) or a share of the interval's volume (5%%)"
        )
        parser.add_argument("--minutes", nargs="+", default=("30",), help="how long the orders last")
        parser.add_argument("--sources", nargs="+", default=("model",), help=f"of: {', '.join(source_names())}")
        parser.add_argument("--paths", type=int, default=100)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything that was found to this file")
        parser.add_argument("--store", metavar="DESK", help="also keep it for this desk to see at /lab/; wants the desk's database")
        parser.add_argument("--resume", action="store_true", help="go on with the same experiment where it was stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the experiment."""
        desk = _desk(options["store"]) if options["store"] is not None else None
        started_at = timezone.now()
        try:
            experiment = _experiment(options)
            experiment.check()
            records = run(
                experiment,
                processes=options["processes"],
                file=_ledger_path(experiment),
                resumes=options["resume"],
                on_progress=Bar(sys.stderr),
            )
        except (InvalidExperiment, UnusableResults, MarketDidNotAnswer, *SOURCE_ERRORS) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command with --resume goes on from here.", returncode=130) from None
        wrong = violations(records)
        rows = [] if wrong else rows_of(experiment, records)
        if options["json"]:
            _write(options["json"], document(experiment, rows, wrong))
        if rows:
            self.stdout.write(table(rows))
        if rows and desk is not None:
            kept = experiments.store(
                desk=desk,
                settings=experiment_engine.settings_from(experiment),
                rows=[experiment_engine.row_of(row) for row in rows],
                started_at=started_at,
                finished_at=timezone.now(),
            )
            self.stdout.write(f"Stored for {desk} as {kept.reference}")
        self.stdout.write(machine_line(rows))
        if wrong:
            raise CommandError("\n".join(["What must never happen did:", *wrong[:MOST_SHOWN], f"{len(wrong)} in all"]))


def _experiment(options: dict[str, Any]) -> Experiment:
    sources = tuple(get_source(name) for name in _names(options["sources"]))
    return Experiment(
        algorithms=_names(options["algorithms"]),
        symbols=tuple(known_symbol(name, sources) for name in _names(options["symbols"])),
        sizes=tuple(parse_size(text) for text in _names(options["sizes"])),
        minutes=tuple(_minutes(text) for text in _names(options["minutes"])),
        sources=sources,
        paths=options["paths"],
        seed=options["seed"],
    )


def _desk(name: str) -> Desk:
    """Return the desk to store for, before hours of work are done in vain."""
    try:
        return Desk.objects.get(name=name)
    except Desk.DoesNotExist:
        known = ", ".join(Desk.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise CommandError(f"There is no desk {name!r}. Desks: {known}.") from None
    except DatabaseError as error:
        raise CommandError(f"The desk's database does not answer, and --store needs it: start the desk with make run. ({error})") from error


def _names(values: list[str]) -> tuple[str, ...]:
    return tuple(name for value in values for name in value.split(",") if name)


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidExperiment(f"{text!r} is not a number of minutes") from None


def _ledger_path(experiment: Experiment) -> Path:
    """Return where this very experiment keeps its results."""
    digest = hashlib.sha256(json.dumps(experiment.as_json(), sort_keys=True).encode()).hexdigest()[:16]
    folder: Path = settings.VAR_DIR / "lab"
    return folder / f"{digest}.jsonl"


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from error
