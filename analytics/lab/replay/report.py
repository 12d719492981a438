"""Tell the comparison: a table for people, one line of JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from analytics.lab.replay.comparison import WITHIN_BPS, Row
from analytics.lab.replay.tactics import TacticRow

_HEAD = (
    "market",
    "policy",
    "orders",
    "all-in bps",
    "95 %",
    "slippage",
    "maker",
    "after 1 s",
    "after 5 s",
    "oracle",
    "its 95 %",
    "difference",
)


def table(rows: Sequence[Row]) -> str:
    """Return a table in Markdown, which reads as text too."""
    return _drawn(_HEAD, [_cells(row) for row in rows])


def _drawn(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = [head, *rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    oracle = row.oracle
    return (
        row.market,
        row.policy,
        str(row.orders),
        f"{row.all_in_bps:.2f}",
        f"[{row.low:.2f}, {row.high:.2f}]",
        f"{row.slippage_bps:.2f}",
        f"{row.maker_share:.2f}",
        _or_blank(row.markout_1s_bps),
        _or_blank(row.markout_5s_bps),
        _or_blank(oracle.all_in_bps if oracle else None),
        f"[{oracle.low:.2f}, {oracle.high:.2f}]" if oracle else "",
        _or_blank(row.difference_bps, sign="+"),
    )


def _or_blank(value: float | None, *, sign: str = "-") -> str:
    return "" if value is None else format(value, f"{sign}.2f")


def as_json(rows: Iterable[Row]) -> str:
    """Return the line for programs."""
    told: dict[str, Any] = {}
    for row in rows:
        told.setdefault(row.market, {})[row.policy] = _fields(row)
    return "REPLAY " + json.dumps(told)


def _fields(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "orders": row.orders,
        "all_in_bps": round(row.all_in_bps, 4),
        "ci_low": round(row.low, 4),
        "ci_high": round(row.high, 4),
        "slippage_bps": round(row.slippage_bps, 4),
        "maker_share": round(row.maker_share, 4),
        "seconds": round(row.seconds, 2),
        "markout_1s_bps": _rounded(row.markout_1s_bps),
        "markout_5s_bps": _rounded(row.markout_5s_bps),
    }
    if row.oracle is not None and row.difference_bps is not None:
        fields |= {
            "oracle_bps": row.oracle.all_in_bps,
            "difference_bps": round(row.difference_bps, 4),
            "ok": abs(row.difference_bps) <= WITHIN_BPS,
        }
    return fields


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_TACTICS_HEAD = ("market", "worked by", "orders", "all-in bps", "95 %", "slippage", "maker", "filled", "dearer than the default", "95 %")


def tactics_table(rows: Sequence[TacticRow]) -> str:
    """Return the table of tactics in Markdown."""
    return _drawn(_TACTICS_HEAD, [_tactic_cells(row) for row in rows])


def _tactic_cells(row: TacticRow) -> tuple[str, ...]:
    against = row.against
    return (
        row.market,
        row.name,
        str(row.orders),
        f"{row.all_in_bps:.2f}",
        f"[{row.low:.2f}, {row.high:.2f}]",
        f"{row.slippage_bps:.2f}",
        f"{row.maker_share:.2f}",
        f"{row.filled_share:.3f}",
        f"{against[0]:+.2f}" if against else "",
        f"[{against[1]:+.2f}, {against[2]:+.2f}]" if against else "",
    )


def tactics_json(rows: Iterable[TacticRow]) -> str:
    """Return the line of the tactics for programs."""
    told: dict[str, Any] = {}
    for row in rows:
        fields = {
            "orders": row.orders,
            "all_in_bps": round(row.all_in_bps, 4),
            "ci_low": round(row.low, 4),
            "ci_high": round(row.high, 4),
            "slippage_bps": round(row.slippage_bps, 4),
            "maker_share": round(row.maker_share, 4),
            "filled_share": round(row.filled_share, 4),
            "dearer_than_default_bps": None if row.against is None else [round(value, 4) for value in row.against],
        }
        told.setdefault(row.market, {})[row.name] = fields
    return "TACTICS " + json.dumps(told)
