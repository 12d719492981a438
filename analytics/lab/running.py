"""Run an experiment, in parallel, so that the result does not depend on how many processes did it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from analytics.lab import ledger
from analytics.lab.experiment import Experiment, InvalidExperiment, Job
from analytics.lab.path import job_of, run_job

MOST_PROCESSES = 256
OnProgress = Callable[[int, int], None]
"""Called with how many paths are done and how many there are."""

_running: list[Experiment] = []
"""In a worker process: the experiment that it works for."""


def run(
    experiment: Experiment, *, processes: int = 1, file: Path | None = None, resumes: bool = False, on_progress: OnProgress | None = None
) -> list[dict[str, Any]]:
    """Run what is not done yet and return all records, sorted by job.

    `file` keeps the records as they come in; with `resumes` those that it holds already are not run again.

    Raises:
        InvalidExperiment: the experiment or the number of processes makes no sense.
        UnusableResults: the file cannot be gone on with.
    """
    experiment.check()
    if not 1 <= processes <= MOST_PROCESSES:
        raise InvalidExperiment(f"processes must be at least 1 and at most {MOST_PROCESSES}, not {processes}")
    opened = nullcontext(None) if file is None else (ledger.resume if resumes else ledger.begin)(file, experiment)
    with opened as kept:
        records = [] if kept is None else list(kept.records)
        done = {job_of(record) for record in records}
        jobs = experiment.jobs()
        left = [job for job in jobs if job not in done]
        tell = on_progress or (lambda some, all_of_them: None)
        tell(len(jobs) - len(left), len(jobs))
        for record in _records(experiment, left, processes):
            records.append(record)
            if kept is not None:
                kept.append(record)
            tell(len(records), len(jobs))
    return sorted(records, key=job_of)


def _records(experiment: Experiment, jobs: list[Job], processes: int) -> Iterator[dict[str, Any]]:
    """Yield the record of each job as it is done."""
    if processes == 1 or len(jobs) < 2:
        for job in jobs:
            yield run_job(experiment, job)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks, and would not be the same on every system
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context, initializer=_begin, initargs=(experiment,)) as pool:
        yield from _collected(pool, iter(jobs), 2 * processes)


def _collected(pool: ProcessPoolExecutor, jobs: Iterator[Job], most: int) -> Iterator[dict[str, Any]]:
    """Hand out a few jobs ahead, so that stopping does not wait for all of them."""
    waiting: set[Future[dict[str, Any]]] = set()
    try:
        while True:
            waiting |= {pool.submit(_run, job) for job in islice(jobs, most - len(waiting))}
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in finished:
                yield one.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(experiment: Experiment) -> None:
    """Prepare a worker: it leaves interrupts to the one that started it, and ends when that one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _running[:] = [experiment]
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(job: Job) -> dict[str, Any]:
    return run_job(_running[0], job)
