"""What can be asked to go wrong on a venue, and how such a request is read."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

LONGEST_SECONDS = 3600.0


class Fault(StrEnum):
    """Everything that can be asked for."""

    LATENCY = "latency"
    DROP_REQUEST = "drop_request"
    DROP_REPLY = "drop_reply"
    SERVER_ERROR = "server_error"
    HTML = "html"
    TRUNCATED = "truncated"
    HANG = "hang"
    REJECT = "reject"
    RATE_LIMIT = "rate_limit"
    DOWN = "down"
    DISCONNECT = "disconnect"
    SILENT = "silent"
    GAP = "gap"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    CROSSED = "crossed"
    CLOCK_SKEW = "clock_skew"
    PARTIAL_FILL = "partial_fill"
    CANCEL_FILL_RACE = "cancel_fill_race"
    FORGOTTEN = "forgotten"
    POSITION_DRIFT = "position_drift"


REQUEST_FAULTS = (
    Fault.DOWN,
    Fault.RATE_LIMIT,
    Fault.REJECT,
    Fault.DROP_REQUEST,
    Fault.DROP_REPLY,
    Fault.SERVER_ERROR,
    Fault.HTML,
    Fault.TRUNCATED,
    Fault.HANG,
)
CORE_FAULTS = frozenset(
    {Fault.CROSSED, Fault.CLOCK_SKEW, Fault.PARTIAL_FILL, Fault.CANCEL_FILL_RACE, Fault.FORGOTTEN, Fault.POSITION_DRIFT}
)
TIMED = CORE_FAULTS | {Fault.DOWN, Fault.SILENT}
OF_A_SYMBOL = frozenset({Fault.CROSSED, Fault.POSITION_DRIFT})
OPERATIONS = frozenset({"create", "cancel", "query", "public", "stream"})


class FaultError(ValueError):
    """Say why a fault cannot be had."""


@dataclass(slots=True, kw_only=True)
class Rule:
    """One fault in force. What a fault does not use is ignored."""

    fault: Fault
    operations: frozenset[str] = OPERATIONS
    count: int | None = None
    seconds: float | None = None
    probability: float = 1.0
    has_effect: bool = True
    """Whether the request is carried out although its answer is lost or spoilt."""
    stream: str = ""
    """`public` or `private`; empty: both."""
    milliseconds: float = 0.0
    """Latency: the fixed part, and the mean of the exponential part on top. Clock skew: added to the venue's clock."""
    code: str = ""
    message: str = ""
    status: int = 400
    symbol: str = ""
    lots: int = 0
    share: float = 0.5
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one parameter is read: `kind` makes it, bounds apply to numbers."""

    kind: Callable[[Any], Any]
    low: float = float("-inf")
    high: float = float("inf")


_READINGS = {
    "count": _Reading(int, 1, 1_000_000),
    "seconds": _Reading(float, 0.001, LONGEST_SECONDS),
    "probability": _Reading(float, 0.0, 1.0),
    "milliseconds": _Reading(float, -86_400_000, 86_400_000),
    "status": _Reading(int, 200, 599),
    "lots": _Reading(int, -(10**12), 10**12),
    "share": _Reading(float, 0.0, 1.0),
    "code": _Reading(str),
    "message": _Reading(str),
    "symbol": _Reading(str),
}


def read_rule(asked: dict[str, Any]) -> Rule:
    """Read a fault as it was asked for.

    Raises:
        FaultError: there is no such fault, or one of its parameters is not what it must be.
    """
    try:
        fault = Fault(asked.get("fault", ""))
    except (ValueError, TypeError) as error:
        raise FaultError(f"fault must be one of {', '.join(Fault)}") from error
    known = {field.name for field in fields(Rule)} - {"until"} | {"venue"}
    unknown = asked.keys() - known
    if unknown:
        raise FaultError(f"{', '.join(sorted(unknown))}: no such parameter; there are {', '.join(sorted(known))}")
    operations = _operations(asked.get("operations"))
    if asked.get("stream", "") not in ("", "public", "private"):
        raise FaultError("stream must be public or private")
    if not isinstance(asked.get("has_effect", True), bool):
        raise FaultError("has_effect must be true or false")
    values = {name: _read(name, asked[name]) for name in _READINGS.keys() & asked.keys()}
    rule = Rule(
        fault=fault, operations=operations, stream=asked.get("stream", ""), has_effect=bool(asked.get("has_effect", True)), **values
    )
    if fault in TIMED and rule.seconds is None:
        raise FaultError(f"{fault} needs seconds")
    if fault is Fault.REJECT and not rule.code:
        raise FaultError("reject needs the venue's code")
    if fault in OF_A_SYMBOL and not rule.symbol:
        raise FaultError(f"{fault} needs a symbol")
    return rule


def _operations(asked: Any) -> frozenset[str]:
    if asked is None:
        return OPERATIONS
    if not isinstance(asked, list) or not asked or not all(isinstance(one, str) and one in OPERATIONS for one in asked):
        raise FaultError(f"operations must be a list of some of {', '.join(sorted(OPERATIONS))}")
    return frozenset(asked)


def _read(name: str, value: Any) -> Any:
    reading = _READINGS[name]
    try:
        if isinstance(value, bool) or (reading.kind is str and not isinstance(value, str)):
            raise TypeError
        number = reading.kind(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise FaultError(f"{name}: {value!r} is not a {reading.kind.__name__}") from error
    if reading.kind is not str and not reading.low <= number <= reading.high:
        raise FaultError(f"{name} must be from {reading.low:g} to {reading.high:g}")
    return number
