"""Pages of lists, and the times that may be asked for."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.paging import DAY_MS, page, time_range

NOW = 1_700_000_000_000


def all_pages(rows: list[tuple[int, int]], limit: int, *, decoded: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    cursor = ""
    while True:
        sent = unquote(cursor) if decoded else cursor
        shown, cursor = page(rows, {"limit": str(limit), "cursor": sent}, lambda row: row, default=20, highest=50)
        found += shown
        if not cursor:
            return found


@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 30))), st.integers(1, 60), st.booleans())
def test_the_pages_of_a_list_hold_every_row_once_newest_first(rows: set[tuple[int, int]], limit: int, decoded: bool) -> None:
    assert all_pages(list(rows), limit, decoded=decoded) == sorted(rows, reverse=True)


def test_a_page_holds_no_more_than_the_venue_gives() -> None:
    shown, cursor = page([(number, 0) for number in range(60)], {"limit": "1000"}, lambda row: row, default=20, highest=50)
    assert (len(shown), cursor != "") == (50, True)


@pytest.mark.parametrize("cursor", ["soon", "1", "1:", ":1", "-1:2", "1:2:3"])
def test_a_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError):
        page([], {"cursor": cursor}, lambda row: row, default=20, highest=50)


def test_without_times_the_last_seven_days_are_meant() -> None:
    first, last = time_range({}, NOW)
    assert first == NOW - 7 * DAY_MS
    assert last >= NOW


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"startTime": str(NOW)}, (NOW, NOW + 7 * DAY_MS)),
        ({"endTime": str(NOW)}, (NOW - 7 * DAY_MS, NOW)),
        ({"startTime": str(NOW), "endTime": str(NOW + 5)}, (NOW, NOW + 5)),
    ],
)
def test_one_time_or_both_limit_what_is_meant(params: dict[str, str], expected: tuple[int, int]) -> None:
    assert time_range(params, NOW) == expected


@pytest.mark.parametrize("end", [NOW + 7 * DAY_MS + 1, NOW - 1])
def test_more_than_seven_days_or_less_than_none_are_refused(end: int) -> None:
    with pytest.raises(ApiError):
        time_range({"startTime": str(NOW), "endTime": str(end)}, NOW)
