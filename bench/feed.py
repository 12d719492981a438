"""How old a book is when another process has it, and how long the feed keeps that up.

    make bench BENCH=feed [BENCH_ARGS="--seconds 600 --symbols 50"]
    make bench BENCH=feed BENCH_ARGS="--symbols 8"                  # what the paper exchange costs: cpu_paper

Four processes, as on a desk: the paper exchange with its market model (the source of all frames), Redis, `manage.py feed`, and a
reader. The delay of a book begins when the feed takes the frame from its socket's queue, before anything looks into it, and ends
when the reader, told of the change by Redis, has fetched the book and made a Book of Decimals of it. Both moments are read from
the system's clock, which all processes share; a step of that clock during the measurement is told and fails it.

Exit code 1 when an invariant does not hold: a gap in a book, a crossed book stored, a book that is not the source's in the end, no
measurement. Slowness does not fail it.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bench.measuring import Consumption, Spread, conclude, say

PROJECT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120.0
PROGRESS_SECONDS = 5.0
COMPARED_SECONDS = 30.0
SEEN_STATES = 50
MOST_CLOCK_STEP_MS = 0.5
COMPARED_LEVELS = 20
SOURCE_NICENESS = 10  # venues compute elsewhere: what their books cost here is not to come before the feed's own work


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure."""

    seconds: float
    warm_up: float
    symbols: int
    venues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out; `wrong` says which invariants did not hold."""

    delays: Spread
    rate: float
    told: int
    gaps: int
    shares: dict[str, float]
    memory_mb: tuple[float, float]
    books: int
    wrong: tuple[str, ...]


def read_options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=feed", description="Delay from a frame to a readable book.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to measure")
    parser.add_argument("--warm-up", type=float, default=10.0, help="seconds before that, not measured")
    parser.add_argument("--symbols", type=int, default=50, help="most symbols a venue")
    parser.add_argument("--venues", default="binance,okx,bybit", help="names of venues of the paper exchange")
    given = parser.parse_args()
    return Options(seconds=given.seconds, warm_up=given.warm_up, symbols=given.symbols, venues=tuple(given.venues.split(",")))


def main() -> int:
    """Measure in a folder of its own, which is removed afterwards."""
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped"))  # so that what was started is stopped too
    var = Path(tempfile.mkdtemp(prefix="dipmaster-bench-"))
    os.environ.update({"DIPMASTER_VAR": str(var), "DJANGO_SETTINGS_MODULE": "dipmaster.settings"})
    for name in ("DATABASE_URL", "REDIS_URL", "PAPER_EXCHANGE_URL"):
        os.environ.pop(name, None)
    var.chmod(0o755)  # PostgreSQL may run as another user
    try:
        result = measure(options, var)
    finally:
        shutil.rmtree(var, ignore_errors=True)
    return show(result, options)


def measure(options: Options, var: Path) -> Result:
    """Start everything, measure, compare the books, stop everything."""
    with ExitStack() as stack:
        say(f"Starting PostgreSQL, Redis and the paper exchange in {var}")
        paper_pid = _start_market(stack, var)
        wanted = _make_listings(options)
        say(f"Watching {len(wanted)} books: {', '.join(f'{venue} {sum(v == venue for v, _ in wanted)}' for venue in options.venues)}")
        with (var / "feed.log").open("wb") as log:
            feed = stack.enter_context(_process([sys.executable, "manage.py", "feed"], stdout=log))
            _wait_for_books(wanted, feed, var)
            reader = stack.enter_context(_process([sys.executable, "-m", "bench.feed_reader"], stdout=subprocess.PIPE))
            return _measure(options, wanted, {"feed": feed.pid, "paper exchange": paper_pid, "reader": reader.pid}, reader)


def _start_market(stack: ExitStack, var: Path) -> int:
    """Start services and the paper exchange, make the tables, and return the paper exchange's process id."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from dipmaster.embedded import services
    from execution.market.connection import redis
    from execution.paper import process

    services.start(var)
    stack.callback(services.stop, var)
    redis().config_set("notify-keyspace-events", "K$")
    paper = process.start(var / "paper")
    stack.callback(paper.stop)
    _stand_back(paper.pid)
    os.environ["PAPER_EXCHANGE_URL"] = settings.PAPER_EXCHANGE_URL = paper.base_url
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, skip_checks=True)
    return paper.pid


def _stand_back(pid: int) -> None:
    """Have a process compute when the others need no CPU; with autogroups Linux compares sessions, and only within one processes."""
    os.setpriority(os.PRIO_PROCESS, pid, SOURCE_NICENESS)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(SOURCE_NICENESS))


