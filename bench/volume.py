"""How well the share of an order follows what others trade, on recorded candles: the live forecast against the day's usual volume.

    make bench BENCH=volume [BENCH_ARGS="--symbols BTC,ETH"]

One-minute candles of Binance USD-M, 2025, day by day: the curve and the coefficients of a day come from the days before it, a forecast
from closed minutes only. Orders of 30 minutes follow, at each minute's end, the share of the volume traded by then (share error), and
are filled at each minute's mean price (slippage against the interval's VWAP). Static follows E[m_t / V] of the curve, flat the clock.
Forecasts and shares are those of the product, made as a desk makes them: once a minute, one call an order.

Exit code 1 when an invariant does not hold: a share outside [0, 1], one that falls, a path that does not end at 1. Figures do not fail it.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.lab.candles import MINUTES_A_DAY, CandleError, Candles, read_candles
from analytics.lab.finding import CANDLE_FILES, NoData, data_folder
from bench.measuring import conclude, say
from execution.domain.volume_curve import Floats, VolumeCurve, fit_curve
from execution.domain.volume_forecast import VolumeModel, day_sums, features, fit_model, forecast_from, surprises

ORDER_MINUTES = 30
FEWEST_PAST_DAYS = 15
FIRST_STATE_DAY = 3
"""Before it a curve has too few days to say what surprises."""
FIRST_TRAINED_DAY = 4
REMEMBERED_MINUTES = MINUTES_A_DAY
PROCESSES = 2
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
METHODS = ("static", "flat", "best share", "balanced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A symbol's days: base volume and mean price of each minute, shape (days, 1440), volume NaN where no candle is."""

    symbol: str
    first_day: int
    volumes: Floats
    prices: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A recording with, by day, the curve known before it, and by minute the surprise against it."""

    recording: Recording
    curves: tuple[VolumeCurve, ...]
    surprises: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came out for one symbol, by method: root mean square share error, standard deviation of slippage in bps."""

    symbol: str
    days: int
    orders: int
    errors: dict[str, float]
    deviations: dict[str, float]
    wrong: int


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=volume", description="Share error and slippage of following volume.")
    parser.add_argument("--symbols", default="", help="only these, as BTC,ETH (default: all recorded)")
    parser.add_argument(
        "--every", type=int, default=13, help="minutes between orders; 13 is no part of an hour, so they start at each of its minutes"
    )
    parser.add_argument("--year", default="2025", help="which year's candles")
    given = parser.parse_args()
    try:
        recordings = read_recordings({name.strip().upper() for name in given.symbols.split(",") if name.strip()}, given.year)
    except (NoData, CandleError) as problem:
        say(str(problem))
        return 1
    say(f"{len(recordings)} symbols, orders of {ORDER_MINUTES} minutes, one each {given.every} minutes, from day {FEWEST_PAST_DAYS + 1} on")
    return show(measure(recordings, given.every))


def read_recordings(wanted: set[str], year: str) -> list[Recording]:
    """Read every recorded symbol, for each one's forecast looks at the others; which are measured is chosen here too.

    Raises:
        NoData: there are no candles, or none of a symbol that was asked for.
        CandleError: a file cannot be used.
    """
    folder = data_folder() / "candles_1m"
    paths = sorted(folder.glob(CANDLE_FILES.format(symbol="*").replace("2025", year)))
    found = [_recording(path) for path in paths]
    missing = wanted - {recording.symbol for recording in found}
    if missing or not found:
        raise NoData(f"There are no candles of {', '.join(sorted(missing)) or year} in {folder}.")
    return [recording for recording in found if not wanted or recording.symbol in wanted]


def _recording(path: Path) -> Recording:
    candles: Candles = read_candles(path)
    price = (candles.high + candles.low + candles.close) / 3
    first, last = int(candles.minutes[0]) // MINUTES_A_DAY + 1, (int(candles.minutes[-1]) + 1) // MINUTES_A_DAY  # complete days
    volumes = np.full((last - first) * MINUTES_A_DAY, np.nan)
    prices = volumes.copy()
    inside = (candles.minutes >= first * MINUTES_A_DAY) & (candles.minutes < last * MINUTES_A_DAY)
    where = candles.minutes[inside] - first * MINUTES_A_DAY
    volumes[where], prices[where] = (candles.usd / price)[inside], price[inside]
    symbol = path.name.split("_")[2].removesuffix("usdt").upper()
    return Recording(
        symbol=symbol, first_day=first, volumes=volumes.reshape(-1, MINUTES_A_DAY), prices=_carried(prices).reshape(-1, MINUTES_A_DAY)
    )


