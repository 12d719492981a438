"""Collect what the matrices found, and keep docs/venues.md true to it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.venues.places import PLACES

DOCUMENT = Path(__file__).parents[2] / "docs" / "venues.md"
PASSED, FAILED, NOT_THERE = "✓", "✗", "–"
Cells = dict[str, dict[str, str]]
_WORKER_KEY = "matrices"


class Tables:
    """One table per matrix: a row per case, a column per place; a test may name the words of its cell."""

    def __init__(self, *, is_writing: bool) -> None:
        self._is_writing = is_writing
        self._cells: dict[str, Cells] = defaultdict(lambda: defaultdict(dict))
        self._collected: set[tuple[str, str, str]] = set()
        self._order: list[tuple[str, str]] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
        """Note all cells before a selection drops some, and the order of the rows in which the tests will run."""
        for item in items:
            for name, row, columns in _cells_of(item):
                self._collected |= {(name, row, column) for column in columns}
                item.user_properties.append(("matrix", (name, row, columns)))
        yield
        self._order = list(dict.fromkeys((name, row) for item in items for name, row, _ in _cells_of(item)))

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        properties = dict(report.user_properties)
        if "matrix" not in properties:
            return
        name, row, columns = properties["matrix"]
        words: dict[str, str] = properties.get("cells", {})
        for column in columns:
            self._cells[name][row][column] = words.get(column, PASSED) if report.passed else FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from a worker process what was collected: the process that started it collects nothing, but hears of every test."""
        collected, order = getattr(node, "workeroutput", {}).get(_WORKER_KEY, ((), ()))
        self._collected |= set(collected)
        self._order = list(order) or self._order

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the tables where all tests are heard of: in a worker process, which ran only some, hand on what was collected."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[_WORKER_KEY] = (list(self._collected), self._order)
        else:
            self._judge(session, exitstatus)

    def _judge(self, session: pytest.Session, exitstatus: int) -> None:
        """Write or compare the tables of those matrices that ran whole; a table that is out of date fails the session."""
        text = found = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        for name, cells in self._cells.items():
            done = {(name, row, column) for row, columns in cells.items() for column in columns}
            collected = {cell for cell in self._collected if cell[0] == name}
            is_whole = done == collected and (self._is_writing or _rows(found, name) <= set(cells))
            if exitstatus == pytest.ExitCode.OK and is_whole:
                text = _with_table(text, name, _table({row: cells[row] for matrix, row in self._order if matrix == name}))
        if text == found:
            return
        if self._is_writing:
            DOCUMENT.write_text(text)
        else:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            reporter: Any = session.config.pluginmanager.getplugin("terminalreporter")
            reporter.write_line("docs/venues.md does not say what the matrices found: run make venues", red=True)


def _cells_of(item: pytest.Item) -> list[tuple[str, str, tuple[str, ...]]]:
    marker = item.get_closest_marker("matrix")
    if marker is None:
        return []
    params = item.callspec.params if hasattr(item, "callspec") else {}
    row = params["case"].title if "case" in params else item.name.split("[")[0].removeprefix("test_").replace("_", " ")
    columns = (params["place"].title,) if "place" in params else tuple(place.title for place in params["case"].places)
    return [(marker.args[0], row, columns)]


def _rows(text: str, name: str) -> set[str]:
    """Return the rows that the document has: a run of a selection must not pass for the whole."""
    _, _, block = text.partition(_begin(name))
    lines = block.partition(_end(name))[0].strip().splitlines()[2:]
    return {line.split("|")[1].strip() for line in lines}


def _table(cells: Cells) -> str:
    found = {column for row in cells.values() for column in row}
    columns = [place.title for place in PLACES if place.title in found]
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    lines += [f"| {row} | {' | '.join(found.get(column, NOT_THERE) for column in columns)} |" for row, found in cells.items()]
    return "\n".join(lines)


def _with_table(text: str, name: str, table: str) -> str:
    begin, end = _begin(name), _end(name)
    block = f"{begin}\n{table}\n{end}"
    if begin not in text:
        return f"{text.rstrip()}\n\n{block}\n"
    return re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: block, text, flags=re.DOTALL)


def _begin(name: str) -> str:
    return f"<!-- {name}: written by the tests -->"


def _end(name: str) -> str:
    return f"<!-- {name}: end -->"
