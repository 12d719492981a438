"""How the lab writes its settings and figures: bps with one decimal and a true minus, a dash for what is not known."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from analytics.domain.experiments import BASELINES, ExperimentSettings, Interval
from analytics.reports.figures import NONE, number, signed
from dipmaster.templatetags.desk import duration
from execution.domain.strategy import title_of

_MOST_NAMED = 4


def algorithm_title(name: str) -> str:
    """Write an algorithm as people call it; one that is not known any more by its name."""
    baselines = {"market": _("Market order"), "clips": _("Equal clips at market"), "oracle": _("Volume oracle")}
    name, _colon, mode = name.partition(":")
    title = baselines.get(name) or title_of(name)
    return title[:1].upper() + title[1:] + (f" {mode}" if mode else "")


def is_baseline(name: str) -> bool:
    """Tell whether a way of trading is only there to compare with."""
    return name in BASELINES


def size_title(text: str) -> str:
    """Write a stored size: USD 8k, 5 % of volume."""
    if text.endswith("%"):
        return _("%(share)s %% of volume") % {"share": text.removesuffix("%")}
    return f"USD {short_usd(Decimal(text))}"


def short_usd(value: Decimal) -> str:
    """Write an amount with k or m where nothing is lost by it: 8k, 1.5m, 250."""
    for letter, multiple in (("m", 1_000_000), ("k", 1_000)):
        if value >= multiple and value % (multiple // 100) == 0:
            return f"{(value / multiple).normalize():f}{letter}"
    return f"{value:,f}"


def short_size(text: str) -> str:
    """Write a stored size where there is little room: 8k, 5 %."""
    return f"{text.removesuffix('%')} %" if text.endswith("%") else short_usd(Decimal(text))


def source_title(name: str) -> str:
    """Write where the market comes from."""
    titles = {"model": _("model"), "candles": _("recorded candles"), "recorded": _("recorded books"), "own": _("own recordings")}
    return titles.get(name, name)


def source_help(name: str) -> str:
    """Say what a source is."""
    return {
        "model": _("simulated venues around one price; as many different paths as asked for"),
        "candles": _("prices and volumes of days of 2025 drive the model's books"),
        "recorded": _("books and trades of one venue, a few minutes of 2024; the market does not answer to orders"),
        "own": _("what manage.py record has kept; the market does not answer to orders"),
    }.get(name, "")


def is_replayed(name: str) -> bool:
    """Tell whether a source replays what was recorded: paths are stretches of it that overlap."""
    return name in ("recorded", "own")


def bps(value: float | Decimal | None, places: int = 1) -> str:
    """Write a cost."""
    return number(value, places)


def signed_bps(value: float | None, places: int = 1) -> str:
    """Write a difference."""
    return signed(value, places)


def span(interval: Interval | None, *, is_signed: bool) -> str:
    """Write the ends of an interval."""
    if interval is None or interval.low is None or interval.high is None:
        return NONE
    write = signed if is_signed else number
    return _("%(low)s to %(high)s") % {"low": write(interval.low, 1), "high": write(interval.high, 1)}


def order_time(seconds: float) -> str:
    """Write a mean duration as minutes and seconds."""
    return duration(timedelta(seconds=round(seconds)))


def took(value: timedelta | None) -> str:
    """Write how long an experiment took."""
    if value is None:
        return NONE
    seconds = max(round(value.total_seconds()), 0)
    minutes, rest = divmod(seconds, 60)
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest} if minutes else _("%(seconds)d s") % {"seconds": rest}


def algorithms_of(settings: ExperimentSettings) -> str:
    """Write what is compared, ours first; of many the first few."""
    titles = [algorithm_title(name) for name in sorted(settings.algorithms, key=is_baseline)]
    if len(titles) <= _MOST_NAMED:
        return ", ".join(titles)
    shown = ", ".join(titles[: _MOST_NAMED - 1])
    return _("%(shown)s and %(count)d more") % {"shown": shown, "count": len(titles) - _MOST_NAMED + 1}


def minutes_of(settings: ExperimentSettings) -> str:
    """Write the horizons."""
    return ", ".join(f"{minutes:g}" for minutes in settings.minutes)
