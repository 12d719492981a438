"""How the streams of all books do, in the Redis hash `feed:streams`; the feed writes it every second.

    status.read()[venue, symbol].data_age(now)

The hash goes away when the feed does not renew it for KEPT_SECONDS: nothing then says how the streams are.
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec
from redis.asyncio import Redis as AsyncRedis

from execution.domain.streams import StreamStatus
from execution.market.connection import redis

KEY = "feed:streams"
KEPT_SECONDS = 10
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StreamStatus)


async def write(client: AsyncRedis, statuses: Iterable[StreamStatus]) -> None:
    """Replace what is stored with these, in one transaction."""
    fields = {f"{status.venue}:{status.symbol}": _encoder.encode(status) for status in statuses}
    pipeline = client.pipeline(transaction=True)
    pipeline.delete(KEY)
    if fields:
        pipeline.hset(KEY, mapping=cast(Any, fields))
        pipeline.expire(KEY, KEPT_SECONDS)
    await pipeline.execute()


def read() -> dict[tuple[str, str], StreamStatus]:
    """Return the streams by (venue, symbol); empty while no feed runs."""
    stored = cast(dict[bytes, bytes], redis().hgetall(KEY))
    found = [_decoder.decode(data) for data in stored.values()]
    return {(status.venue, status.symbol): status for status in found}
