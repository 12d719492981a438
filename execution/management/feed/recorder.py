"""Write a venue's market into files that the paper exchange replays, whatever the venue.

The format is that of `execution.paper.recording`: a line is `<nanoseconds> <JSON>`, the JSON Binance's, one symbol a file.
"""

import gzip
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from execution.domain.book_keeping import BookKeeper
from execution.venues.dialect import BookUpdate, PublicTrade

_encoder = msgspec.json.Encoder()


def files_for(output: Path, symbols: Sequence[str]) -> dict[str, Path]:
    """Return each symbol's file: `output` itself for one symbol, else with the symbol before the name's endings."""
    if len(symbols) == 1:
        return {symbols[0]: output}
    stem, dot, endings = output.name.partition(".")
    return {symbol: output.with_name(f"{stem}-{symbol}{dot}{endings}") for symbol in symbols}


class Recorder:
    """A sink of one venue's market that writes everything down.

    Raises:
        FileExistsError: a file is there already; none is written to.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        there = [str(path) for path in files.values() if path.exists()]
        if there:
            raise FileExistsError(f"{', '.join(there)} exists already")
        self._files = {symbol: _open(path) for symbol, path in files.items()}
        self._mids: dict[str, Decimal] = {}
        self.updates = self.trades = 0
        self.live: dict[str, BookKeeper] = {}
        self._begun: set[str] = set()

    @property
    def snapshots(self) -> int:
        """Return of how many symbols there is a snapshot: a replay begins with it."""
        return len(self._begun)

    def update(self, update: BookUpdate) -> None:
        """Write a snapshot or a change."""
        levels = {"bids": update.bids, "asks": update.asks}
        if update.is_snapshot:
            self._begun.add(update.symbol)
            self._write(update.symbol, {"lastUpdateId": update.last, **levels})
        else:
            change = {"U": update.first, "u": update.last, "b": update.bids, "a": update.asks}
            self._write_event(update.symbol, "depthUpdate", "depth@100ms", change)
        self.updates += 1

    def show(self, symbol: str, book: BookKeeper, received_us: int) -> None:
        """Note where the middle is, which tells a trade's side."""
        self.live[symbol] = book
        bids, asks = book.bids.top(1), book.asks.top(1)
        if bids and asks:
            self._mids[symbol] = (_price(bids[0]) + _price(asks[0])) / 2

    def hide(self, symbol: str) -> None:
        """Note that there is no book at the moment; its updates are written all the same, and a snapshot after them."""
        self.live.pop(symbol, None)

    def count(self, trade: PublicTrade) -> None:
        """Write a trade; the taker bought when it was above the middle, sold when below."""
        self.trades += 1
        milliseconds = int(trade.traded_at.timestamp() * 1000)
        told = {"t": self.trades, "p": f"{trade.price:f}", "q": f"{trade.quantity:f}", "T": milliseconds, "X": "MARKET"}
        taker_sold = trade.price < self._mids.get(trade.symbol, trade.price)
        self._write_event(trade.symbol, "trade", "trade", {**told, "m": taker_sold, "M": True})

    def close(self) -> None:
        """Finish the files, each with the whole book: trades may have come after the last change of it."""
        for symbol, book in self.live.items():
            bids, asks = ([level.split(" ") for level in side.known()] for side in (book.bids, book.asks))
            self._write(symbol, {"lastUpdateId": book.sequence, "bids": bids, "asks": asks})
        self.live.clear()
        for file in self._files.values():
            file.close()

    def _write_event(self, symbol: str, kind: str, stream: str, fields: dict[str, Any]) -> None:
        data = {"e": kind, "E": time.time_ns() // 1_000_000, "s": symbol, **fields}
        self._write(symbol, {"stream": f"{symbol.lower()}@{stream}", "data": data})

    def _write(self, symbol: str, message: dict[str, Any]) -> None:
        self._files[symbol].write(b"%d %b\n" % (time.time_ns(), _encoder.encode(message)))


def _open(path: Path) -> IO[bytes]:
    """Open a new file, compressed when its name ends so."""
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "xb", compresslevel=6))
    return path.open("xb")


def _price(level: str) -> Decimal:
    return Decimal(level.partition(" ")[0])