def _make_listings(options: Options) -> list[tuple[str, str]]:
    """Make rows of the venues and of what they list, and return (venue, symbol)."""
    from dipmaster import seeds
    from dipmaster.domain.instruments import parse_symbol
    from execution.management.commands.sync_listings import TERMS
    from execution.models import Instrument, Listing, Venue
    from execution.venues import registry, session

    seeds.make_venues()
    Venue.objects.exclude(name__in=options.venues).update(is_enabled=False)
    Listing.objects.update(is_enabled=False)
    wanted = []
    for venue in Venue.objects.filter(is_enabled=True):
        for terms in session.run(registry.client(venue).listings(), 60.0)[: options.symbols]:
            parsed = parse_symbol(terms.symbol)
            about = {"base": parsed.base, "quote": parsed.quote, "kind": parsed.kind.value, "is_enabled": True}
            instrument, _ = Instrument.objects.update_or_create(symbol=terms.symbol, defaults=about)
            values = {name: getattr(terms, name) for name in TERMS} | {"is_enabled": True}
            Listing.objects.update_or_create(venue=venue, instrument=instrument, defaults=values)
            wanted.append((venue.name, terms.symbol))
    session.close()
    return wanted


@contextmanager
def _process(command: Sequence[str], *, stdout: int | IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a process of the project, ended in order at the end."""
    process = subprocess.Popen(command, cwd=PROJECT, stdout=stdout, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_books(wanted: list[tuple[str, str]], feed: "subprocess.Popen[bytes]", var: Path) -> None:
    """Wait until every book is there.

    Raises:
        SystemExit: they do not come.
    """
    deadline = time.monotonic() + READY_SECONDS
    while len(found := _stored(wanted)) < len(wanted):
        if time.monotonic() > deadline or feed.poll() is not None:
            missing = ", ".join(f"{venue} {symbol}" for venue, symbol in sorted(set(wanted) - set(found)))
            raise SystemExit(f"No books of {missing}. The end of the feed's log:\n{(var / 'feed.log').read_text()[-3000:]}")
        time.sleep(0.5)


def _stored(wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    from execution.market import books

    found = books.read(venues={venue for venue, _ in wanted}, symbols={symbol for _, symbol in wanted})
    return {pair: found[pair] for pair in wanted if pair in found}


def _measure(options: Options, wanted: list[tuple[str, str]], pids: dict[str, int], reader: "subprocess.Popen[bytes]") -> Result:
    from execution.market.connection import redis

    pids["redis"] = int(redis().info("server")["process_id"])  # type: ignore[index]  # the stubs allow for a coroutine: one class serves both clients
    assert reader.stdout is not None
    reader.stdout.readline()  # it listens
    say(f"All books are there. Warming up for {options.warm_up:g} s, then measuring for {options.seconds:g} s")
    time.sleep(options.warm_up)
    reader.send_signal(signal.SIGUSR1)
    used = {name: Consumption(pid) for name, pid in pids.items()}
    began, frames, clock = time.monotonic(), _counted("frames"), _clock_offset_ns()
    memory_at_start = used["feed"].memory_mb()
    _wait_with_progress(options.seconds, began, frames, used["feed"])
    seconds = time.monotonic() - began
    rate = (_counted("frames") - frames) / seconds
    shares = {name: consumption.cpu_share() for name, consumption in used.items()}
    memory = (memory_at_start, used["feed"].memory_mb())
    step_ms = abs(_clock_offset_ns() - clock) / 1e6
    reader.terminate()
    told = json.loads(reader.communicate(timeout=30)[0])
    say("Comparing every book with the source's")
    different = asyncio.run(_different(wanted))
    gaps, crossed = _counted("gaps"), _counted("crossed")
    wrong = [
        *([f"{gaps} gaps"] if gaps else []),
        *([f"{told['crossed']} crossed books read, {crossed} noticed by the feed"] if told["crossed"] else []),
        *([f"the books of {', '.join(different)} are not the source's"] if different else []),
        *([f"the system's clock was moved by {step_ms:.2f} ms"] if step_ms > MOST_CLOCK_STEP_MS else []),
        *([] if told["delays_ms"] else ["no book was read"]),
    ]
    return Result(
        delays=Spread.of(told["delays_ms"]),
        rate=rate,
        told=told["told"],
        gaps=gaps,
        shares=shares,
        memory_mb=memory,
        books=len(wanted),
        wrong=tuple(wrong),
    )


def _wait_with_progress(seconds: float, began: float, frames: int, feed: Consumption) -> None:
    """Say every few seconds how far it is."""
    while (left := began + seconds - time.monotonic()) > 0:
        time.sleep(min(PROGRESS_SECONDS, left))
        passed = time.monotonic() - began
        rate, share = (_counted("frames") - frames) / passed, feed.cpu_share()
        say(f"{passed:6.0f} s of {seconds:g}: {rate:7.1f} book messages/s, feed {share:4.0%} of a core, {feed.memory_mb():.0f} MB")


def _counted(what: str) -> int:
    """Return the sum of one of the feed's counts over all books."""
    from execution.market import status

    return sum(getattr(found, what) for found in status.read().values())


def _clock_offset_ns() -> int:
    """Return how far the wall clock, which every process reads, is from the clock that is never set."""
    return time.time_ns() - time.monotonic_ns()


class Seen:
    """The states of every book that were in Redis in the last seconds, best levels only."""

    def __init__(self, wanted: list[tuple[str, str]]) -> None:
        self._wanted = wanted
        self._states: dict[tuple[str, str], deque[Any]] = {pair: deque(maxlen=SEEN_STATES) for pair in wanted}

    async def run(self) -> None:
        """Look again and again, more often than books change."""
        while True:
            for pair, book in _stored(self._wanted).items():
                state = (_shown(book.bids), _shown(book.asks))
                if not self._states[pair] or self._states[pair][-1] != state:
                    self._states[pair].append(state)
            await asyncio.sleep(0.02)

    def has(self, pair: tuple[str, str], state: Any) -> bool:
        """Tell whether a book was in this state."""
        return state in self._states[pair]


class Anew:
    """A sink that remembers the states of one venue's books, as a connection that has just been opened keeps them."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.states: dict[str, deque[Any]] = {symbol: deque(maxlen=SEEN_STATES) for symbol in symbols}

    def show(self, symbol: str, book: Any, received_us: int) -> None:
        """Remember a book."""
        self.states[symbol].append((_floats(book.bids), _floats(book.asks)))

    def hide(self, symbol: str) -> None:
        """Forget what was not to be relied on."""
        self.states[symbol].clear()

    def count(self, trade: Any) -> None:
        """Leave trades alone."""


async def _different(wanted: list[tuple[str, str]]) -> list[str]:
    """Return the books that are not what the source sends now: each is subscribed to anew, with a new snapshot, and compared.

    The market moves on; a book that was kept well goes through the same states as the new one, one that was not never does.
    """
    seen = Seen(wanted)
    looking = asyncio.create_task(seen.run())
    try:
        return [name for venue in sorted({venue for venue, _ in wanted}) for name in await _different_at(venue, wanted, seen)]
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _different_at(venue: str, wanted: list[tuple[str, str]], seen: Seen) -> list[str]:
    from asgiref.sync import sync_to_async

    from execution.domain.streams import StreamTally
    from execution.models import Venue
    from execution.venues import registry
    from execution.venues.ccxt.market_stream import MarketConnection

    row = await sync_to_async(Venue.objects.get)(name=venue)
    account = await sync_to_async(registry.account_of)(row)
    left = {symbol for name, symbol in wanted if name == venue}
    anew = Anew(sorted(left))
    tallies = {symbol: StreamTally() for symbol in sorted(left)}
    watching = asyncio.create_task(MarketConnection(account, registry.dialect_of(row.ccxt_id), tallies, sink=anew).live())
    deadline = time.monotonic() + COMPARED_SECONDS
    while left and time.monotonic() < deadline and not watching.done():
        await asyncio.sleep(0.2)
        left = {symbol for symbol in left if not any(seen.has((venue, symbol), state) for state in anew.states[symbol])}
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return [f"{venue} {symbol}" for symbol in sorted(left)]


def _floats(side: Any) -> list[tuple[float, ...]]:
    return [tuple(float(part) for part in level.split(" ")) for level in side.top(COMPARED_LEVELS)]


def _shown(levels: Sequence[Any]) -> list[tuple[float, ...]]:
    return [(float(level.price), float(level.quantity)) for level in levels[:COMPARED_LEVELS]]


def show(result: Result, options: Options) -> int:
    """Print the table and the last line; return the exit code."""
    delays = result.delays
    say("")
    say("Delay from the frame in the feed's hands to the book, as Decimals, in another process:")
    say(f"  p50 {delays.p50:.3f} ms   p90 {delays.p90:.3f} ms   p99 {delays.p99:.3f} ms   max {delays.largest:.3f} ms")
    say(f"  {delays.count} books read after {result.told} changes told; the others were replaced by a newer one before they were read")
    say(f"{result.books} books, {result.rate:.1f} book messages/s over {options.seconds:g} s, {result.gaps} gaps")
    say("CPU, share of one core: " + ", ".join(f"{name} {share:.0%}" for name, share in result.shares.items()))
    say(f"Memory of the feed: {result.memory_mb[0]:.1f} MB at the start, {result.memory_mb[1]:.1f} MB at the end")
    for wrong in result.wrong:
        say(f"WRONG: {wrong}")
    conclude(
        {
            "bench": "feed",
            "p50_ms": round(delays.p50, 3),
            "p90_ms": round(delays.p90, 3),
            "p99_ms": round(delays.p99, 3),
            "max_ms": round(delays.largest, 3),
            "messages_per_s": round(result.rate, 1),
            "books": result.books,
            "gaps": result.gaps,
            "memory_mb_start": round(result.memory_mb[0], 1),
            "memory_mb_end": round(result.memory_mb[1], 1),
            "cpu_feed": round(result.shares["feed"], 3),
            "cpu_paper": round(result.shares["paper exchange"], 3),
            "seconds": options.seconds,
            "ok": not result.wrong,
        }
    )
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
