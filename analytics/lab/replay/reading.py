"""Read recordings of Binance's wire format, and of `manage.py record`, into tapes.

Lines are decoded by `execution.paper.recording`, the paper exchange's own reader; here they are checked and turned into arrays.
A change of the book follows on the number s of the last one when its first number is at most s + 1 (`pu` + 1 where futures tell it).
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analytics.lab.replay.kernel import tops
from analytics.lab.replay.tape import Integers, Kind, Tape
from execution.paper.recording import RecordingError, read_recording, symbol_of

SCALE = 1e8  # venues write at most eight decimals
FAR = 0.2  # best prices are looked for this near the median price of all levels
LATEST_NS = 7_258_118_400_000_000_000
MOST_LEVELS = 20_000_000
WINDOW = 0.01  # levels further than this beyond the best prices of the whole recording are left out
JOIN_WITHIN_NS = 60_000_000_000
MILLISECOND_NS = 1_000_000
SAME_CLOCK_MS = 2  # a recorder that stamps messages itself writes both times within this

Raw = tuple[int, dict[str, Any]]  # nanoseconds on the recorder's clock, message


class EmptyRecording(RecordingError):
    """Nothing was recorded, or never both sides of a book."""


class TruncatedRecording(RecordingError):
    """The file ends in the middle."""


class CorruptRecording(RecordingError):
    """The file says what cannot be."""


class GapInRecording(RecordingError):
    """Changes of the book are missing and no snapshot makes up for them."""


class UnknownFormat(RecordingError):
    """The file is no recording that is known here."""


def messages(paths: Sequence[Path]) -> Iterator[Raw]:
    """Yield the messages of consecutive files at their local times, in nanoseconds.

    Raises:
        RecordingError: one of its kinds above, with the file's name.
    """
    for path in paths:
        with named_errors(path):
            for time_us, message in read_recording(path):
                if not isinstance(message, dict):
                    raise UnknownFormat(f"{path}: {str(message)[:60]!r} is no message of a market")
                yield time_us * 1000, message


def text_of(path: Path) -> str:
    """Return a whole file's text, uncompressed."""
    with named_errors(path):
        return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Give what can go wrong with a file the names above."""
    try:
        yield
    except FileNotFoundError as error:
        raise EmptyRecording(f"there is no file {path}") from error
    except IsADirectoryError as error:
        raise UnknownFormat(f"{path} is a folder") from error
    except (EOFError, zlib.error) as error:
        raise TruncatedRecording(f"{path} ends in the middle: {error}") from error
    except gzip.BadGzipFile as error:
        raise CorruptRecording(f"{path} is not what its name says: {error}") from error
    except OSError as error:
        raise CorruptRecording(f"{path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise UnknownFormat(f"{path} is not text: {error}") from error
    except RecordingError as error:
        raise error if type(error) is not RecordingError else CorruptRecording(str(error)) from error


@dataclass(slots=True)
class _Rows:
    """Collect what happened, in the order of the file."""

    name: str
    last: int | None = None
    kind: list[int] = field(default_factory=list)
    price: list[float] = field(default_factory=list)
    quantity: list[float] = field(default_factory=list)
    exchange_ns: list[int] = field(default_factory=list)
    local_ns: list[int] = field(default_factory=list)
    waiting: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def take(self, local_ns: int, message: dict[str, Any]) -> None:
        data = message.get("data", message)
        stream = str(message.get("stream", ""))
        if "lastUpdateId" in data:
            self._snapshot(local_ns, data)
        elif data.get("e") == "depthUpdate":
            self._change(local_ns, data)
        elif data.get("e") in ("trade", "aggTrade") and self.last is not None and data.get("X", "MARKET") == "MARKET":
            self._trade(local_ns, data)
        elif not stream and "e" not in data:
            raise UnknownFormat(f"{self.name}: {str(message)[:60]!r} is no message of a market")

    def _snapshot(self, local_ns: int, data: dict[str, Any]) -> None:
        self.last = int(data["lastUpdateId"])
        at = self.exchange_ns[-1] if self.exchange_ns else 0
        self._add(Kind.CLEAR, 0.0, 0.0, at, local_ns)
        self._levels(data["bids"], data["asks"], at, local_ns)
        waiting, self.waiting = self.waiting, []
        for earlier_ns, change in waiting:
            self._change(max(earlier_ns, local_ns), change)

    def _change(self, local_ns: int, data: dict[str, Any]) -> None:
        if self.last is None:
            self.waiting.append((local_ns, data))
            return
        first, last = int(data["pu"]) + 1 if "pu" in data else int(data["U"]), int(data["u"])
        if last <= self.last:
            return
        if first > self.last + 1:
            self.last, self.waiting = None, [(local_ns, data)]  # nothing is known until a snapshot
            return
        self.last = last
        self._levels(data["b"], data["a"], int(data.get("T", data["E"])) * MILLISECOND_NS, local_ns)

    def _trade(self, local_ns: int, data: dict[str, Any]) -> None:
        kind = Kind.SOLD if data["m"] else Kind.BOUGHT
        self._add(kind, float(data["p"]), float(data["q"]), int(data["T"]) * MILLISECOND_NS, local_ns)

    def _levels(self, bids: Iterable[Sequence[str]], asks: Iterable[Sequence[str]], at: int, local_ns: int) -> None:
        for kind, levels in ((Kind.BID, bids), (Kind.ASK, asks)):
            for price, quantity in levels:
                self._add(kind, float(price), float(quantity), at, local_ns)
        self._add(Kind.END, 0.0, 0.0, at, local_ns)

    def _add(self, kind: int, price: float, quantity: float, exchange_ns: int, local_ns: int) -> None:
        self.kind.append(kind)
        self.price.append(price)
        self.quantity.append(quantity)
        self.exchange_ns.append(exchange_ns)
        self.local_ns.append(local_ns)


def read(paths: Sequence[Path], *, market: str = "") -> Tape:
    """Read one continuous recording, made of consecutive files, into a tape."""
    return tape_of(messages(paths), symbol=_symbol(paths[0]), market=market, name=paths[0].name)


def _symbol(path: Path) -> str:
    if next(messages([path]), None) is None:
        raise EmptyRecording(f"{path} holds no message")
    with named_errors(path):
        try:
            return symbol_of(path)[0]
        except RecordingError as error:
            if "names no stream" in str(error):
                raise UnknownFormat(str(error)) from error
            raise


def tape_of(raw: Iterable[Raw], *, symbol: str, market: str, name: str) -> Tape:
    """Turn messages into a tape, checking that none is missing and that the book never crosses."""
    rows = _Rows(name)
    gap_ns = 0
    for local_ns, message in raw:
        try:
            rows.take(local_ns, message)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, RecordingError):
                raise
            raise CorruptRecording(f"{name}: a message that cannot be read ({error!r}): {str(message)[:80]}") from error
        gap_ns = (gap_ns or local_ns) if rows.kind and rows.last is None else 0
    if not rows.kind:
        raise EmptyRecording(f"{name} holds no snapshot of a book")
    if gap_ns:
        raise GapInRecording(f"{name}: changes of the book are missing at {gap_ns} ns and no snapshot follows")
    return _arrange(rows, symbol, market)


def _arrange(rows: _Rows, symbol: str, market: str) -> Tape:
    """Put rows into the exchange's order: by its time, trades before the message of the book that contains them."""
    kind = np.array(rows.kind, dtype=np.int8)
    price, quantity = _whole(rows.price, rows.name), _whole(rows.quantity, rows.name)
    local, exchange = _times(rows.local_ns, rows.name), _times(rows.exchange_ns, rows.name)
    exchange, seen = _one_clock(exchange, local, kind)
    is_trade = (kind == Kind.BOUGHT) | (kind == Kind.SOLD)
    exchange[~is_trade] = np.maximum.accumulate(exchange[~is_trade])
    order = np.lexsort((np.arange(len(kind)), ~is_trade, exchange))
    kind, price, quantity, exchange, seen = kind[order], price[order], quantity[order], exchange[order], seen[order]
    is_level = (kind == Kind.BID) | (kind == Kind.ASK)
    priced = is_level | (kind == Kind.BOUGHT) | (kind == Kind.SOLD)
    tick, lot = _step(price[priced]), _step(quantity[priced])
    price, quantity = price // tick, quantity // lot
    tops = _tops(kind, price, quantity, rows.name)
    if not len(tops):
        raise EmptyRecording(f"{rows.name} never shows both sides of a book")
    return _tape((rows.name, symbol, market), (tick, lot), (kind, price, quantity, exchange, seen), tops)


