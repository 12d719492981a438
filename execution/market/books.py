"""The latest book of every listing, in Redis under `book:<venue>:<symbol>`."""

from collections.abc import Iterable
from typing import cast

import msgspec
from redis.asyncio import Redis as AsyncRedis

from dipmaster.domain.books import Book
from execution.market.connection import redis

KEPT_SECONDS = 300  # a venue that is switched off disappears; freshness is judged by `received_at`, never by this
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Book)


def write(book: Book) -> None:
    """Store a book in place of the one before."""
    redis().set(_key(book.venue, book.symbol), _encoder.encode(book), ex=KEPT_SECONDS)


async def awrite(client: AsyncRedis, books: Iterable[Book]) -> None:
    """Store books in one round trip."""
    pipeline = client.pipeline(transaction=False)
    for book in books:
        pipeline.set(_key(book.venue, book.symbol), _encoder.encode(book), ex=KEPT_SECONDS)
    await pipeline.execute()


def read(*, venues: Iterable[str], symbols: Iterable[str]) -> dict[tuple[str, str], Book]:
    """Return the books of these venues and symbols by (venue, symbol), read at one moment; missing ones are absent."""
    names = tuple(symbols)
    pairs = [(venue, symbol) for venue in venues for symbol in names]
    if not pairs:
        return {}
    stored = cast(list[bytes | None], redis().mget([_key(venue, symbol) for venue, symbol in pairs]))
    return {pair: _decoder.decode(data) for pair, data in zip(pairs, stored, strict=True) if data is not None}


def _key(venue: str, symbol: str) -> str:
    return f"book:{venue}:{symbol}"