def _carried(prices: Floats) -> Floats:
    """Return prices with gaps filled by the last one before."""
    known = np.maximum.accumulate(np.where(np.isfinite(prices), np.arange(prices.size), 0))
    return prices[known]


def measure(recordings: list[Recording], every: int) -> list[Figures]:
    """Measure each symbol, two at a time."""
    prepared = [prepare(recording) for recording in recordings]
    measured = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        tasks = [pool.submit(_measured, own, mean_of_peers(own, prepared), every) for own in prepared]
        for task in tasks:
            measured.append(task.result())
            say(_row(measured[-1]))
    return measured


def prepare(recording: Recording) -> Prepared:
    """Fit each day's curve on the days before it."""
    first = date.fromordinal(EPOCH.toordinal() + recording.first_day)
    curves = tuple(fit_curve(recording.volumes[:day], first) for day in range(len(recording.volumes)))
    x = np.full(recording.volumes.shape, np.nan)
    for day in range(FIRST_STATE_DAY, len(curves)):
        x[day] = surprises(curves[day], recording.volumes[day], (recording.first_day + day) * MINUTES_A_DAY)
    return Prepared(recording=recording, curves=curves, surprises=x)


def mean_of_peers(own: Prepared, everyone: list[Prepared]) -> Floats:
    """Return the mean surprise of the other symbols in each minute of one's own days; zero where none is known."""
    total = np.zeros(own.surprises.shape)
    count = np.zeros(own.surprises.shape)
    for other in everyone:
        if other is own:
            continue
        shift = own.recording.first_day - other.recording.first_day
        begin, end = max(0, -shift), min(len(total), len(other.surprises) - shift)
        if begin < end:
            theirs = other.surprises[begin + shift : end + shift]
            total[begin:end] += np.nan_to_num(theirs)
            count[begin:end] += np.isfinite(theirs)
    return np.where(count > 0, total / np.maximum(count, 1), 0.0)


class _Tally:
    """Squared share errors and slippages of the orders of one symbol."""

    def __init__(self) -> None:
        self.squares: dict[str, list[float]] = {name: [] for name in METHODS}
        self.slippages: dict[str, list[float]] = {name: [] for name in METHODS}
        self.wrong = 0

    def add(self, method: str, shares: Floats, traded_shares: Floats, moves_bps: Floats) -> None:
        """Count one order: its share at the end of each minute, against the market's."""
        is_right = np.all(np.diff(shares) >= 0) and shares[0] >= 0 and shares[-1] == 1
        self.wrong += not is_right
        error = shares - traded_shares
        self.squares[method].append(float(np.mean(error**2)))
        self.slippages[method].append(float(-(error[:-1] @ moves_bps)))


def _measured(own: Prepared, peers: Floats, every: int) -> Figures:
    recording, tally = own.recording, _Tally()
    states = features(own.surprises.ravel(), peers.ravel()).reshape(*own.surprises.shape, -1)
    sums = [
        day_sums(own.curves[day], (recording.first_day + day) * MINUTES_A_DAY, recording.volumes[day], states[day])
        for day in range(FIRST_TRAINED_DAY, len(states))
    ]
    days = range(FEWEST_PAST_DAYS, len(states))
    for day in days:
        model = fit_model(sums[: day - FIRST_TRAINED_DAY])
        _add_day(tally, own, peers, day=day, model=model, every=every)
    return Figures(
        symbol=recording.symbol,
        days=len(days),
        orders=len(tally.squares["static"]),
        errors={name: float(np.sqrt(np.mean(values))) for name, values in tally.squares.items()},
        deviations={name: float(np.std(values)) for name, values in tally.slippages.items()},
        wrong=tally.wrong,
    )


