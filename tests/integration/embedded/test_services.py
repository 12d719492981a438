"""PostgreSQL and Redis from wheels: started, found, left alone, started again after every kind of bad end."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from dipmaster.addresses import database_url, redis_url, socket_dir
from dipmaster.embedded import services
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.services import Started
from tests.waiting import PATIENCE_SECONDS

BOTH = Started(postgres=True, redis=True)
NEITHER = Started(postgres=False, redis=False)


def server_pids(var: Path) -> tuple[int, int]:
    postgres = int((var / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    with Redis.from_url(redis_url(var)) as client:
        return postgres, client.info("server")["process_id"]


def end(pid: int) -> None:
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    process.wait(PATIENCE_SECONDS)


def write_a_row(var: Path) -> None:
    with psycopg.connect(database_url(var), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")


def row(var: Path) -> int:
    with psycopg.connect(database_url(var)) as connection:
        return connection.execute("SELECT value FROM kept").fetchone()[0]


def test_both_start_once_and_stop_once(var: Path) -> None:
    assert services.start(var) == BOTH
    assert services.start(var) == NEITHER
    assert all(service.is_answering for service in services.status(var))
    assert services.stop(var) == BOTH
    assert services.stop(var) == NEITHER
    assert not any(service.is_answering for service in services.status(var))


def test_commits_wait_for_the_disk_and_nothing_listens_on_tcp(var: Path) -> None:
    services.start(var)
    with psycopg.connect(database_url(var)) as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()[0] for name in ("synchronous_commit", "fsync", "listen_addresses", "timezone")
        ]
    with Redis.from_url(redis_url(var)) as client:
        assert (*shown, client.config_get("port")["port"]) == ("on", "on", "", "UTC", "0")


def test_other_users_cannot_reach_the_sockets(var: Path) -> None:
    services.start(var)
    assert socket_dir(var).stat().st_mode & 0o077 == 0
    assert (var / "postgres" / "data").stat().st_mode & 0o077 == 0


def test_killed_services_start_again_with_their_data(var: Path) -> None:
    services.start(var)
    write_a_row(var)
    for pid in server_pids(var):
        end(pid)
    assert services.start(var) == BOTH
    assert row(var) == 42


def test_a_lock_file_that_names_some_other_living_process_does_not_hold_the_start_up(var: Path) -> None:
    services.start(var)
    services.stop(var)
    data = var / "postgres" / "data"
    owner = data.stat()
    for path in (data / "postmaster.pid", socket_dir(var) / ".s.PGSQL.5432.lock"):
        path.write_text(f"{os.getpid()}\n{data}\n1\n5432\n{socket_dir(var)}\n\n\n")
        os.chown(path, owner.st_uid, owner.st_gid)
    assert services.start(var) == BOTH


def test_a_cluster_that_was_half_made_is_made_anew(var: Path) -> None:
    services.start(var)
    services.stop(var)
    home = var / "postgres"
    (home / "data").rename(home / "data.new")
    shutil.rmtree(home / "data.new" / "base")
    assert services.start(var) == BOTH
    assert services.status(var)[0].is_answering


def test_a_cluster_of_another_version_is_refused_and_left_as_it_is(var: Path) -> None:
    services.start(var)
    services.stop(var)
    version = var / "postgres" / "data" / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 15"):
        services.start(var)
    version.write_text("18\n")


def test_two_processes_that_start_at_once_end_up_with_one_of_each(var: Path) -> None:
    environment = {**os.environ, "DIPMASTER_VAR": str(var)}
    command = [sys.executable, "-m", "dipmaster.embedded", "start"]
    starters = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(3)]
    outputs = [starter.communicate(timeout=PATIENCE_SECONDS)[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0], outputs
    homes = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    assert sum(str(var / "postgres" / "data") in (line or []) for line in homes) == 1
    assert sum(f"unixsocket:{socket_dir(var)}/redis.sock" in " ".join(line or []) for line in homes) == 1


def test_a_long_path_with_spaces_works(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = var / ("a rather long name " * 4) / ("and another, longer one " * 4)
    assert len(str(deep)) > 160
    try:
        assert services.start(deep) == BOTH
    finally:
        services.stop(deep)
        shutil.rmtree(socket_dir(deep), ignore_errors=True)


def test_services_that_the_environment_names_are_used_and_never_started_or_stopped(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.start(var)
    given = database_url(var), redis_url(var)
    monkeypatch.setenv("DATABASE_URL", given[0])
    monkeypatch.setenv("REDIS_URL", given[1])
    assert services.start(tmp_path) == NEITHER
    assert services.stop(tmp_path) == NEITHER
    assert [(service.is_embedded, service.is_answering) for service in services.status(tmp_path)] == [(False, True)] * 2
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("variable", "address"),
    [("DATABASE_URL", "postgresql://desk@127.0.0.1:1/desk"), ("REDIS_URL", "redis://127.0.0.1:1/0")],
)
def test_a_named_service_that_does_not_answer_is_an_error_that_names_the_variable(
    var: Path, monkeypatch: pytest.MonkeyPatch, variable: str, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(EmbeddedError, match=f"{variable}.*does not answer"):
        services.start(var)


def test_a_socket_folder_that_a_stranger_made_is_refused(var: Path) -> None:
    (var / "elsewhere").mkdir()
    (var / "run").symlink_to(var / "elsewhere")
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        services.start(var)


def test_status_tells_by_its_exit_code_whether_both_answer(var: Path) -> None:
    def run(action: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "dipmaster.embedded", action],
            env={**os.environ, "DIPMASTER_VAR": str(var)},
            capture_output=True,
            check=False,
        ).returncode

    assert [run(action) for action in ("status", "start", "status", "stop", "status")] == [1, 0, 0, 0, 1]
