import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from execution.models import ParentOrder
from tests.integration.engine.driver import Engine

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def dispatcher(output: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a dispatcher process on the test's database."""
    known = connection.settings_dict
    url = f"postgresql://{known['USER']}@/{known['NAME']}?host={quote(str(known['HOST']), safe='')}"
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "dispatcher"]
    with output.open("wb") as file:
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url, **environment}, stdout=file, stderr=file)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def end_other_connections() -> int:
    with connection.cursor() as cursor:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT count(pg_terminate_backend(pid)) FROM ({others}) AS others")
        return int(cursor.fetchone()[0])


def test_a_dispatcher_goes_on_when_the_database_ends_its_connection(engine: Engine, tmp_path: Path) -> None:
    with dispatcher(tmp_path / "output") as process:
        first = ParentOrder.objects.filter(pk=engine.submit().pk, epoch__gt=0)
        engine.run_until(first.exists, turn=False)
        ended = end_other_connections()
        second = ParentOrder.objects.filter(pk=engine.submit().pk, epoch__gt=0)
        engine.run_until(second.exists, turn=False)
        ending = process.poll()

    assert ended >= 1
    assert ending is None


def test_a_dispatcher_waits_for_a_redis_that_does_not_answer(engine: Engine, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with dispatcher(output, REDIS_URL="redis://127.0.0.1:1") as process:
        engine.run_until(lambda: process.poll() is not None or output.read_text().count("database_or_queue_lost") >= 2, turn=False)
        ending = process.poll()

    assert ending is None
