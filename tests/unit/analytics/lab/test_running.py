import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from analytics.lab.experiment import InvalidExperiment, parse_size
from analytics.lab.ledger import UnusableResults
from analytics.lab.path import job_of
from analytics.lab.results import rows_of, violations
from analytics.lab.running import run
from tests.unit.analytics.lab.test_experiment import an_experiment

SMALL = an_experiment(algorithms=("market", "twap"), symbols=("BTC", "ETH"), sizes=(parse_size("8k"),), minutes=(1.0,), paths=4)


def without_machine_time(records):
    return [{**record, "orders": [{**order, "machine_seconds": 0} for order in record["orders"]]} for record in records]


@pytest.fixture(scope="module")
def whole():
    return without_machine_time(run(SMALL))


def test_two_processes_give_what_one_gives_to_the_last_digit(whole):
    assert without_machine_time(run(SMALL, processes=2)) == whole


def test_another_seed_gives_other_paths(whole):
    other = run(an_experiment(algorithms=("market",), sizes=SMALL.sizes, minutes=(1.0,), paths=1, seed=2))
    assert other[0]["controls"] != whole[0]["controls"]


def test_records_are_sorted_by_job(whole):
    jobs = [job_of(record) for record in whole]
    assert jobs == sorted(jobs)
    assert len(jobs) == 8


def test_progress_counts_up_to_the_whole():
    told = []
    run(SMALL, processes=2, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(9)]


@pytest.mark.parametrize("processes", [0, -1, 10_000])
def test_a_number_of_processes_that_makes_no_sense_is_named(processes):
    with pytest.raises(InvalidExperiment, match="processes must be at least 1"):
        run(SMALL, processes=processes)


@pytest.mark.parametrize("cut", [0, 10, 300, 1500, -1, -50, -3000])
def test_a_file_cut_off_anywhere_is_gone_on_with_to_the_same_result(tmp_path, whole, cut):
    file = tmp_path / "results.jsonl"
    run(SMALL, file=file)
    file.write_bytes(file.read_bytes()[:cut])
    assert without_machine_time(run(SMALL, file=file, resumes=True)) == whole
    lines = file.read_bytes().splitlines()
    assert len(lines) == 9
    assert all(json.loads(line) for line in lines)


def test_what_is_done_is_not_run_again(tmp_path):
    file, told = tmp_path / "results.jsonl", []
    first = run(SMALL, file=file)
    second = run(SMALL, file=file, resumes=True, on_progress=lambda done, total: told.append(done))
    assert second == first  # machine seconds included
    assert told == [8]


def test_without_resuming_a_file_is_begun_anew(tmp_path):
    file = tmp_path / "results.jsonl"
    file.write_text("anything\n")
    run(SMALL, file=file)
    assert len(file.read_bytes().splitlines()) == 9


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not json\n", "line 1 is not JSON"),
        (b"[1]\n", "line 1 is no record"),
        (b'{"version":1,"experiment":{}}\n', "another experiment"),
        (b"\xff\xfe\x00\n", "line 1 is not JSON"),
    ],
)
def test_a_file_of_something_else_is_named_and_left_alone(tmp_path, content, told):
    file = tmp_path / "results.jsonl"
    file.write_bytes(content)
    with pytest.raises(UnusableResults, match=told):
        run(SMALL, file=file, resumes=True)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("line", "told"), [(b"{", "line 3 is not JSON"), (b"{}", "line 3 is no record of a path"), (b"7", "line 3 is no record")]
)
def test_a_damaged_line_in_the_middle_is_named(tmp_path, line, told):
    file = tmp_path / "results.jsonl"
    run(SMALL, file=file)
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*lines[:2], line, *lines[3:]]) + b"\n")
    with pytest.raises(UnusableResults, match=told):
        run(SMALL, file=file, resumes=True)


def _run_slowly(file):
    run(SMALL, processes=2, file=file, on_progress=lambda done, total: time.sleep(0.05))


def test_a_killed_experiment_goes_on_to_the_same_result_and_leaves_no_process(tmp_path, whole):
    file = tmp_path / "results.jsonl"
    victim = multiprocessing.get_context("spawn").Process(target=_run_slowly, args=(file,))
    victim.start()
    _wait_until(lambda: file.exists() and file.read_bytes().count(b"\n") >= 3)
    workers = _children_of(victim.pid)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    assert workers
    _wait_until(lambda: not any(_is_alive(worker) for worker in workers))
    assert without_machine_time(run(SMALL, file=file, resumes=True)) == whole


def test_rows_compare_every_algorithm_with_every_other_on_the_same_paths(whole):
    rows = rows_of(SMALL, whole)
    assert [(row.setting.symbol, row.algorithm) for row in rows] == [(s, a) for s in ("BTC", "ETH") for a in ("market", "twap")]
    twap, market = rows[1], rows[0]
    assert set(twap.against) == {"market"}
    assert twap.against["market"].raw.mean == pytest.approx(-market.against["twap"].raw.mean)
    assert twap.against["market"].raw.mean == pytest.approx(twap.measures["cost_bps"].raw.mean - market.measures["cost_bps"].raw.mean)
    assert rows_of(SMALL, whole) == rows


def test_a_broken_invariant_is_named_with_its_place(whole):
    broken = json.loads(json.dumps(whole))
    broken[0]["orders"][1]["cost"]["fill_rate"] = 1.5
    broken[3]["orders"][0]["cost"]["cost_bps"] = float("nan")
    assert violations(whole) == []
    assert violations(broken) == [
        "fixed BTC 1 min path 0 8000 twap: filled 1.500000 times what was ordered",
        "fixed BTC 1 min path 3 8000 market: cost_bps is nan",
    ]


def _wait_until(condition, seconds=120):
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, "waited in vain"
        time.sleep(0.01)


def _children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
