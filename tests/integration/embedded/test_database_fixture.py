"""The services that the tests themselves stand on."""

import pytest
from django.db import connection
from redis import Redis


@pytest.mark.django_db
def test_the_test_database_is_postgresql_18_on_a_unix_socket() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, current_database(), inet_server_addr()")
        version, name, address = cursor.fetchone()
    assert (version, address) == (18, None)
    assert name.startswith("test_dipmaster")  # a worker process adds its own name


def test_redis_is_empty_at_the_start_of_a_test(redis: Redis) -> None:
    assert redis.dbsize() == 0
