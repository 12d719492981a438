"""manage.py paper_faults: let a venue of the paper exchange misbehave, and see what is in force."""

import json
from argparse import ArgumentParser
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dipmaster.domain.loopback import is_loopback
from execution.paper.fault_rules import OPERATIONS, Fault

TIMEOUT_SECONDS = 5.0
NUMBERS = ("seconds", "probability", "milliseconds", "share")
TEXTS = ("code", "message", "symbol", "stream")


class Command(BaseCommand):
    """Faults are for trying out and for tests; a restart of the paper exchange ends them all."""

    help = "Without arguments: list the faults in force. With a venue and a fault: put it in force. --clear ends them."
    requires_system_checks = ()  # pages have nothing to do with it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what a fault takes."""
        parser.add_argument("venue", nargs="?", help="binance, okx, bybit or coinbase")
        parser.add_argument("fault", nargs="?", choices=[fault.value for fault in Fault])
        parser.add_argument("--clear", action="store_true", help="end the faults of the venue, or of all")
        parser.add_argument("--operations", nargs="+", choices=sorted(OPERATIONS), help="which requests; without it, all")
        parser.add_argument("--count", type=int, help="end after so many requests or frames")
        parser.add_argument("--seconds", type=float, help="end after this time")
        parser.add_argument("--probability", type=float, help="0 to 1, of each request or frame")
        parser.add_argument("--milliseconds", type=float, help="of latency, of a hang, or added to the venue's clock")
        parser.add_argument("--share", type=float, help="of a taker's quantity that trades: partial_fill")
        parser.add_argument("--lots", type=int, help="added to a position: position_drift")
        parser.add_argument("--status", type=int, help="HTTP status of reject")
        parser.add_argument("--code", help="the venue's error code: reject")
        parser.add_argument("--message", help="the venue's words: reject")
        parser.add_argument("--symbol", help="BTCUSDT or BTCUSDT-PERP: crossed, position_drift")
        parser.add_argument("--stream", choices=["public", "private"], help="of stream faults; without it, both")
        parser.add_argument("--no-effect", action="store_true", help="the request is not carried out either")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the exchange."""
        if options["clear"]:
            venue = options["venue"]
            self._call("DELETE", f"?venue={quote(venue)}" if venue else "")
            self.stdout.write(f"No fault is in force on {venue or 'any venue'}")
        elif options["venue"] and options["fault"]:
            self.stdout.write(f"{options['venue']}: {_described(self._call('POST', '', _asked(options)))}")
        elif options["venue"]:
            raise CommandError(f"Name a fault: {', '.join(Fault)}; or --clear")
        else:
            self._list(self._call("GET"))

    def _list(self, venues: dict[str, list[dict[str, Any]]]) -> None:
        for venue, rules in venues.items():
            for rule in rules:
                self.stdout.write(f"{venue}: {_described(rule)}")
        if not any(venues.values()):
            self.stdout.write("No fault is in force")

    def _call(self, method: str, query: str = "", body: dict[str, Any] | None = None) -> Any:
        url = f"{settings.PAPER_EXCHANGE_URL.rstrip('/')}/control/faults{query}"
        if not is_loopback(url):
            raise CommandError(f"{settings.PAPER_EXCHANGE_URL} is not on this machine")
        request = Request(url, method=method, data=None if body is None else json.dumps(body).encode())  # noqa: S310 - loopback, checked
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - loopback, checked
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise CommandError(json.load(error)["error"]) from error
        except (URLError, TimeoutError) as error:
            raise CommandError(f"The paper exchange does not answer at {settings.PAPER_EXCHANGE_URL}: is the desk running?") from error


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    names = ("venue", "fault", "operations", "count", "lots", "status", *NUMBERS, *TEXTS)
    asked = {name: options[name] for name in names if options[name] is not None}
    return asked | ({"has_effect": False} if options["no_effect"] else {})


def _described(rule: dict[str, Any]) -> str:
    """Return what is in force in a line: what has no value or its default is left out."""
    defaults: dict[str, Any] = {"probability": 1.0, "has_effect": True, "milliseconds": 0.0, "lots": 0, "share": 0.5}
    shown = {name: value for name, value in rule.items() if name not in {"fault", "operations"} and value not in (None, "")}
    words = [f"{name} {value}" for name, value in shown.items() if value != defaults.get(name)]
    on = "" if len(rule["operations"]) == len(OPERATIONS) else f" on {', '.join(rule['operations'])}"
    return ", ".join([f"{rule['fault']}{on}", *words])
