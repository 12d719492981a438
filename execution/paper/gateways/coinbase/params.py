"""What a call gets to answer from, and how lists are cut into pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from execution.paper.accounts import Account
from execution.paper.gateways.coinbase.errors import invalid
from execution.paper.gateways.coinbase.products import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """One request, read: its query holds every value of a repeated parameter."""

    query: Mapping[str, Sequence[str]]
    path: Mapping[str, str]
    now_ms: int
    body: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return the value of a parameter, "" when it is not given."""
        values = self.query.get(key)
        return values[0] if values else ""

    def names(self, *keys: str) -> list[str]:
        """Return the values of a repeated parameter, under any of its spellings, also comma-separated."""
        return [part for key in keys for value in self.query.get(key, ()) for part in value.split(",") if part]

    def number(self, key: str, default: int, most: int) -> int:
        """Return a count, at most `most`.

        Raises:
            ApiError: it is none.
        """
        text = self.text(key) or str(default)
        if not text.isdecimal() or not int(text):
            raise invalid(f"{key} must be a positive number")
        return min(int(text), most)

    def time(self, key: str) -> int | None:
        """Return a time of RFC 3339 in milliseconds, None when it is not given.

        Raises:
            ApiError: it is none.
        """
        text = self.text(key)
        try:
            return read_time(text) if text else None
        except ValueError as error:
            raise invalid(f"{key} must be a time of RFC 3339") from error


PublicCall = Callable[[Params], Any]
SignedCall = Callable[[Account, Params], Any]


def page_of(rows: Sequence[tuple[int, Any]], params: Params, *, default: int, most: int) -> tuple[list[Any], str]:
    """Cut a page from (number, row), newest first; the cursor is the last number on the page, "" when nothing follows.

    What is added while somebody turns pages does not shift them.
    """
    limit, after = params.number("limit", default, most), params.text("cursor")
    if after and not after.isdecimal():
        raise invalid("cursor is not one of ours")
    left = [(number, row) for number, row in rows if not after or number < int(after)]
    page = left[:limit]
    return [row for _, row in page], str(page[-1][0]) if len(left) > limit else ""


def newest_first(items: Iterable[Any], number: Callable[[Any], int]) -> list[tuple[int, Any]]:
    """Number items for `page_of`."""
    return sorted(((number(item), item) for item in items), key=lambda pair: -pair[0])
