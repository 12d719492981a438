"""Fit the coefficients of the impact model, per currency."""

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

from analytics.lab.experiment import InvalidExperiment
from analytics.lab.fitting import SOURCE, metaorders
from analytics.lab.ledger import UnusableResults
from analytics.lab.parents import MarketDidNotAnswer
from analytics.lab.printing import Bar
from analytics.lab.results import violations
from analytics.lab.running import run
from analytics.lab.sources import SOURCE_ERRORS, get_source, known_symbol
from analytics.services.impact_fits import fit_fills, fit_lab
from execution.domain.impact import ImpactCoefficients
from execution.domain.impact_defaults import currency_of
from execution.domain.impact_fit import FitRefused
from execution.models import ImpactCoefficient
from execution.services import impact

_LONGEST_SYMBOL = 15


class Command(BaseCommand):
    """Fits, prints a table with error bars, and keeps a row for each currency."""

    help = "Fit the square-root law of impact on metaorders of the lab, or on the desks' own finished orders (--fills), and keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; lists are separated by spaces or commas."""
        parser.add_argument("--symbols", nargs="+", default=("BTC", "ETH", "SOL"))
        parser.add_argument("--fills", action="store_true", help="on the desks' finished orders, shrunk towards the lab's coefficients")
        parser.add_argument("--paths", type=int, default=20, help="of each symbol in the lab")
        parser.add_argument("--seed", type=int, default=11)
        parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
        parser.add_argument("--resume", action="store_true", help="go on with the same fit where it was stopped")
        parser.add_argument("--dry-run", action="store_true", help="print only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit every symbol; one that shows no impact is named and leaves the others alone."""
        symbols = tuple(dict.fromkeys(name for value in options["symbols"] for name in value.split(",") if name))
        if not symbols:
            raise CommandError("Name at least one symbol.")
        if len({currency_of(symbol) for symbol in symbols}) < len(symbols):
            raise CommandError("Name each currency once: its coefficients are those of all its pairs, spot and perpetual.")
        origin = ImpactCoefficient.Origin.FILLS if options["fills"] else ImpactCoefficient.Origin.LAB
        fits: dict[str, ImpactCoefficients] = {}
        refused: dict[str, str] = {}
        for symbol in symbols:
            try:
                fits[currency_of(symbol)] = _on_fills(symbol) if options["fills"] else _on_the_lab(symbol, options)
            except FitRefused as error:
                refused[currency_of(symbol)] = str(error)
        self.stdout.write(_table(fits, refused))
        is_kept = bool(fits) and not options["dry_run"]
        if is_kept:
            try:
                impact.keep(fits=fits, origin=origin, now=timezone.now())
            except DatabaseError as error:
                raise CommandError(f"The fit could not be kept: {error}") from error
        self.stdout.write("FIT " + json.dumps(_machine(origin.value, fits, refused, is_kept=is_kept)))
        if not fits:
            raise CommandError("Nothing could be fitted.")


def _on_fills(symbol: str) -> ImpactCoefficients:
    """Fit on finished orders.

    Raises:
        CommandError: the symbol cannot be one, or the database does not answer.
    """
    currency = currency_of(symbol)
    if not currency.isalnum() or len(currency) > _LONGEST_SYMBOL:
        raise CommandError(f"{symbol[:40]!r} is not a symbol.")
    try:
        return fit_fills(currency)
    except DatabaseError as error:
        raise CommandError(f"The desk's database does not answer: start the desk with make run. ({error})") from error


def _on_the_lab(name: str, options: dict[str, Any]) -> ImpactCoefficients:
    """Run a symbol's metaorders and fit on them."""
    try:
        symbol = known_symbol(name, (get_source(SOURCE),))
        experiment = metaorders(symbol, paths=options["paths"], seed=options["seed"])
        digest = hashlib.sha256(json.dumps(experiment.as_json(), sort_keys=True).encode()).hexdigest()[:16]
        folder: Path = settings.VAR_DIR / "lab"
        file = folder / f"{digest}.jsonl"
        sys.stderr.write(f"{symbol}: metaorders on {options['paths']} paths\n")
        records = run(experiment, processes=options["processes"], file=file, resumes=options["resume"], on_progress=Bar(sys.stderr))
    except (InvalidExperiment, UnusableResults, MarketDidNotAnswer, *SOURCE_ERRORS) as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        raise CommandError("Stopped. The same command with --resume goes on from here.", returncode=130) from None
    wrong = violations(records)
    if wrong:
        raise CommandError(f"What must never happen did: {wrong[0]} ({len(wrong)} in all)")
    return fit_lab(experiment, records)


def _table(fits: dict[str, ImpactCoefficients], refused: dict[str, str]) -> str:
    lines = [f"{'symbol':10s} {'Y':>16s} {'exponent':>16s} {'orders':>7s}  10 % of volume costs, sd of the horizon"]
    for symbol, fit in fits.items():
        cost = fit.expected_impact_bps(quantity=0.1, market_quantity=1.0, volatility_bps=1.0)
        error = fit.impact_error_bps(quantity=0.1, market_quantity=1.0, volatility_bps=1.0)
        lines.append(
            f"{symbol:10s} {_with_error(fit.y.value, fit.y.standard_error):>16s} "
            f"{_with_error(fit.exponent.value, fit.exponent.standard_error):>16s} {fit.observations:7d}  {_with_error(cost, error)}"
        )
    return "\n".join([*lines, *(f"{symbol:10s} not fitted: {reason}" for symbol, reason in refused.items())])


def _with_error(value: float, error: float) -> str:
    return f"{value:.3f} ± {error:.3f}"


def _machine(origin: str, fits: dict[str, ImpactCoefficients], refused: dict[str, str], *, is_kept: bool) -> dict[str, Any]:
    return {
        "origin": origin,
        "kept": is_kept,
        "refused": refused,
        "fits": {
            symbol: {
                "y": fit.y.value,
                "y_error": fit.y.standard_error,
                "exponent": fit.exponent.value,
                "exponent_error": fit.exponent.standard_error,
                "covariance": fit.covariance,
                "observations": fit.observations,
                "source": fit.source,
            }
            for symbol, fit in fits.items()
        },
    }
