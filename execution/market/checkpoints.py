"""How far each venue's account stream is recorded, in Redis under `feed:recorded:<venue>`; and the feed's heartbeat."""

from datetime import UTC, datetime

from redis.asyncio import Redis as AsyncRedis

from execution.market.connection import redis

HEARTBEAT_KEY = "feed:heartbeat"
HEARTBEAT_SECONDS = 10


async def read_recorded_until(client: AsyncRedis, venue: str) -> datetime | None:
    """Return the time up to which the account's executions are recorded; none when nothing is known."""
    stored = await client.get(_key(venue))
    return datetime.fromtimestamp(float(stored), UTC) if stored is not None else None


async def write_recorded_until(client: AsyncRedis, venue: str, moment: datetime) -> None:
    """Note the time up to which the account's executions are recorded."""
    await client.set(_key(venue), moment.timestamp())


async def beat(client: AsyncRedis, now: datetime) -> None:
    """Say that the feed lives; the key goes away when it is not renewed."""
    await client.set(HEARTBEAT_KEY, now.timestamp(), ex=HEARTBEAT_SECONDS)


def last_beat() -> datetime | None:
    """Return when the feed said last that it lives; none when it has been silent for HEARTBEAT_SECONDS."""
    stored = redis().get(HEARTBEAT_KEY)
    return datetime.fromtimestamp(float(stored), UTC) if isinstance(stored, bytes) else None


def _key(venue: str) -> str:
    return f"feed:recorded:{venue}"
