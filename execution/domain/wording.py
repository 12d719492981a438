"""Values of the domain written down for people, with their parts, a line for each that fits one."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.books import Level

SHOWN_LEVELS = 3
"""Of a side of a book; how many more there are is said."""


def lines_of(value: Any, name: str, indent: str = "") -> Iterator[str]:
    """Write a value down under a name, and below it, further in, the parts that do not fit its line."""
    if not _is_nested(value):
        yield f"{indent}{name}: {_in_words(value)}"
        return
    parts = list(_parts(value))
    flat = [f"{part} {_in_words(one)}" for part, one in parts if not _is_nested(one)]
    yield f"{indent}{name}: {', '.join(flat)}".rstrip()
    for part, one in parts:
        if _is_nested(one):
            yield from lines_of(one, part, indent + "  ")


def _is_nested(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_is_nested(one) for one in value)
    if isinstance(value, Mapping):
        return bool(value)
    return is_dataclass(value) and not isinstance(value, Level)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        yield from ((str(number), one) for number, one in enumerate(value, start=1))
    elif isinstance(value, Mapping):
        yield from ((str(key), one) for key, one in value.items())
    else:
        yield from ((field.name, getattr(value, field.name)) for field in fields(value) if field.init)


def _in_words(value: Any) -> str:
    """Write a single value, or a row of them."""
    match value:
        case tuple():
            words = [_in_words(one) for one in value[:SHOWN_LEVELS]]
            words += [f"and {len(value) - SHOWN_LEVELS} more"] if len(value) > SHOWN_LEVELS else []
            found = "; ".join(words) or "none"
        case Decimal():
            found = f"{value:f}"
        case datetime():
            found = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        case timedelta():
            found = f"{value.total_seconds():g} s"
        case Level():
            found = f"{value.quantity:f} at {value.price:f}"
        case bool():
            found = "yes" if value else "no"
        case _:
            found = "none" if value is None or value == {} else str(value)
    return found
