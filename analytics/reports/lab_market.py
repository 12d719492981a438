"""The market model held against recordings, as the lab's page shows it: each fact, its band, and whether it lies inside."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from analytics.lab.facts.kept import KeptCalibration, KeptFact
from analytics.reports.figures import NONE, number
from analytics.reports.lab_words import short_usd

_PARTS = re.compile(r"^(?P<stem>[a-z_]+?)_?(?P<part>\d+(?:\.\d+)?)(?P<unit>[a-zM%]*)(?:_(?:usd|bps))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """A fact as a row; `verdict` is ok, MISS, BROKEN or "no band", `word` says so."""

    title: str
    unit: str
    value: str
    interval: str
    band: str
    verdict: str
    word: str
    source: str
    checks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPage:
    """One symbol's calibration. `judged`: facts with a band."""

    symbol: str
    symbols: tuple[str, ...]
    lines: tuple[FactLine, ...]
    inside: int
    judged: int
    hours: str
    seed: int
    measured_at: datetime
    is_of_another_model: bool


def page_of(kept: Mapping[str, KeptCalibration], model: str, symbol: str = "") -> MarketPage | None:
    """Return what the page shows of a symbol, the first one when there is none of that name; none when nothing is kept."""
    if not kept:
        return None
    chosen = symbol if symbol in kept else next(iter(kept))
    found = kept[chosen]
    inside, judged = inside_of(found.facts)
    return MarketPage(
        symbol=chosen,
        symbols=tuple(kept),
        lines=tuple(_line(fact) for fact in sorted(found.facts, key=lambda fact: fact.verdict == "ok")),
        inside=inside,
        judged=judged,
        hours=f"{found.hours:g}",
        seed=found.seed,
        measured_at=found.measured_at,
        is_of_another_model=found.model != model,
    )


def inside_of(facts: Sequence[KeptFact]) -> tuple[int, int]:
    """Return how many facts lie inside their band, and how many have one."""
    judged = [fact for fact in facts if fact.band_low is not None]
    return sum(fact.verdict == "ok" for fact in judged), len(judged)


def _line(fact: KeptFact) -> FactLine:
    title, unit = _title(fact.name)
    missed = _("outside") if fact.is_surely_outside else _("outside, not surely")
    words = {"ok": _("inside"), "MISS": missed, "BROKEN": _("not measured"), "no band": _("no band")}
    return FactLine(
        title=title,
        unit=unit,
        value=fact.problem or short(fact.value),
        interval=NONE if fact.low is None or fact.high is None else _span(fact.low, fact.high),
        band=NONE if fact.band_low is None or fact.band_high is None else _span(fact.band_low, fact.band_high),
        verdict=fact.verdict,
        word=words.get(fact.verdict, fact.verdict),
        source=fact.source or NONE,
        checks="; ".join(
            f"{check.source}: {short(check.value)}" + ("" if check.is_inside else " " + _("(outside)")) for check in fact.checks
        )
        or NONE,
    )


def short(value: float | None) -> str:
    """Write a figure in three digits, thousands and millions by letter."""
    if value is None:
        return NONE
    for size, letter in ((1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            return number(value / (1e3 if letter == "k" else size), 1) + letter
    places = next((places for places, least in ((0, 100), (1, 10), (2, 1), (3, 0.05)) if abs(value) >= least), 4)
    return number(value, places)


def _span(low: float, high: float) -> str:
    return _("%(low)s to %(high)s") % {"low": short(low), "high": short(high)}


def _title(name: str) -> tuple[str, str]:
    """Return a fact's words and unit; one that is not known by its name."""
    plain = {
        "spread_bps": (_("Spread"), "bps"),
        "parents_per_minute": (_("Trades a minute"), ""),
        "mean_parent_usd": (_("Mean trade"), "USD"),
        "volume_usd_per_minute": (_("Volume a minute"), "USD"),
        "volatility_1m_bps": (_("Volatility of a minute"), "bps"),
        "kurtosis_1m": (_("Excess kurtosis of one-minute returns"), ""),
        "impact_exponent": (_("Impact exponent"), ""),
        "kyle_slope_10s": (_("Price move by net flow of 10 s"), "bps / USD m"),
    }
    parts = _PARTS.match(name)
    if name in plain or parts is None:
        return plain.get(name, (name, ""))
    part = {"part": f"{float(parts['part']):g}", "unit": parts["unit"]}
    size = {"usd": part["part"] + parts["unit"].lower()}
    titles = {
        "depth": (_("Depth within %(part)s bps") % part, "USD"),
        "immediate_cost": (_("Immediate order of USD %(usd)s") % {"usd": short_usd(1000 * Decimal(parts["part"]))}, "bps"),
        "sign_autocorrelation": (_("Sign autocorrelation, lag %(part)s") % part, ""),
        "imbalance_return": (_("Imbalance against %(part)s s return") % part, ""),
        "impact_y": (_("Impact Y at %(part)s %% of volume") % part, ""),
        "impact_decay": (_("Impact decay at %(part)s %% of volume") % part, ""),
        "lead_perpetual_spot": (_("Spot after the perpetual, correlation over %(part)s %(unit)s") % part, ""),
        "lead_together": (_("Spot with the perpetual, correlation over %(part)s %(unit)s") % part, ""),
        "lead_spot_perpetual": (_("The perpetual after spot, correlation over %(part)s %(unit)s") % part, ""),
        "maker_mark": (_("Price %(part)s s after a maker fill") % part, "bps"),
        "random_trading": (_("Gain of random trades of USD %(usd)s") % size, "bps"),
        "round_trip": (_("Gain of round trips of USD %(usd)s") % size, "bps"),
        "build_and_dump": (_("Gain of building up and dumping USD %(usd)s") % size, "bps"),
        "grab_and_unwind": (_("Gain of grabbing and unwinding USD %(usd)s") % size, "bps"),
        "two_sided_posting": (_("Gain of posting on both sides, %(part)s s after a fill") % part, "bps"),
    }
    return titles.get(parts["stem"], (name, ""))
