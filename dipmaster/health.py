"""What a load balancer or a person asks first: does the desk work."""

import time

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from dipmaster.addresses import FEED_HEARTBEAT_KEY
from execution.market.connection import redis


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and Redis work, else 503; the feed's age is told but decides nothing: the page works without it."""
    database, redis_state, feed_age_seconds = _database(), "ok", None
    try:
        feed_age_seconds = _feed_age_seconds(redis())
    except RedisError:
        redis_state = "unreachable"
    body = {"database": database, "redis": redis_state, "feed_age_seconds": feed_age_seconds}
    return JsonResponse(body, status=200 if database == redis_state == "ok" else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _feed_age_seconds(client: Redis) -> float | None:
    """Return the seconds since the feed's last heartbeat (a Unix time); None when it has never beaten."""
    beat = client.get(FEED_HEARTBEAT_KEY)
    return None if beat is None else round(max(0.0, time.time() - float(beat)), 3)
