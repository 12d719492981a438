"""An experiment's results as its page shows them: charts of one symbol, and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from analytics.domain.experiments import ExperimentSettings, ResultRow
from analytics.reports import lab_charts
from analytics.reports.charts import Look
from analytics.reports.drawing import PAGE
from analytics.reports.figures import NONE, number, percent
from analytics.reports.lab_charts import Estimate, Group, Spot
from analytics.reports.lab_risk import frontier_of, span_of, spots_of
from analytics.reports.lab_words import (
    algorithm_title,
    bps,
    is_baseline,
    is_replayed,
    order_time,
    signed_bps,
    size_title,
    source_title,
    span,
)

_WALL, _WIDE, _NARROW = 1080, 700, 340
_RISK_WALL, _RISK_WIDE, _RISK_NARROW = (640, 400), (410, 340), (340, 280)
_AXIS_TITLES = 36
"""What the risk chart's axis titles take above and below it: beside it both cards end together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabChart:
    """The same chart for the wall, the desk and the phone: more room, not larger type."""

    wall: SafeString
    wide: SafeString
    narrow: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An algorithm at one size: its cost, and its difference to the market order."""

    size: str
    cost: str
    is_best: bool
    to_market: str
    is_certain: bool
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How an algorithm traded at the chosen size."""

    risk: str
    fill_rate: str
    maker_share: str
    vwap: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An algorithm at every size."""

    label: str
    is_baseline: bool
    cells: tuple[Cell, ...]
    quality: Quality | None
    is_on_frontier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Every figure of one size and algorithm."""

    size: str
    label: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several that can be looked at."""

    name: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPage:
    """What the template shows of the results."""

    case: str
    currency: str
    case_title: str
    cases: tuple[Choice, ...]
    sizes: tuple[Choice, ...]
    size_title: str
    paths: int
    axis_note: str
    costs: LabChart
    risk: LabChart
    has_frontier: bool
    lines: tuple[Line, ...]
    details: tuple[Detail, ...]
    orders: str
    seconds_per_order: str
    is_replayed: bool


def page_of(settings: ExperimentSettings, rows: Sequence[ResultRow], *, case: str = "", size: str = "") -> LabPage:
    """Return what the page shows of one source, symbol and horizon; what is asked for and does not exist is the first there is."""
    cases = _cases(settings, rows)
    chosen = case if case in cases else next(iter(cases))
    shown = [row for row in rows if _case(row) == chosen]
    sizes = _present(settings.sizes, {row.size for row in shown})
    chosen_size = size if size in sizes else sizes[len(sizes) // 2]
    algorithms = _in_order(settings, shown)
    at_size = [row for row in shown if row.size == chosen_size]
    best = frontier_of(at_size)
    spots = spots_of(at_size, best)
    seconds = [row.seconds_per_order for row in rows if row.seconds_per_order is not None]
    return LabPage(
        case=chosen,
        currency=shown[0].symbol.partition("-")[0],  # BTC-PERP is calibrated with BTC
        case_title=cases[chosen],
        cases=tuple(Choice(name=name, title=title, is_chosen=name == chosen) for name, title in cases.items()),
        sizes=tuple(Choice(name=name, title=size_title(name), is_chosen=name == chosen_size) for name in sizes),
        size_title=size_title(chosen_size),
        paths=max(row.paths for row in shown),
        axis_note=_("positive is cost · log scale") if _is_logarithmic(shown) else _("positive is cost"),
        costs=_cost_chart(shown, algorithms, sizes),
        risk=_risk_chart(spots, chosen_size),
        has_frontier=sum(spot.is_on_frontier for spot in spots) > 1,
        lines=tuple(_line(name, shown, sizes, chosen_size, best) for name in algorithms),
        details=tuple(
            _detail(row) for name in sizes for algorithm in algorithms for row in shown if (row.size, row.algorithm) == (name, algorithm)
        ),
        orders=number(sum(row.paths for row in rows)),
        seconds_per_order=number(sum(seconds) / len(seconds), 2) if seconds else NONE,
        is_replayed=is_replayed(shown[0].source),
    )


def _present(order: Sequence[str], found: set[str]) -> list[str]:
    """Return what was found in the order in which it was asked for."""
    return [name for name in order if name in found] + sorted(found - set(order))


def _case(row: ResultRow) -> str:
    return f"{row.symbol}/{row.minutes:g}/{row.source}"


def _cases(settings: ExperimentSettings, rows: Sequence[ResultRow]) -> dict[str, str]:
    """Return what can be looked at with titles that say only what differs."""
    several_minutes = len({row.minutes for row in rows}) > 1
    several_sources = len({row.source for row in rows}) > 1
    found = {}
    for row in sorted(rows, key=lambda row: _rank(settings.symbols, row.symbol)):
        minutes = [_("%(minutes)s min") % {"minutes": f"{row.minutes:g}"}] if several_minutes else []
        sources = [source_title(row.source)] if several_sources else []
        found[_case(row)] = ", ".join([row.symbol, *minutes, *sources])
    return found


def _rank(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _in_order(settings: ExperimentSettings, rows: Sequence[ResultRow]) -> list[str]:
    """Return the algorithms, ours before the baselines."""
    return sorted(_present(settings.algorithms, {row.algorithm for row in rows}), key=is_baseline)


def _is_logarithmic(rows: Sequence[ResultRow]) -> bool:
    return isinstance(lab_charts.cost_axis(_ends(rows)), lab_charts.LogAxis)


def _ends(rows: Sequence[ResultRow]) -> list[float]:
    return [value for row in rows for value in span_of(row)]


def _cost_chart(rows: Sequence[ResultRow], algorithms: Sequence[str], sizes: Sequence[str]) -> LabChart:
    groups = [_group(name, [row for row in rows if row.algorithm == name], sizes) for name in algorithms]
    titles = [size_title(name) for name in sizes]
    summary = "; ".join(f"{group.label}: " + ", ".join(f"{titles[each.size]} {each.text}" for each in group.estimates) for group in groups)

    def drawn(width: int, least: int = 0) -> str:
        height = lab_charts.height_of(groups, len(sizes), is_narrow=width < lab_charts.NARROW, least=least)
        look = Look(width=width, height=height, theme=PAGE, title=_("Cost, all in, bps of arrival value"), summary=summary)
        return lab_charts.intervals(groups, titles, look)

    return _chart(drawn(_WALL, _RISK_WALL[1] + _AXIS_TITLES), drawn(_WIDE, _RISK_WIDE[1] + _AXIS_TITLES), drawn(_NARROW))


def _group(name: str, rows: Sequence[ResultRow], sizes: Sequence[str]) -> Group:
    estimates = tuple(
        Estimate(size=sizes.index(row.size), mean=row.cost.mean, low=span_of(row)[0], high=span_of(row)[1], text=bps(row.cost.mean))
        for row in rows
    )
    return Group(label=algorithm_title(name), is_baseline=is_baseline(name), estimates=estimates)


def _risk_chart(spots: Sequence[Spot], size: str) -> LabChart:
    title = _("Cost against risk, bps, %(size)s") % {"size": size_title(size)}
    summary = "; ".join(
        _("%(name)s: cost %(cost)s, risk %(risk)s") % {"name": s.label, "cost": bps(s.cost), "risk": bps(s.risk)} for s in spots
    )
    summary += _("; on the frontier: %(names)s") % {"names": ", ".join(spot.label for spot in spots if spot.is_on_frontier)}

    def drawn(place: tuple[int, int]) -> str:
        return lab_charts.cost_against_risk(spots, Look(width=place[0], height=place[1], theme=PAGE, title=title, summary=summary))

    return _chart(drawn(_RISK_WALL), drawn(_RISK_WIDE), drawn(_RISK_NARROW))


def _line(name: str, rows: Sequence[ResultRow], sizes: Sequence[str], chosen_size: str, best: set[str]) -> Line:
    mine = {row.size: row for row in rows if row.algorithm == name}
    chosen = mine.get(chosen_size)
    return Line(
        label=algorithm_title(name),
        is_baseline=is_baseline(name),
        cells=tuple(_cell(size, mine.get(size), rows) for size in sizes),
        quality=None if chosen is None else _quality(chosen),
        is_on_frontier=name in best,
    )


def _cell(size: str, row: ResultRow | None, rows: Sequence[ResultRow]) -> Cell:
    if row is None:
        return Cell(size=size_title(size), cost=NONE, is_best=False, to_market=NONE, is_certain=False, interval=NONE)
    ours = [other.cost.mean for other in rows if other.size == size and not is_baseline(other.algorithm)]
    return Cell(
        size=size_title(size),
        cost=bps(row.cost.mean),
        is_best=not is_baseline(row.algorithm) and len(ours) > 1 and row.cost.mean == min(ours),
        to_market=NONE if row.to_market is None else signed_bps(row.to_market.mean),
        is_certain=row.to_market is not None and row.to_market.excludes_zero,
        interval=span(row.to_market, is_signed=True),
    )


def _quality(row: ResultRow) -> Quality:
    return Quality(
        risk=bps(row.risk_bps),
        fill_rate=percent(row.fill_rate),
        maker_share=percent(row.maker_share, 0),
        vwap=signed_bps(row.slippage_vwap_bps),
        time=order_time(row.duration_seconds),
    )


def _detail(row: ResultRow) -> Detail:
    difference = row.to_market_raw
    figures = (
        number(row.paths),
        bps(row.cost.mean, 2), span(row.cost, is_signed=False), bps(row.cost_raw.mean, 2), span(row.cost_raw, is_signed=False),
        bps(row.cost_median, 2),
        NONE if difference is None else signed_bps(difference.mean, 2), span(difference, is_signed=True),
        signed_bps(row.slippage_arrival_bps, 2), signed_bps(row.slippage_vwap_bps, 2), signed_bps(row.slippage_twap_bps, 2),
    )  # fmt: skip
    return Detail(size=size_title(row.size), label=algorithm_title(row.algorithm), figures=figures)


def _chart(wall: str, wide: str, narrow: str) -> LabChart:
    """Mark our own drawings as safe: every text in them was escaped when it was written."""
    return LabChart(wall=mark_safe(wall), wide=mark_safe(wide), narrow=mark_safe(narrow))  # noqa: S308
