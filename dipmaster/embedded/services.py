"""Start, stop and describe PostgreSQL and Redis. What DATABASE_URL or REDIS_URL names is used as it is and left alone."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from dipmaster.addresses import database_url, redis_url
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.locks import exclusive
from dipmaster.embedded.postgres import Postgres
from dipmaster.embedded.redis_server import RedisServer

_LOCK_SECONDS = 120.0  # another process may be making the cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Which services a call of `start` started; the others ran already, or are not ours."""

    postgres: bool
    redis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One service: whose it is and whether it answers."""

    service: str
    is_embedded: bool
    is_answering: bool
    address: str


def start(var: Path) -> Started:
    """Start what is not running. Safe from several processes at once; what runs already is left as it is.

    Raises:
        EmbeddedError: a service does not start, or one that the environment names does not answer.
    """
    with _lock(var):
        started = Started(
            postgres=is_postgres_ours() and Postgres.of(var).start(),
            redis=is_redis_ours() and RedisServer(var=var).start(),
        )
    for service in status(var):
        if not service.is_answering:
            variable = "DATABASE_URL" if service.service == "PostgreSQL" else "REDIS_URL"
            raise EmbeddedError(
                f"{service.service}, named by {variable}, does not answer. Start it, or unset {variable} for an embedded one."
            )
    return started


def stop(var: Path, *, postgres: bool = True, redis: bool = True) -> Started:
    """Stop the embedded services; return which ran."""
    with _lock(var):
        return Started(
            redis=redis and is_redis_ours() and RedisServer(var=var).stop(),
            postgres=postgres and is_postgres_ours() and Postgres.of(var).stop(),
        )


def status(var: Path) -> tuple[Status, Status]:
    """Describe both services."""
    ours = is_postgres_ours()
    postgres = Status(
        service="PostgreSQL",
        is_embedded=ours,
        is_answering=Postgres.of(var).is_answering() if ours else _answers_postgres(database_url(var)),
        address=database_url(var) if ours else "DATABASE_URL",  # a given address may hold a password
    )
    ours = is_redis_ours()
    redis = Status(
        service="Redis",
        is_embedded=ours,
        is_answering=RedisServer(var=var).is_answering() if ours else _answers_redis(redis_url(var)),
        address=redis_url(var) if ours else "REDIS_URL",
    )
    return postgres, redis


def is_postgres_ours() -> bool:
    """Tell whether PostgreSQL is ours to start and stop."""
    return not os.environ.get("DATABASE_URL")


def is_redis_ours() -> bool:
    """Tell whether Redis is ours to start and stop."""
    return not os.environ.get("REDIS_URL")


def _lock(var: Path) -> AbstractContextManager[int]:
    return exclusive(var / "embedded.lock", timeout_seconds=_LOCK_SECONDS)


def _answers_postgres(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers_redis(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            return bool(client.ping())
    except RedisError:
        return False