def _tape(names: tuple[str, str, str], steps: tuple[int, int], columns: tuple[Any, ...], tops: Integers) -> Tape:
    (name, symbol, market), (kind, price, quantity, exchange, seen) = names, columns
    ends, bid, ask = tops.T
    lowest, highest = int(bid.min() * (1 - WINDOW)), int(ask.max() * (1 + WINDOW)) + 1
    kept = (kind >= Kind.CLEAR) | ((price >= lowest) & (price <= highest))
    return Tape(
        symbol=symbol,
        market=market,
        name=name,
        tick=steps[0] / SCALE,
        lot=steps[1] / SCALE,
        lowest=lowest,
        levels=highest - lowest + 1,
        exchange_ns=exchange[kept],
        kind=kind[kept],
        price=np.where(kind >= Kind.CLEAR, 0, price - lowest)[kept],
        quantity=quantity[kept],
        top_ns=exchange[ends],
        top_seen_ns=np.maximum.accumulate(seen[ends]),
        top_bid=bid - lowest,
        top_ask=ask - lowest,
    )


def _one_clock(exchange: Integers, local: Integers, kind: Any) -> tuple[Integers, Integers]:
    """Return exchange times, and local ones on the exchange's clock.

    A snapshot without a time has that of the message before it; the first that of the first change. A recorder that stamps the
    book's changes itself has one clock only, its own: then the trades take it too.
    """
    timed = exchange > 0
    if not timed.any():
        return local.copy(), local
    book = timed & (kind < Kind.BOUGHT)
    if book.any() and np.abs(local[book] - exchange[book]).max() < SAME_CLOCK_MS * MILLISECOND_NS:
        return local.copy(), local
    exchange = np.where(timed, exchange, exchange[timed][0])
    return exchange, local - int((local - exchange)[timed].min())


