"""What a load balancer asks."""

import time

import pytest
from django.test import Client, override_settings
from redis import Redis

from dipmaster.addresses import FEED_HEARTBEAT_KEY

pytestmark = pytest.mark.django_db


def test_a_working_desk_answers_200_without_a_sign_in(client: Client, redis: Redis) -> None:
    redis.set(FEED_HEARTBEAT_KEY, time.time() - 3)
    answer = client.get("/health/")
    body = answer.json()
    assert (answer.status_code, body["database"], body["redis"]) == (200, "ok", "ok")
    assert body["feed_age_seconds"] >= 3


def test_a_feed_that_never_ran_has_no_age_and_does_not_take_the_pages_away(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["feed_age_seconds"]) == (200, None)


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_an_unreachable_redis_answers_503(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["redis"]) == (503, "unreachable")


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/health/").status_code == 405
