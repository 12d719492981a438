"""The process's connections to Redis."""

import os
from functools import lru_cache

import redis as redis_client
import redis.asyncio as async_redis_client
from django.conf import settings


def redis() -> redis_client.Redis:
    """Return the process's pooled client; threads may share it, a forked child gets its own."""
    return _sync_client(settings.REDIS_URL, os.getpid())


def async_redis() -> async_redis_client.Redis:
    """Return a new asyncio client; who asked for it closes it on the loop that used it."""
    return async_redis_client.Redis.from_url(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _sync_client(url: str, _pid: int) -> redis_client.Redis:
    return redis_client.Redis.from_url(url)
