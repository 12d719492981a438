"""What is made to go wrong in the fault matrix, and what must be made of it."""

from dataclasses import dataclass, field
from typing import Any

from execution.domain.venue_orders import Acknowledged, NotFound, Rejected, Unknown
from tests.venues.places import PLACES, Place

REFUSALS = {
    "binance": ("-2010", "Account has insufficient balance for requested action.", 400),
    "okx": ("51008", "Order failed. Insufficient balance.", 200),
    "bybit": ("110007", "ab not enough for new order", 200),
    "coinbase": ("INSUFFICIENT_FUND", "Insufficient balance in source account", 200),
}
"""Codes that prove that nothing happened."""
RIDDLES = {
    "binance": ("-1007", "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", 408),
    "okx": ("50004", "Endpoint request timeout", 400),
    "bybit": ("10016", "Server error.", 200),
    "coinbase": ("UNKNOWN_FAILURE_REASON", "", 200),
}
"""Codes that prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault met by one operation."""

    operation: str
    words: str
    fault: str
    asked: dict[str, Any] = field(default_factory=dict)
    outcomes: tuple[type, ...] = (Unknown,)
    codes: dict[str, tuple[str, str, int]] | None = None
    places: tuple[Place, ...] = PLACES

    @property
    def title(self) -> str:
        return f"{self.operation}: {self.words}"

    def asked_of(self, venue: str) -> dict[str, Any]:
        """Return the fault's parameters; those of a reject are the venue's own."""
        if self.codes is None:
            return self.asked
        code, message, status = self.codes[venue]
        return {**self.asked, "code": code, "message": message, "status": status}


def _request_cases(operation: str) -> list[Case]:
    """Return what every kind of signed request may meet."""
    once = {"operations": [operation]}
    return [
        Case(operation=operation, words="slow answer", fault="latency", asked={**once, "milliseconds": 100}, outcomes=(Acknowledged,)),
        Case(operation=operation, words="request lost", fault="drop_request", asked=once),
        Case(operation=operation, words="answer lost", fault="drop_reply", asked=once),
        Case(operation=operation, words="503, carried out", fault="server_error", asked=once),
        Case(operation=operation, words="503, not carried out", fault="server_error", asked={**once, "has_effect": False}),
        Case(operation=operation, words="HTML with status 200", fault="html", asked=once),
        Case(operation=operation, words="answer cut off", fault="truncated", asked=once),
        Case(operation=operation, words="no answer", fault="hang", asked={**once, "milliseconds": 20_000}),
        Case(operation=operation, words="code that proves nothing", fault="reject", asked=once, codes=RIDDLES),
        Case(operation=operation, words="rate limit, then ban", fault="rate_limit", asked=once),
        Case(operation=operation, words="venue down", fault="down", asked={"seconds": 3600}),
    ]


CREATES = (
    *_request_cases("create"),
    Case(
        operation="create",
        words="refused with a code",
        fault="reject",
        asked={"operations": ["create"]},
        outcomes=(Rejected,),
        codes=REFUSALS,
    ),
    Case(
        operation="create",
        words="clock ten minutes ahead",
        fault="clock_skew",
        asked={"milliseconds": 600_000, "seconds": 3600},
        outcomes=(Rejected, Unknown),
    ),
    Case(
        operation="create",
        words="clock ten minutes behind",
        fault="clock_skew",
        asked={"milliseconds": -600_000, "seconds": 3600},
        outcomes=(Rejected, Unknown),
    ),
    Case(
        operation="create",
        words="filled in part",
        fault="partial_fill",
        asked={"share": 0.5, "seconds": 3600},
        outcomes=(Acknowledged,),
    ),
    Case(operation="create", words="order forgotten for a while", fault="forgotten", asked={"seconds": 3600}, outcomes=(Acknowledged,)),
)
CANCELS = (
    *_request_cases("cancel"),
    Case(operation="cancel", words="clock ten minutes ahead", fault="clock_skew", asked={"milliseconds": 600_000, "seconds": 3600}),
    Case(
        operation="cancel",
        words="filled while being cancelled",
        fault="cancel_fill_race",
        asked={"seconds": 3600},
        outcomes=(Acknowledged,),
    ),
)
QUERIES = (
    *_request_cases("query"),
    Case(operation="query", words="clock ten minutes ahead", fault="clock_skew", asked={"milliseconds": 600_000, "seconds": 3600}),
    Case(operation="query", words="order forgotten for a while", fault="forgotten", asked={"seconds": 3600}, outcomes=(NotFound, Unknown)),
)
