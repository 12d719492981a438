"""Tell how well signals foretell: a table for people, one line of JSON for programs."""

import json
from collections.abc import Sequence
from typing import Any

from analytics.lab.signals.foretelling import HORIZONS, Found


def table(found: Sequence[Found]) -> str:
    """Return a table in Markdown, a row a group and signal, a column a horizon."""
    rows: dict[tuple[str, str], dict[float, Found]] = {}
    for one in found:
        rows.setdefault((one.group, one.signal), {})[one.horizon_seconds] = one
    head = ["recordings", "signal", *(f"{horizon:.0f} s" for horizon in HORIZONS), "samples"]
    lines = [head, ["---"] * len(head)]
    for (group, signal), by_horizon in rows.items():
        cells = [_cell(by_horizon.get(horizon)) for horizon in HORIZONS]
        lines.append([group, signal, *cells, str(max(one.samples for one in by_horizon.values()))])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_json(found: Sequence[Found]) -> str:
    """Return the line for programs: by group, signal and horizon the correlation with its interval, the slope and the samples."""
    told: dict[str, Any] = {}
    for one in found:
        told.setdefault(one.group, {}).setdefault(one.signal, {})[f"{one.horizon_seconds:.0f}"] = {
            "correlation": round(one.correlation, 4),
            "low": round(one.low, 4),
            "high": round(one.high, 4),
            "bps": round(one.bps, 4),
            "samples": one.samples,
        }
    return f"SIGNALS {json.dumps(told)}"


def _cell(one: Found | None) -> str:
    return "" if one is None else f"{one.correlation:.2f} [{one.low:.2f}, {one.high:.2f}], {one.bps:.2f} bps"
