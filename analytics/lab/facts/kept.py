"""The last calibration of each symbol, kept for the lab's pages to show."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from analytics.lab.facts.report import Line
from dipmaster.addresses import BASE_DIR, var_dir

_MODEL = BASE_DIR / "execution" / "market_model"
_DIGITS = 8


class CalibrationUnreadable(ValueError):
    """The file of kept calibrations is damaged or of another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheck:
    """A held-out figure and whether the band holds it."""

    source: str
    value: float
    is_inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFact:
    """One fact: the model's value with its 95 % interval, the band, the verdict of the report. None: not known.

    `is_surely_outside`: the whole interval is, so that it is not the luck of a few paths.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    band_low: float | None
    band_high: float | None
    verdict: str
    is_surely_outside: bool
    problem: str
    source: str
    checks: tuple[KeptCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCalibration:
    """A symbol's calibration: over how many hours of paths, when, and of which code of the market model."""

    hours: float
    seed: int
    measured_at: datetime
    model: str
    facts: tuple[KeptFact, ...]


def calibration_file() -> Path:
    """Return where calibrations are kept."""
    return var_dir() / "lab" / "calibration.json"


def model_digest() -> str:
    """Return a digest of the market model's code: a calibration of another one says nothing about this one."""
    digest = hashlib.sha256()
    for path in sorted(_MODEL.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def calibration_of(lines: Sequence[Line], *, hours: float, seed: int, now: datetime) -> KeptCalibration:
    """Return a symbol's report as it is kept."""
    return KeptCalibration(hours=hours, seed=seed, measured_at=now, model=model_digest(), facts=tuple(_fact(line) for line in lines))


def keep(found: Mapping[str, KeptCalibration], path: Path) -> None:
    """Write calibrations beside those of other symbols; a file that cannot be read is written anew."""
    try:
        kept = dict(read(path))
    except CalibrationUnreadable:
        kept = {}
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {symbol: asdict(each) | {"measured_at": each.measured_at.isoformat()} for symbol, each in (kept | dict(found)).items()}
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
    beside.replace(path)


def read(path: Path) -> Mapping[str, KeptCalibration]:
    """Return what is kept by symbol; nothing when nothing ever was.

    Raises:
        CalibrationUnreadable: the file is damaged.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, KeptCalibration])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CalibrationUnreadable(f"{path} cannot be read: {error}") from error


def _fact(line: Line) -> KeptFact:
    estimate, band = line.estimate, line.band
    checks = () if band is None else band.checks
    return KeptFact(
        name=line.fact,
        value=_finite(estimate.value if estimate else None),
        low=_finite(estimate.low if estimate else None),
        high=_finite(estimate.high if estimate else None),
        band_low=line.limits[0] if band else None,
        band_high=line.limits[1] if band else None,
        verdict=line.verdict,
        is_surely_outside=line.is_surely_outside,
        problem=line.problem,
        source=band.source if band else "",
        checks=tuple(KeptCheck(source=each.source, value=each.value, is_inside=bool(band and band.holds(each.value))) for each in checks),
    )


def _finite(value: float | None) -> float | None:
    """Return a number, none for what is no number: JSON has no word for it."""
    return None if value is None or not math.isfinite(value) else float(value)