def _tops(kind: Any, price: Integers, quantity: Integers, name: str) -> Integers:
    """Return row, best bid and best ask after each message that left both sides."""
    in_book = kind < Kind.BOUGHT
    if not in_book.any():
        return np.empty((0, 3), dtype=np.int64)
    usual = int(np.median(price[in_book]))
    lowest, highest = int(usual * (1 - FAR)), int(usual * (1 + FAR)) + 1
    if highest - lowest > MOST_LEVELS:
        raise CorruptRecording(f"{name}: prices are too fine a step apart for their size")
    found = np.asarray(tops(kind, price, quantity, lowest, highest - lowest + 1), dtype=np.int64)
    crossed = found[found[:, 1] >= found[:, 2]]
    if len(crossed):
        raise CorruptRecording(f"{name}: the book is crossed at row {crossed[0, 0]}")
    return found


def _whole(values: list[float], name: str) -> Integers:
    array = np.array(values)
    if not np.isfinite(array).all() or (array < 0).any() or (array > np.iinfo(np.int64).max / SCALE).any():
        raise CorruptRecording(f"{name}: a price or quantity is negative or no number")
    return np.rint(array * SCALE).astype(np.int64)


def _times(values: list[int], name: str) -> Integers:
    if values and not (min(values) >= 0 and max(values) < LATEST_NS):
        raise CorruptRecording(f"{name}: a time is before 1970 or after 2200")
    return np.array(values, dtype=np.int64)


def _step(values: Integers) -> int:
    """Return the largest step of which all values are multiples: the venue's tick or lot as far as it shows."""
    return int(np.gcd.reduce(values[values > 0])) if (values > 0).any() else 1
