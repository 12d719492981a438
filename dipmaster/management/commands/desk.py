"""`manage.py desk`, which `make run` calls."""

import os
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dipmaster import seeds
from dipmaster.addresses import var_dir
from dipmaster.embedded import desk_file
from dipmaster.embedded.errors import EmbeddedError
from dipmaster.embedded.locks import AlreadyLockedError
from dipmaster.embedded.processes import Desk, StoppedError

_STARTING_SECONDS = 180.0
_LOOK_SECONDS = 0.5


class Command(BaseCommand):
    """Run the whole desk in the foreground until Ctrl-C or SIGTERM."""

    help = "Start PostgreSQL, Redis, the paper exchange and all processes of the desk, and keep them running until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Ports; both move on to the next free one when another program has them."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--paper-port", type=int, default=int(os.environ.get("PAPER_PORT") or 8900))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal, or say where the desk already is."""
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stopping.set())
        desk = Desk(
            var_dir(),
            port=options["port"],
            paper_port=options["paper_port"],
            owns_services=True,
            announce=self._announce,
            stopping=stopping,
        )
        try:
            with desk:
                self._welcome(desk)
                stopping.wait()
                self._announce("desk", "Stopping.")
        except AlreadyLockedError:
            self._point_at_the_other()
        except StoppedError as error:
            self._announce("desk", str(error))
        except EmbeddedError as error:
            raise CommandError(str(error)) from error

    def _announce(self, name: str, text: str) -> None:
        self.stdout.write(f"{name:<10} | {text}")
        self.stdout.flush()

    def _welcome(self, desk: Desk) -> None:
        sign_in = seeds.read_sign_in(desk.var)
        password = sign_in.get(seeds.TRADER)
        place = desk.var / seeds.SIGN_IN_FILE
        lines = [
            "",
            f"  DipMaster        {desk.address}/",
            f"  Sign in as       {seeds.TRADER}  {password}" if password else "  Sign in with your own account.",
            f"  Administrator    {seeds.ADMINISTRATOR}  {sign_in[seeds.ADMINISTRATOR]}" if seeds.ADMINISTRATOR in sign_in else "",
            f"  API token        in {place}" if password else "",
            f"  Paper exchange   {desk.paper_url}",
            f"  Logs             {desk.var / 'log'}",
            "  Stop             Ctrl-C",
            "",
        ]
        self.stdout.write("\n".join(line for number, line in enumerate(lines) if line or number in (0, len(lines) - 1)))
        self.stdout.flush()

    def _point_at_the_other(self) -> None:
        """Say where the running desk is; one that is just starting is waited for."""
        var = var_dir()
        deadline = time.monotonic() + _STARTING_SECONDS
        while desk_file.is_held(var) and time.monotonic() < deadline:
            other = desk_file.running(var)
            if other:
                self._announce("desk", f"A desk is already running at {other.address}/ (process {other.pid}, since {other.started_at}).")
                self._announce("desk", f"Sign-in: {var / seeds.SIGN_IN_FILE}. Stop it with Ctrl-C where it runs, or: kill {other.pid}")
                return
            time.sleep(_LOOK_SECONDS)
        raise CommandError(f"Another process held {var / 'desk.lock'} but no desk became ready. Try again.")
