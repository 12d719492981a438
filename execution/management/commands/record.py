"""manage.py record: a venue's market into files that the paper exchange replays."""

import asyncio
import signal
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop
from ccxt.base.errors import BaseError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from execution.domain.streams import StreamTally
from execution.management.feed.recorder import Recorder, files_for
from execution.models import Venue
from execution.models.credentials import CredentialsUnreadable
from execution.venues import registry
from execution.venues.ccxt.exchange import UnknownVenueClass, VenueAccount, make_exchange
from execution.venues.ccxt.loopback import NotLoopback
from execution.venues.ccxt.market_stream import MarketConnection
from execution.venues.ccxt.stream import keep_connected
from execution.venues.dialect import Dialect

PROGRESS_SECONDS = 1.0


class Command(BaseCommand):
    """Record books and trades of some symbols of one venue."""

    help = (
        "Record a venue's books and trades into files for the paper exchange's --replay, one per symbol, until the time is over or Ctrl-C."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take venue, symbols, time and file."""
        parser.add_argument("--venue", required=True, help="Name of a venue of the desk.")
        parser.add_argument("--symbols", required=True, help="Symbols such as BTCUSDT,ETHUSDT-PERP.")
        parser.add_argument("--seconds", type=float, default=60.0, help="How long; 0: until Ctrl-C.")
        parser.add_argument(
            "--output",
            type=Path,
            help="File, compressed when it ends in .gz; with several symbols each gets NAME-SYMBOL.ENDINGS. "
            "None: one per symbol, named by venue and time, among the desk's recordings, where the lab finds it.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Record, say how far it is, and finish the files whatever ends it."""
        symbols = _symbols(options["symbols"])
        account, dialect = _venue(options["venue"])
        _check_symbols(account, dialect, symbols)
        files = _kept(account.name, symbols, timezone.now()) if options["output"] is None else files_for(options["output"], symbols)
        try:
            recorder = Recorder(files)
        except OSError as error:
            raise CommandError(f"Nothing is recorded: {error}") from error
        try:
            uvloop.run(self._record(account, dialect, recorder, symbols, options["seconds"]))
        finally:
            recorder.close()
        for symbol, path in files.items():
            self.stdout.write(f"{symbol}: {path} ({path.stat().st_size} bytes)")
        if recorder.snapshots < len(symbols):
            raise CommandError("Not every symbol's book arrived: the files above are incomplete.")
        self.stdout.write(
            "Replay: python -m execution.paper --replay-venue " + f"{account.name} --replay {' '.join(map(str, files.values()))}"
        )

    async def _record(self, account: VenueAccount, dialect: Dialect, recorder: Recorder, symbols: Sequence[str], seconds: float) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        tallies = {symbol: StreamTally() for symbol in symbols}

        def make() -> MarketConnection:
            return MarketConnection(account, dialect, tallies, sink=recorder, on_update=recorder.update)

        recording = asyncio.create_task(keep_connected(f"{account.name} recording", make))
        try:
            await self._tell(recorder, len(symbols), seconds, stop)
            recorder.close()
        finally:
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)

    async def _tell(self, recorder: Recorder, books: int, seconds: float, stop: asyncio.Event) -> None:
        """Say every second how far it is, until the time is over or somebody stops it."""
        began = time.monotonic()
        while not stop.is_set() and (not seconds or time.monotonic() - began < seconds):
            left = seconds - (time.monotonic() - began) if seconds else PROGRESS_SECONDS
            try:
                await asyncio.wait_for(stop.wait(), min(PROGRESS_SECONDS, left))
            except TimeoutError:
                passed = f"{time.monotonic() - began:.0f} s" + (f" of {seconds:g} s" if seconds else "")
                told = f"{len(recorder.live)} of {books} books, {recorder.updates} updates, {recorder.trades} trades"
                self.stdout.write(f"{passed}: {told}")


def _kept(venue: str, symbols: Sequence[str], now: datetime) -> dict[str, Path]:
    """Return the files among the desk's recordings."""
    folder: Path = settings.VAR_DIR / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    return {symbol: folder / f"{venue}-{symbol}-{now:%Y%m%dT%H%M%S}.jsonl.gz" for symbol in symbols}


def _symbols(text: str) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(parse_symbol(part).symbol for part in text.split(",") if part.strip()))
    except UnknownSymbol as error:
        raise CommandError(str(error)) from error


def _venue(name: str) -> tuple[VenueAccount, Dialect]:
    venue = Venue.objects.filter(name=name).first()
    if venue is None:
        known = ", ".join(Venue.objects.values_list("name", flat=True))
        raise CommandError(f"No venue is called {name}; there are {known}.")
    try:
        dialect = registry.dialect_of(venue.ccxt_id)
        return _public(venue) if venue.mode == Venue.Mode.LIVE else registry.account_of(venue), dialect
    except (CredentialsUnreadable, UnknownVenueClass) as error:
        raise CommandError(str(error)) from error


def _public(venue: Venue) -> VenueAccount:
    """Return the exchange itself, without keys: its market is public, and nothing that is signed can be sent."""
    return VenueAccount(
        name=venue.name,
        ccxt_id=venue.ccxt_id,
        base_url="",
        api_key="",
        api_secret="",
        timeout_seconds=settings.VENUE_TIMEOUT_SECONDS,
        is_live=True,
    )


def _check_symbols(account: VenueAccount, dialect: Dialect, symbols: Sequence[str]) -> None:
    """Ask the venue what it lists, before anything is written."""
    if not symbols:
        raise CommandError("Name at least one symbol.")
    try:
        listed = uvloop.run(_listed(account, dialect))
    except (BaseError, NotLoopback) as error:
        raise CommandError(f"{account.name} does not tell what it lists: {error}"[:300]) from error
    unknown = [symbol for symbol in symbols if parse_symbol(symbol).ccxt_symbol not in listed]
    if unknown:
        raise CommandError(f"{account.name} does not list {', '.join(unknown)}.")


async def _listed(account: VenueAccount, dialect: Dialect) -> set[str]:
    exchange = make_exchange(account, dialect)
    try:
        return set(await exchange.load_markets())
    finally:
        await exchange.close()
