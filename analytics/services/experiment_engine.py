"""The lab's engine as the desk's experiments use it: one process, any source, records kept so that a killed experiment goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from analytics.domain.experiments import ExperimentSettings, Interval, ResultRow
from analytics.lab import running
from analytics.lab.baselines import BASELINES
from analytics.lab.experiment import DEFAULT_MODE, Experiment, InvalidExperiment, algorithm_choices, parse_size
from analytics.lab.ledger import UnusableResults
from analytics.lab.parents import MarketDidNotAnswer
from analytics.lab.results import Row, rows_of, violations
from analytics.lab.source import Source
from analytics.lab.sources import SOURCE_ERRORS, get_source, source_names
from analytics.lab.statistics import Estimate, Summary
from analytics.services.experiment_settings import Offer, SourceOffer
from analytics.services.experiments import ExperimentFailed, ExperimentStopped
from execution.domain.strategy import MODES


def offer() -> Offer:
    """Return what can be run from the web: every algorithm in every mode, on every source whose data is at hand."""
    ours = [name for name in algorithm_choices() if name not in BASELINES]
    modes = [f"{name}:{mode}" for name in ours for mode in MODES if mode != DEFAULT_MODE]
    sources = tuple(_offer_of(get_source(name)) for name in source_names())
    return Offer(algorithms=(*BASELINES, *ours, *modes), sources=sources)


def _offer_of(source: Source) -> SourceOffer:
    """Return a source's symbols, or what to do to have some."""
    try:
        symbols = tuple(source.symbols)
    except SOURCE_ERRORS as error:
        return SourceOffer(name=source.name, symbols=(), missing=str(error))
    return SourceOffer(name=source.name, symbols=symbols, missing="" if symbols else _lacking(source.name))


def _lacking(name: str) -> str:
    """Say what to do about a source that has a place for data and none in it."""
    if name == "own":
        return _("Nothing is recorded yet: manage.py record --venue binance --symbols BTCUSDT --seconds 3600 keeps an hour for the lab.")
    return _("The data folder has no files for this.")


def engine() -> "LabEngine":
    """Return the engine that keeps its records among the desk's files."""
    return LabEngine(folder=django_settings.VAR_DIR / "lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabEngine:
    """Runs experiments in this process, one path after another."""

    folder: Path

    def measure(
        self, name: str, settings: ExperimentSettings, *, tell: Callable[[int], None], should_stop: Callable[[], bool]
    ) -> tuple[ResultRow, ...]:
        """Return the rows of the results; what was measured before by that name is not measured again.

        Raises:
            ExperimentStopped: it was told to stop.
            ExperimentFailed: it can't be run.
        """

        def on_progress(done: int, in_all: int) -> None:
            tell(done)
            if done < in_all and should_stop():
                raise ExperimentStopped

        try:
            experiment = experiment_of(settings)
            records = running.run(experiment, file=self._file(name), resumes=True, on_progress=on_progress)
        except (InvalidExperiment, UnusableResults, MarketDidNotAnswer, *SOURCE_ERRORS) as error:
            raise ExperimentFailed(f"{str(error)[:1].upper()}{str(error)[1:].removesuffix('.')}.") from error
        if wrong := violations(records):
            raise ExperimentFailed(f"What must never happen did, {len(wrong)} times; the first: {wrong[0]}")
        return tuple(row_of(row) for row in rows_of(experiment, records))

    def discard(self, name: str) -> None:
        """Drop the records of that name."""
        self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"


def experiment_of(settings: ExperimentSettings) -> Experiment:
    """Return the engine's experiment."""
    return Experiment(
        algorithms=settings.algorithms,
        symbols=settings.symbols,
        sizes=tuple(parse_size(text) for text in settings.sizes),
        minutes=settings.minutes,
        sources=tuple(get_source(name) for name in settings.sources),
        paths=settings.paths,
        seed=settings.seed,
    )


def settings_from(experiment: Experiment) -> ExperimentSettings:
    """Return an experiment of the engine as it is stored."""
    return ExperimentSettings(
        symbols=experiment.symbols,
        algorithms=experiment.algorithms,
        sizes=tuple(size.label for size in experiment.sizes),
        minutes=experiment.minutes,
        sources=tuple(source.name for source in experiment.sources),
        paths=experiment.paths,
        seed=experiment.seed,
    )


def row_of(row: Row) -> ResultRow:
    """Return a row of the engine as it is stored."""
    cost, market = row.measures["cost_bps"], row.against.get("market")
    return ResultRow(
        source=row.setting.source,
        symbol=row.setting.symbol,
        minutes=row.setting.minutes,
        size=row.setting.size,
        algorithm=row.algorithm,
        paths=row.paths,
        cost=_interval(cost.reduced),
        cost_raw=_interval(cost.raw),
        cost_median=cost.median,
        to_market=None if market is None else _interval(market.reduced),
        to_market_raw=None if market is None else _interval(market.raw),
        slippage_arrival_bps=_mean(row, "arrival_bps"),
        slippage_vwap_bps=_mean(row, "vwap_bps"),
        slippage_twap_bps=_mean(row, "twap_bps"),
        risk_bps=cost.deviation,
        fill_rate=row.measures["fill_rate"].raw.mean,
        maker_share=_mean(row, "maker_share"),
        duration_seconds=row.measures["duration_seconds"].raw.mean,
        seconds_per_order=row.seconds_per_order,
    )


def _mean(row: Row, name: str) -> float | None:
    summary: Summary | None = row.measures.get(name)
    return None if summary is None else summary.reduced.mean


def _interval(estimate: Estimate) -> Interval:
    return Interval(mean=estimate.mean, low=estimate.low, high=estimate.high)
