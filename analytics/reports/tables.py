"""The tables of a report: cells are text, numbers stand right."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.domain.alpha import Alpha, AlphaName
from analytics.domain.benchmarks import Benchmark, BenchmarkName
from analytics.domain.content import FillFacts, ReportContent
from analytics.domain.quality import VenueShare
from analytics.domain.shortfall import Part
from analytics.reports.figures import MINUS, NONE, Figures, moment, number, percent, signed

SHARE_FLOOR_BPS = Decimal("0.005")  # a share of a total that rounds to nothing says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading, whether its cells are numbers, and whether they are costs, where a negative one is a gain."""

    title: str
    is_number: bool = True
    is_cost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table for the page."""

    text: str
    is_number: bool
    is_gain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells, as many as there are columns; with `has_total` the last row sums up the others."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    has_total: bool = False

    @property
    def cells(self) -> list[list[Cell]]:
        """Return the rows with what each cell is."""
        return [
            [
                Cell(text=text, is_number=column.is_number, is_gain=column.is_cost and text.startswith(MINUS))
                for column, text in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]


def part_names() -> dict[str, tuple[str, str]]:
    """Return each part's name and definition."""
    return {
        "delay": (_("Delay"), _("Decision to arrival, whole quantity")),
        "spread": (_("Spread"), _("Fill against the mid at the fill")),
        "drift": (_("Drift"), _("Drift of the mid from arrival")),
        "trading": (_("Trading"), _("Fill against arrival; spread and drift not told apart")),
        "fees": (_("Fees"), _("Maker and taker fees paid")),
        "opportunity": (_("Opportunity"), _("Unfilled part, arrival to end")),
        "total": (_("Total"), _("Sum of the parts")),
    }


def benchmark_names() -> dict[BenchmarkName, str]:
    """Return each benchmark's name."""
    return {
        BenchmarkName.DECISION: _("Decision mid"),
        BenchmarkName.ARRIVAL: _("Arrival mid"),
        BenchmarkName.VWAP: _("Interval VWAP, own excluded"),
        BenchmarkName.VWAP_WITH_OWN: _("Interval VWAP, own included"),
        BenchmarkName.TWAP: _("Interval TWAP"),
        BenchmarkName.CLOSE: _("Close"),
    }


def alpha_names() -> dict[AlphaName, str]:
    """Return what each comparison is called."""
    return {
        AlphaName.MARKET_ORDER: _("One market order"),
        AlphaName.EQUAL_CLIPS: _("Equal clips"),
        AlphaName.OWN_MOMENTS: _("Each child at once"),
    }


def state_word(state: str) -> str:
    """Return how a state is called."""
    words = {
        "filled": _("Filled"),
        "cancelled": _("Cancelled"),
        "expired": _("Expired"),
        "rejected": _("Rejected"),
        "open": _("Resting"),
        "unknown": _("Unknown"),
        "intent": _("Sending"),
    }
    return words.get(state, state)


def figure_name(figure: str) -> str:
    """Return what people call a figure of the report."""
    group, _dot, name = figure.partition(".")
    if group == "shortfall":
        return part_names()[name][0]
    if group == "benchmarks":
        return benchmark_names()[BenchmarkName(name)]
    if group == "execution_alpha" and name:
        return _("Execution alpha: %(name)s") % {"name": alpha_names()[AlphaName(name)].lower()}
    words = {
        "execution_alpha": _("Execution alpha"),
        "costs": _("Amounts in dollars"),
        "costs.impact_bps": _("Impact (modelled)"),
        "pnl": _("Profit in dollars"),
        "pnl.unrealized": _("Unrealized profit"),
        "latency_ms": _("Latency"),
        "market.mids": _("Market data"),
        "execution_quality.arrival_slippage_bps": _("Slippage to arrival"),
        "execution_quality.vwap_slippage_bps": _("Slippage to interval VWAP"),
        "execution_quality.passive_ratio": _("Maker share"),
    }
    return words.get(figure, figure)


def shortfall(content: ReportContent, figures: Figures) -> Table:
    """Return the parts of the cost."""
    names, parts = part_names(), content.shortfall.parts
    return Table(
        columns=(
            Column(title=_("Part"), is_number=False),
            Column(title=_("bps"), is_cost=True),
            Column(title=figures.currency, is_cost=True),
            Column(title=_("Share")),
            Column(title=_("Definition"), is_number=False),
        ),
        rows=tuple(
            (names[part.name][0], signed(part.rounded_bps, 2), signed(part.rounded, 2), _share(part, parts[-1]), names[part.name][1])
            for part in parts
        ),
        has_total=True,
    )


def _share(part: Part, total: Part) -> str:
    """Write a part's share of the total; a dash where the total is next to nothing."""
    if part.amount is None or not total.amount or total.rounded_bps is None or abs(total.rounded_bps) <= SHARE_FLOOR_BPS:
        return NONE
    return f"{percent(part.amount / total.amount, 1)} %"


def benchmarks(content: ReportContent, figures: Figures) -> Table:
    """Return the average price against each benchmark."""
    names = benchmark_names()
    return Table(
        columns=(
            Column(title=_("Benchmark"), is_number=False),
            Column(title=_("Basis"), is_number=False),
            Column(title=_("Price")),
            Column(title=_("bps"), is_cost=True),
        ),
        rows=tuple(
            (names[each.name], _basis(each, content), figures.average(each.price), signed(each.slippage_bps, 2))
            for each in content.benchmarks
        ),
    )


