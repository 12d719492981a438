"""The latest book of every listing, in Redis under `book:<venue>:<symbol>`.

A record holds when the book was received (microseconds since 1970), the venue's own sequence number, and the levels as texts
`price quantity`, best first. The feed writes texts that it has at hand; readers make Decimals of the levels that they have not
seen yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import cast

import msgspec

from dipmaster.domain.books import Book, Level
from execution.market.connection import redis

KEPT_SECONDS = 300  # a venue that is switched off disappears; freshness is judged by `received_at`, never by this
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class _Record(msgspec.Struct, array_like=True, frozen=True, gc=False):
    received_us: int
    sequence: int
    bids: tuple[str, ...]
    asks: tuple[str, ...]


class _Head(msgspec.Struct, array_like=True, frozen=True, gc=False):
    received_us: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Record)
_head_decoder = msgspec.msgpack.Decoder(_Head)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedBook:
    """A book and the venue's sequence number that it is at."""

    book: Book
    sequence: int


def encode(*, received_us: int, sequence: int, bids: Sequence[str], asks: Sequence[str]) -> bytes:
    """Return a record; levels are texts `price quantity`, best first."""
    return _encoder.encode((received_us, sequence, bids, asks))


def write(book: Book, *, sequence: int = 0) -> None:
    """Store a book in place of the one before."""
    received_us = (book.received_at - EPOCH) // MICROSECOND
    record = encode(received_us=received_us, sequence=sequence, bids=_texts(book.bids), asks=_texts(book.asks))
    redis().set(key_of(book.venue, book.symbol), record, ex=KEPT_SECONDS)


def read_times(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Return when the books of these (venue, symbol) were received, without reading their levels; missing ones are absent."""
    wanted = tuple(pairs)
    if not wanted:
        return {}
    stored = cast(list[bytes | None], redis().mget([key_of(venue, symbol) for venue, symbol in wanted]))
    return {
        pair: EPOCH + timedelta(microseconds=_head_decoder.decode(data).received_us)
        for pair, data in zip(wanted, stored, strict=True)
        if data is not None
    }


def read(*, venues: Iterable[str], symbols: Iterable[str]) -> dict[tuple[str, str], Book]:
    """Return the books of these venues and symbols by (venue, symbol), read at one moment; missing ones are absent."""
    names = tuple(symbols)
    pairs = [(venue, symbol) for venue in venues for symbol in names]
    if not pairs:
        return {}
    stored = cast(list[bytes | None], redis().mget([key_of(venue, symbol) for venue, symbol in pairs]))
    return {pair: decode(data, venue=pair[0], symbol=pair[1]).book for pair, data in zip(pairs, stored, strict=True) if data is not None}


def decode(data: bytes, *, venue: str, symbol: str) -> NumberedBook:
    """Read a record."""
    record = _decoder.decode(data)
    book = Book(
        venue=venue,
        symbol=symbol,
        bids=tuple(map(_level, record.bids)),
        asks=tuple(map(_level, record.asks)),
        received_at=EPOCH + timedelta(microseconds=record.received_us),
    )
    return NumberedBook(book=book, sequence=record.sequence)


def key_of(venue: str, symbol: str) -> str:
    """Return where a book is kept."""
    return f"book:{venue}:{symbol}"


def _texts(levels: Iterable[Level]) -> list[str]:
    return [f"{level.price:f} {level.quantity:f}" for level in levels]


@lru_cache(maxsize=65_536)
def _level(text: str) -> Level:
    """Return a level; most of a book's levels were in the one before too."""
    price, _, quantity = text.partition(" ")
    return Level(price=Decimal(price), quantity=Decimal(quantity))
