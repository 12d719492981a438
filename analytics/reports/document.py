"""A report in words and figures, ready to be laid out: page and PDF show the same document."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.domain.benchmarks import BenchmarkName
from analytics.domain.content import ReportContent
from analytics.domain.shortfall import Part
from analytics.models import Report
from analytics.reports import tables
from analytics.reports.figures import NONE, Figures, amount, date_and_time, day, moment, number, percent, signed
from analytics.reports.tables import Table
from analytics.services.reports import content_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure with its unit and a line below."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Everything that is read in a report, charts aside."""

    reference: str
    symbol: str
    side: str
    title: str
    subtitle: str
    is_paper: bool
    facts: tuple[tuple[str, str], ...]
    sha256: str
    notes: str
    headline: str
    sentences: str
    tiles: tuple[Tile, ...]
    shortfall: Table
    shortfall_caption: str
    shortfall_check: str
    inputs: tuple[tuple[str, str], ...]
    trajectory_caption: str
    benchmarks: Table
    benchmarks_caption: str
    alphas: Table
    venues: Table
    violations: Table
    children: Table
    fills: Table
    missing: tuple[tuple[str, str], ...]
    computed_at: datetime


def document_of(report: Report) -> Document:
    """Write down a report."""
    content = content_from(report)
    figures, order = Figures(content), content.order
    total = content.shortfall.parts[-1]
    return Document(
        reference=order.reference,
        symbol=order.symbol,
        side=order.side.value,
        title=f"{_('Buy') if order.side.sign > 0 else _('Sell')} {amount(order.quantity)} {order.symbol}",
        subtitle=_subtitle(content),
        is_paper=order.is_paper,
        facts=_facts(report, content, figures),
        sha256=report.sha256,
        notes=order.notes,
        headline=_headline(total, figures),
        sentences=" ".join(_sentences(content, total)),
        tiles=_tiles(content, total, figures),
        shortfall=tables.shortfall(content, figures),
        shortfall_caption=_("bps of decision value %(value)s · positive is cost")
        % {"value": figures.money(content.shortfall.decision_value)},
        shortfall_check=_check(content.shortfall.parts, figures),
        inputs=_inputs(content, figures),
        trajectory_caption=trajectory_caption(content),
        benchmarks=tables.benchmarks(content, figures),
        benchmarks_caption=_("average %(price)s · fees not included · positive is cost")
        % {"price": figures.average(content.average_price)},
        alphas=tables.alphas(content, figures),
        venues=tables.venues(content, figures),
        violations=tables.violations(content),
        children=tables.children(content, figures),
        fills=tables.fills(content, figures),
        missing=tuple((tables.figure_name(each.figure), each.reason) for each in content.missing),
        computed_at=report.computed_at,
    )


def _subtitle(content: ReportContent) -> str:
    order = content.order
    words = {
        "algorithm": order.algorithm.upper(),
        "start": moment(order.started_at or order.decided_at),
        "end": moment(order.ended_at),
        "day": day(order.started_at or order.decided_at),
    }
    return _("%(algorithm)s, %(start)s to %(end)s UTC, %(day)s") % words


def _facts(report: Report, content: ReportContent, figures: Figures) -> tuple[tuple[str, str], ...]:
    order = content.order
    used = sorted({child.venue for child in content.children})
    limits = [_("limit %(price)s") % {"price": figures.price(order.limit_price)}] if order.limit_price is not None else []
    if order.max_slippage_bps is not None:
        limits.append(_("slippage cap %(bps)s bps") % {"bps": amount(order.max_slippage_bps)})
    return (
        (_("Order"), _("%(order)s, client order id %(id)s") % {"order": order.reference, "id": order.client_order_id}),
        (_("Desk and trader"), f"{order.desk}, {order.trader}"),
        (_("Algorithm"), ", ".join([order.algorithm.upper(), _("mode %(mode)s") % {"mode": order.mode}, *limits])),
        (_("Venues"), ", ".join(figures.venue(name) for name in used) or _("none used")),
        (_("Ended"), f"{tables.state_word(order.state)}, {date_and_time(order.ended_at)}"),
        (_("Benchmarks"), _("Decision mid, arrival mid, interval VWAP, interval TWAP, close at 00:00 UTC")),
        (_("Market data"), _market_data(content)),
        (
            _("Sign convention"),
            _("Positive is cost. Basis points of the decision value, %(value)s")
            % {"value": figures.money(content.shortfall.decision_value)},
        ),
        (_("Currency and time"), _currency(content) + _("Times are UTC")),
        (_("Status"), _status(content)),
        (
            _("Report"),
            _("Schema %(schema)s, order version %(version)s, computed %(at)s")
            % {"schema": content.schema, "version": report.order_version, "at": date_and_time(report.computed_at)},
        ),
    )


def _currency(content: ReportContent) -> str:
    quote = content.order.quote
    if content.is_in_dollars and quote != "USD":
        return _("1 %(currency)s counts as 1 US dollar. ") % {"currency": quote}
    return ""


def _market_data(content: ReportContent) -> str:
    market = content.market
    if market is None:
        return _("None: the order never began to work")
    venues = ngettext("Trades of %(count)s venue", "Trades of %(count)s venues", len(market.venues)) % {"count": len(market.venues)}
    return _("%(venues)s, books in %(with)s of %(all)s seconds") % {
        "venues": venues,
        "with": market.seconds_with_mid,
        "all": market.seconds,
    }