def alphas(content: ReportContent, figures: Figures) -> Table:
    """Return what the order saved against each order that takes at once; without rows when nothing could be compared."""
    names = alpha_names()
    return Table(
        columns=(
            Column(title=_("Against"), is_number=False),
            Column(title=_("On the books of"), is_number=False),
            Column(title=_("Compared, %")),
            Column(title=_("Its price")),
            Column(title=_("Own price")),
            Column(title=_("Saved, %(currency)s") % {"currency": figures.currency}),
            Column(title=_("Saved, bps")),
        ),
        rows=tuple(
            (
                names[each.name],
                _moments(each),
                percent(each.quantity / content.filled_quantity, 1),
                figures.average(each.benchmark / each.quantity),
                figures.average(each.own / each.quantity),
                signed(each.saved, 2),
                signed(each.bps, 2),
            )
            for each in content.alphas
        ),
    )


def _moments(alpha: Alpha) -> str:
    count = {"count": alpha.moments}
    match alpha.name:
        case AlphaName.MARKET_ORDER:
            return _("the first decision")
        case AlphaName.EQUAL_CLIPS:
            return ngettext("the first decision of %(count)s slice", "the first decisions of %(count)s slices", alpha.moments) % count
        case AlphaName.OWN_MOMENTS:
            return ngettext("the decision of %(count)s child", "the decisions of %(count)s children", alpha.moments) % count


def _basis(benchmark: Benchmark, content: ReportContent) -> str:
    market = content.market
    if benchmark.pending_until is not None:
        return _("00:00 UTC, not over yet")
    if benchmark.price is None:
        return _("not measured")
    if benchmark.at is not None:
        return moment(benchmark.at, milliseconds=benchmark.name is not BenchmarkName.CLOSE)
    assert market is not None  # what has a price and no time of its own was measured over the interval
    if benchmark.name is BenchmarkName.TWAP:
        return _("%(count)s one-second mids") % {"count": market.seconds_with_mid}
    if benchmark.name is BenchmarkName.VWAP_WITH_OWN:
        return _("own %(share)s %% of volume") % {"share": percent(market.own_volume / market.volume, 1)}
    return ", ".join(_titles(content, market.venues))


def _titles(content: ReportContent, venues: Iterable[str]) -> list[str]:
    titles = dict(content.venue_titles)
    return [titles.get(venue, venue) for venue in venues]


def venues(content: ReportContent, figures: Figures) -> Table:
    """Return what each venue filled as maker and as taker."""
    rows = [
        _venue(share, figures.venue(share.venue), _("maker") if share.role == "maker" else _("taker"), figures) for share in content.venues
    ]
    if content.all_venues is not None:
        maker = _("%(share)s %% maker") % {"share": percent(content.passive_ratio, 1)}
        rows.append(_venue(content.all_venues, _("All"), maker, figures))
    return Table(
        columns=(
            Column(title=_("Venue"), is_number=False),
            Column(title=_("Role"), is_number=False),
            Column(title=_("Fills")),
            Column(title=content.order.base),
            Column(title=_("Share, %")),
            Column(title=_("Average")),
            Column(title=_("Spread, bps"), is_cost=True),
            Column(title=_("Fee, bps")),
        ),
        rows=tuple(rows),
        has_total=bool(rows),
    )


def _venue(share: VenueShare, name: str, role: str, figures: Figures) -> tuple[str, ...]:
    return (
        name,
        role,
        number(share.fills),
        figures.quantity(share.quantity),
        percent(share.share, 1),
        figures.average(share.average_price),
        signed(share.spread_bps, 2),
        number(share.fee_bps, 2),
    )


def violations(content: ReportContent) -> Table:
    """Return refusals and breaches."""
    return Table(
        columns=tuple(Column(title=title, is_number=False) for title in (_("Time, UTC"), _("Code"), _("Order"), _("Reason"))),
        rows=tuple((moment(each.at), each.code, each.child or content.order.reference, each.reason) for each in content.violations),
    )


def children(content: ReportContent, figures: Figures) -> Table:
    """Return every order that was sent."""
    return Table(
        columns=(
            Column(title=_("Order"), is_number=False),
            Column(title=_("Decided, UTC"), is_number=False),
            Column(title=_("Venue"), is_number=False),
            Column(title=_("Type"), is_number=False),
            Column(title=_("Price")),
            Column(title=content.order.base),
            Column(title=_("Filled")),
            Column(title=_("Latency, ms")),
            Column(title=_("State"), is_number=False),
        ),
        rows=tuple(
            (
                child.reference,
                moment(child.decided_at, milliseconds=True),
                figures.venue(child.venue),
                f"{child.order_type} {child.time_in_force}",
                figures.price(child.price),
                figures.quantity(child.quantity),
                figures.quantity(child.filled_quantity),
                number(child.latency_ms, 0),
                f"{state_word(child.state)} {child.refusal_code}".strip(),
            )
            for child in content.children
        ),
    )


def fills(content: ReportContent, figures: Figures) -> Table:
    """Return every fill."""
    return Table(
        columns=(
            Column(title=_("Time, UTC"), is_number=False),
            Column(title=_("Order"), is_number=False),
            Column(title=_("Venue"), is_number=False),
            Column(title=_("Role"), is_number=False),
            Column(title=_("Price")),
            Column(title=content.order.base),
            Column(title=_("Mid")),
            Column(title=_("To arrival, bps"), is_cost=True),
            Column(title=_("Fee, %(currency)s") % {"currency": figures.currency}),
        ),
        rows=tuple(_fill(fill, figures) for fill in content.fills),
    )


def _fill(fill: FillFacts, figures: Figures) -> tuple[str, ...]:
    priced = fill.priced
    return (
        moment(priced.at, milliseconds=True),
        fill.child,
        figures.venue(priced.venue),
        _("maker") if priced.is_maker else _("taker"),
        figures.price(priced.price),
        figures.quantity(priced.quantity),
        figures.average(priced.mid),
        signed(fill.slippage_bps, 2),
        number(priced.fee, 4),
    )