def _add_day(tally: _Tally, own: Prepared, peers: Floats, *, day: int, model: VolumeModel, every: int) -> None:
    """Work the orders of a day."""
    starts = np.arange(0, MINUTES_A_DAY - ORDER_MINUTES + 1, every)
    volumes, logs = own.recording.volumes[day], np.log(own.recording.prices[day])
    shares = follow(own, peers, day, model, starts)
    midnight = EPOCH + timedelta(days=own.recording.first_day + day)
    for number, start in enumerate(starts):
        window = slice(start, start + ORDER_MINUTES)
        traded = np.cumsum(volumes[window])
        if not traded[-1] > 0:
            continue  # a window with a gap, or without trade, has no VWAP to follow
        bounds = [midnight + timedelta(minutes=int(start) + minute) for minute in range(ORDER_MINUTES + 1)]
        paths = {"static": own.curves[day].share_path(bounds)[1:], "flat": np.arange(1, ORDER_MINUTES + 1) / ORDER_MINUTES}
        paths |= {method: path[number] for method, path in shares.items()}
        for method, path in paths.items():
            tally.add(method, path, traded / traded[-1], 1e4 * np.diff(logs[window]))


def follow(own: Prepared, peers: Floats, day: int, model: VolumeModel, starts: NDArray[np.int64]) -> dict[str, Floats]:
    """Return each order's share at the end of each of its minutes, shape (orders, 30), by method: the target, never falling, 1 at last."""
    volumes = own.recording.volumes.ravel()
    first = day * MINUTES_A_DAY
    cumulated = np.concatenate([[0.0], np.cumsum(np.nan_to_num(volumes[first : first + MINUTES_A_DAY]))])
    tilts = {"best share": 0.0, "balanced": model.balanced_tilt}
    shares = {name: np.ones((starts.size, ORDER_MINUTES)) for name in tilts}
    midnight = EPOCH + timedelta(days=own.recording.first_day + day)
    for minute in range(MINUTES_A_DAY - 1):
        running = np.flatnonzero((starts <= minute) & (minute < starts + ORDER_MINUTES - 1))
        now = midnight + timedelta(minutes=minute)
        if not running.size:
            continue
        known = slice(first + minute - REMEMBERED_MINUTES, first + minute)  # closed minutes only
        forecast = forecast_from(own.curves[day], volumes[known], now, peers=peers.ravel()[known], model=model)
        assert forecast is not None
        for order in running:
            start = int(starts[order])
            end = midnight + timedelta(minutes=start + ORDER_MINUTES)
            traded = float(cumulated[minute] - cumulated[start])
            for name, tilt in tilts.items():
                share = forecast.target_share(traded=traded, at=now, until=now + MINUTE, end_at=end, tilt=tilt)
                before = shares[name][order, minute - start - 1] if minute > start else 0.0
                shares[name][order, minute - start] = max(before, share)
    return shares


def _row(figures: Figures) -> str:
    ratios = "  ".join(
        f"{name} {figures.errors[name] / figures.errors['static']:.3f}/{figures.deviations[name] / figures.deviations['static']:.3f}"
        for name in METHODS[1:]
    )
    return f"{figures.symbol:5s} {figures.days:3d} days {figures.orders:5d} orders, static {figures.errors['static']:.4f}; {ratios}"


def show(measured: list[Figures]) -> int:
    """Print the medians and the last line; return the exit code."""

    def median(kind: str, method: str, base: str) -> float:
        return float(np.median([getattr(figures, kind)[method] / getattr(figures, kind)[base] for figures in measured]))

    say("")
    say("Median over symbols, relative to static: share error (RMSE), standard deviation of slippage against interval VWAP")
    for method in METHODS[1:]:
        say(f"  {method:18s} {median('errors', method, 'static'):.3f}   {median('deviations', method, 'static'):.3f}")
    wrong = sum(figures.wrong for figures in measured)
    if wrong:
        say(f"WRONG: {wrong} paths of shares fall, leave [0, 1] or do not end at 1")
    conclude(
        {
            "bench": "volume",
            "rmse_vs_static": round(median("errors", "best share", "static"), 4),
            "rmse_vs_flat": round(median("errors", "best share", "flat"), 4),
            "balanced_rmse_vs_static": round(median("errors", "balanced", "static"), 4),
            "balanced_sd_vs_static": round(median("deviations", "balanced", "static"), 4),
            "symbols": len(measured),
            "orders": sum(figures.orders for figures in measured),
            "ok": not wrong,
        }
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
