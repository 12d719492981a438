"""A desk: services, paper exchange and processes, started in order, supervised, stopped in order."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis

from dipmaster.addresses import BASE_DIR, FEED_HEARTBEAT_KEY, redis_url
from dipmaster.embedded import desk_file, ports, programs, services
from dipmaster.embedded.children import STOP_SECONDS, Child, Program
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.locks import AlreadyLockedError, exclusive

_POLL_SECONDS = 0.1
_ORPHANS_SECONDS = 30.0  # a worker finishes its step first
_PAPER_SECONDS = 60.0
_HOPELESS_CRASHES = 2
_WEB_SECONDS = 90.0
_FEED_SECONDS = 60.0


def _silent(name: str, text: str) -> None:
    """Say nothing."""


class Desk:
    """A desk in the folder `var`; also a context manager. Tests, the demo and `manage.py desk` run the same one.

    `port` and `paper_port` 0 mean any free one. `paper_args` are further arguments of the paper exchange. Without `web`, no page and
    no API is served. DATABASE_URL, REDIS_URL and PAPER_EXCHANGE_URL name services that are used as they are; `environment` gives the
    processes (not the services) other values. Embedded services that ran before are left running unless `owns_services`.
    """

    def __init__(
        self,
        var: Path,
        *,
        port: int = 0,
        paper_port: int = 0,
        paper_args: tuple[str, ...] = (),
        web: bool = True,
        seed: bool = True,
        owns_services: bool = False,
        environment: Mapping[str, str] | None = None,
        announce: Callable[[str, str], None] = _silent,
        stopping: threading.Event | None = None,
    ) -> None:
        self.var = var.resolve()
        self.address = ""
        self.paper_url = ""
        self._wanted_port, self._wanted_paper_port = port, paper_port
        self._paper_args = paper_args
        self._has_web, self._seeds, self._owns_services = web, seed, owns_services
        self._environment = {**(environment or {})}
        self._announce = announce
        self._stopping = stopping or threading.Event()
        self._children: dict[str, Child] = {}
        self._stack = ExitStack()
        self._lock = -1

    def __enter__(self) -> "Desk":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the processes."""
        return tuple(self._children)

    def start(self) -> None:
        """Start everything and wait until it works; whatever was started is stopped again when something does not.

        Raises:
            AlreadyLockedError: a desk runs in the folder.
            EmbeddedError: something does not start; the message says what and where to look.
        """
        with ExitStack() as undo:
            undo.enter_context(desk_file.hold(self.var))
            self._announce("desk", f"Starting in {self.var}")
            undo.callback(desk_file.remove, self.var)
            desk_file.remove(self.var)
            self._start_services(undo)
            self._wait_for_orphans(undo)
            undo.callback(self._stop_children)
            self._start_paper()
            self._prepare_database()
            self._start_processes()
            self._wait_until_it_works()
            desk_file.write(self.var, self._description())
            self._stack = undo.pop_all()

    def stop(self) -> None:
        """Stop the processes, then the paper exchange, then the services."""
        self._stack.close()

    def pid(self, name: str) -> int | None:
        """Return the process id, None while the process is down."""
        return self._child(name).pid

    def restart(self, name: str) -> None:
        """End a process in order, or bring back one that stayed down, and start it at once."""
        self._child(name).restart()

    def kill(self, name: str, *, stay_down: bool = False) -> None:
        """Kill -9 a process; it starts again by itself unless it is to stay down until `restart`."""
        self._child(name).kill(stay_down=stay_down)

    def log(self, name: str) -> Path:
        """Return the process' log."""
        return self.var / "log" / f"{name}.log"

    def manage(self, *arguments: str) -> None:
        """Run a management command with the desk's environment; its output goes to `var/log/manage.log`."""
        log = self.log("manage")
        with log.open("ab") as output:
            command = [sys.executable, "manage.py", *arguments]
            environment = {**os.environ, **self._process_environment()}
            code = subprocess.call(
                command, cwd=BASE_DIR, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        if code != 0:
            raise EmbeddedError(f"manage.py {' '.join(arguments)} failed. The end of {log}:\n{_tail(log)}")

    def _child(self, name: str) -> Child:
        if name not in self._children:
            raise EmbeddedError(f"There is no process {name!r}; there are {', '.join(self._children)}")
        return self._children[name]

    def _start_services(self, undo: ExitStack) -> None:
        started = services.start(self.var)
        for folder in ("log", "static"):  # whitenoise finds the files in the source; it only wants the folder of collectstatic to exist
            (self.var / folder).mkdir(exist_ok=True)
        owned = self._owns_services
        undo.callback(services.stop, self.var, postgres=owned or started.postgres, redis=owned or started.redis)

    def _wait_for_orphans(self, undo: ExitStack) -> None:
        """Wait until the processes of a desk that was killed are gone: each holds this lock with its supervisor, and ours will too."""
        try:
            self._lock = undo.enter_context(exclusive(self.var / "processes.lock", timeout_seconds=_ORPHANS_SECONDS))
        except AlreadyLockedError as error:
            raise EmbeddedError(
                f"Processes of an earlier desk in {self.var} still run after {_ORPHANS_SECONDS:g} s. End them and try again."
            ) from error

    def _start_paper(self) -> None:
        given = self._environment.get("PAPER_EXCHANGE_URL") or os.environ.get("PAPER_EXCHANGE_URL")
        if given:
            self.paper_url = given
            return
        port = self._choose_port(self._wanted_paper_port, "the paper exchange")
        self.paper_url = f"http://{ports.LOOPBACK}:{port}"
        child = self._run(programs.paper(port=port, var=self.var, arguments=self._paper_args))
        self._wait(lambda: _listens(child, port), seconds=_PAPER_SECONDS, what="The paper exchange does not listen", log=child.log)

    def _choose_port(self, wanted: int, what: str) -> int:
        port = ports.choose(wanted)
        if wanted not in (0, port):
            self._announce("desk", f"Port {wanted} is taken by another program; {what} uses {port}.")
        return port

    def _prepare_database(self) -> None:
        self.manage("migrate", "--verbosity", "0", "--skip-checks")
        if self._seeds:
            self.manage("seed", "--skip-checks")

    def _start_processes(self) -> None:
        self._redis(lambda client: client.delete(FEED_HEARTBEAT_KEY))
        environment = self._process_environment()
        if self._has_web:
            port = self._choose_port(self._wanted_port, "the desk")
            self.address = f"http://{ports.LOOPBACK}:{port}"
            self._run(programs.web(port=port, environment=environment))
        for program in programs.others(var=self.var, environment=environment):
            self._run(program)

    def _process_environment(self) -> dict[str, str]:
        paper = {"PAPER_EXCHANGE_URL": self.paper_url} if self.paper_url else {}
        return {"DIPMASTER_VAR": str(self.var), **paper, **self._environment}

    def _run(self, program: Program) -> Child:
        child = Child(replace(program, keep_open=(self._lock,)), log=self.log(program.name), announce=self._announce)
        self._children[program.name] = child
        child.start()
        return child

    def _wait_until_it_works(self) -> None:
        if self._has_web:
            self._wait(self._web_answers, seconds=_WEB_SECONDS, what="The web server does not answer", log=self.log(programs.WEB))
        try:
            self._wait(self._feed_beats, seconds=_FEED_SECONDS, what="No market data yet", log=self.log(programs.FEED))
        except NotYetError as error:  # a venue that is away must not take the desk away: orders are still shown and cancelled
            self._announce("desk", str(error))

    def _wait(self, works: Callable[[], bool], *, seconds: float, what: str, log: Path) -> None:
        deadline = time.monotonic() + seconds
        while not works():
            if time.monotonic() >= deadline:
                raise NotYetError(f"{what} after {seconds:g} s. The end of {log}:\n{_tail(log)}")
            if self._stopping.wait(_POLL_SECONDS):
                raise StoppedError("Stopped while starting.")

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/", timeout=5) as answer:  # noqa: S310  (our own address)
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _feed_beats(self) -> bool:
        return bool(self._redis(lambda client: client.exists(FEED_HEARTBEAT_KEY)))

    def _redis(self, ask: Callable[[Redis], object]) -> object:
        with Redis.from_url(self._environment.get("REDIS_URL") or redis_url(self.var)) as client:
            return ask(client)

    def _description(self) -> desk_file.RunningDesk:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return desk_file.RunningDesk(pid=os.getpid(), address=self.address, paper_url=self.paper_url, started_at=now)

    def _stop_children(self) -> None:
        """Stop all but the paper exchange, then that: what is being sent there may still be answered."""
        paper = self._children.pop(programs.PAPER, None)
        for group in (list(self._children.values()), [paper] if paper else []):
            deadline = time.monotonic() + STOP_SECONDS
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.finish(timeout_seconds=max(0.1, deadline - time.monotonic()))
        self._children.clear()


def _listens(child: Child, port: int) -> bool:
    """Tell whether it listens; one that crashes at every start, over a recording that it cannot read, say, is not waited for."""
    if child.crashes >= _HOPELESS_CRASHES:
        raise EmbeddedError(f"The {child.program.name} exchange does not start. The end of {child.log}:\n{_tail(child.log)}")
    return ports.accepts(port)


class NotYetError(EmbeddedError):
    """Something did not come up in time."""


class StoppedError(EmbeddedError):
    """The desk was asked to stop before it was ready."""


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(empty)"
