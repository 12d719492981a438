import io
import json

from analytics.lab.experiment import parse_size
from analytics.lab.printing import Bar, document, machine_line, table
from analytics.lab.results import rows_of
from analytics.lab.running import run
from tests.unit.analytics.lab.test_experiment import an_experiment

EXPERIMENT = an_experiment(algorithms=("market", "twap"), symbols=("BTC", "ETH"), sizes=(parse_size("8k"),), minutes=(1.0,), paths=2)
ROWS = rows_of(EXPERIMENT, run(EXPERIMENT))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_last_line_lists_every_algorithm_by_symbol_and_size():
    word, content = machine_line(ROWS).split(" ", 1)
    found = json.loads(content)
    assert word == "LAB"
    assert [(row["symbol"], row["size"], row["algorithm"]) for row in found] == [
        (symbol, "8000", algorithm) for symbol in ("BTC", "ETH") for algorithm in ("market", "twap")
    ]
    asked = {"paths", "cost_bps", "ci_low", "ci_high", "vs_market_bps", "fill_rate", "maker_share", "seconds_per_order"}
    assert all(asked <= row.keys() for row in found)
    assert [row["vs_market_bps"] is None for row in found] == [True, False, True, False]


def test_an_experiment_without_rows_still_has_a_last_line():
    assert machine_line([]) == "LAB []"


def test_the_table_has_a_block_for_each_symbol():
    lines = table(ROWS).splitlines()
    assert lines[0] == "BTC, 1 minutes, fixed"
    assert "ETH, 1 minutes, fixed" in lines
    assert sum("twap" in line and "%" in line for line in lines) == 2
    assert "times real time" in lines[-1]


def test_one_path_has_no_interval_but_a_table():
    single = an_experiment(algorithms=("market",), sizes=EXPERIMENT.sizes, minutes=(1.0,), paths=1)
    assert "[" not in table(rows_of(single, run(single))).splitlines()[2]


def test_the_document_holds_raw_and_reduced_for_every_measure():
    found = json.loads(json.dumps(document(EXPERIMENT, ROWS, ["a thing"])))
    assert found["violations"] == ["a thing"]
    assert found["experiment"]["paths"] == 2
    measures = found["rows"][1]["measures"]
    assert {"cost_bps", "arrival_bps", "vwap_bps", "twap_bps", "fill_rate", "maker_share", "duration_seconds"} <= measures.keys()
    assert {"raw", "reduced", "median", "deviation", "count"} == measures["cost_bps"].keys()
    assert found["rows"][1]["against"].keys() == {"market"}


def test_on_a_terminal_the_bar_is_drawn_over_itself_and_ends_its_line():
    stream = Terminal()
    bar = Bar(stream)
    for done in range(4):
        bar(done, 3)
    text = stream.getvalue()
    assert text.count("\r") == 4
    assert text.endswith("\n")
    assert "3 of 3 paths" in text


def test_elsewhere_the_bar_is_a_line_at_every_tenth():
    stream = io.StringIO()
    bar = Bar(stream)
    for done in range(1001):
        bar(done, 1000)
    assert len(stream.getvalue().splitlines()) == 11
    assert "\r" not in stream.getvalue()