def _status(content: ReportContent) -> str:
    close = content.benchmark(BenchmarkName.CLOSE)
    if close.pending_until is not None:
        return _("Final except the close benchmark, which is known after %(at)s") % {"at": date_and_time(close.pending_until)}
    return _("Final")


def _headline(total: Part, figures: Figures) -> str:
    if total.rounded_bps is None:
        return _("The total cost is not known.")
    words = {"bps": number(abs(total.rounded_bps), 2), "money": figures.money(abs(total.rounded or Decimal(0)))}
    if total.rounded_bps < 0:
        return _("The order gained %(bps)s bps, %(money)s, against its decision price.") % words
    return _("The order cost %(bps)s bps, %(money)s.") % words


def _sentences(content: ReportContent, total: Part) -> list[str]:
    found = []
    parts = [(abs(part.rounded_bps), part) for part in content.shortfall.parts[:-1] if part.rounded_bps]
    if total.rounded_bps is not None and parts:
        _size, largest = max(parts, key=lambda pair: pair[0])
        words = {"part": tables.part_names()[largest.name][0].lower(), "bps": signed(largest.rounded_bps, 2)}
        found.append(_("Largest part: %(part)s, %(bps)s bps.") % words)
    vwap = content.benchmark(BenchmarkName.VWAP).slippage_bps
    if vwap is not None:
        how = {"bps": number(abs(vwap), 2)}
        better, worse = (
            _("The average price beat the market's VWAP by %(bps)s bps."),
            _("The average price was %(bps)s bps worse than the market's VWAP."),
        )
        found.append((better if vwap < 0 else worse) % how)
    if content.fill_rate < 1:
        words = {"filled": amount(content.filled_quantity), "ordered": amount(content.order.quantity), "base": content.order.base}
        found.append(_("%(filled)s of %(ordered)s %(base)s filled.") % words)
    return found


def _tiles(content: ReportContent, total: Part, figures: Figures) -> tuple[Tile, ...]:
    order, latency = content.order, content.latency
    arrival, vwap = content.benchmark(BenchmarkName.ARRIVAL), content.benchmark(BenchmarkName.VWAP)
    return (
        Tile(label=_("Total cost"), value=number(total.rounded_bps, 2), unit=_("bps"), note=figures.money(total.rounded)),
        Tile(
            label=_("To arrival"),
            value=signed(arrival.slippage_bps, 2),
            unit=_("bps"),
            note=_("mid %(price)s") % {"price": figures.average(arrival.price)},
        ),
        Tile(
            label=_("To interval VWAP"),
            value=signed(vwap.slippage_bps, 2),
            unit=_("bps"),
            note=_("own volume excluded"),
        ),
        Tile(
            label=_("Fill rate"),
            value=percent(content.fill_rate, 1),
            unit="%",
            note=_("%(filled)s of %(ordered)s %(base)s")
            % {"filled": amount(content.filled_quantity), "ordered": amount(order.quantity), "base": order.base},
        ),
        Tile(
            label=_("Maker share"),
            value=percent(content.passive_ratio, 1),
            unit="%",
            note=ngettext("%(count)s fill", "%(count)s fills", len(content.fills)) % {"count": len(content.fills)},
        ),
        Tile(
            label=_("Latency"),
            value=NONE if latency is None else number(latency.mean_ms, 0),
            unit=_("ms"),
            note=NONE if latency is None else _("mean, 95th percentile %(ms)s") % {"ms": number(latency.p95_ms, 0)},
        ),
    )


def _check(parts: tuple[Part, ...], figures: Figures) -> str:
    *others, total = parts
    if total.rounded is None:
        return _("The total is not known: a part could not be measured.")
    if any(part.rounded is None for part in others):
        return _("The total was measured whole: a part of it is not known.")
    return _("Parts add up to the total: %(total)s, difference %(none)s") % {
        "total": figures.money(total.rounded),
        "none": figures.money(Decimal(0)),
    }


def _inputs(content: ReportContent, figures: Figures) -> tuple[tuple[str, str], ...]:
    order = content.order
    return (
        (_("Decision mid"), figures.average(order.decision_mid)),
        (_("Ordered"), f"{figures.quantity(order.quantity)} {order.base}"),
        (_("Arrival mid"), figures.average(order.arrival_mid)),
        (_("Filled"), f"{figures.quantity(content.filled_quantity)} {order.base}"),
        (_("Average fill"), figures.average(content.average_price)),
        (_("Fills"), str(len(content.fills))),
        (_("End mid"), figures.average(order.end_mid)),
        (_("Fees"), figures.money(next(part.rounded for part in content.shortfall.parts if part.name == "fees"))),
    )


def trajectory_caption(content: ReportContent) -> str:
    """Say what the trajectory chart shows."""
    if content.deviation is None or content.tolerance is None:
        return _("Share filled over time. The order was never planned.")
    deviation = content.deviation.share * 100
    words = {
        "tolerance": number(content.tolerance * 100, 0),
        "way": _("ahead") if deviation > 0 else _("behind"),
        "points": number(abs(deviation), 1),
        "at": moment(content.deviation.at),
    }
    plan = _("Share filled, with the first plan (dashed) and its tolerance of ± %(tolerance)s points.") % words
    return plan + " " + _("Furthest %(way)s: %(points)s points at %(at)s UTC.") % words
