"""Run one order from request to report on a desk of its own, and check that every quantity agrees."""

import json
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from analytics.models import Report
from analytics.reports import json as report_json
from analytics.reports import pdf as report_pdf
from dipmaster import seeds
from dipmaster.accounts.models import User
from dipmaster.demo import invariants, venue_records
from dipmaster.domain.sides import Side
from dipmaster.embedded.processes import Desk
from execution.market import books as market_books
from execution.models import Listing, OrderEvent, ParentOrder
from execution.selectors.orders import order_of
from execution.services import orders
from execution.services.orders import InvalidOrder, OrderRequest

MARKET_SECONDS = 60
REPORT_SECONDS = 60
GRACE_SECONDS = 90
TARGET_FILL_RATE = Decimal("0.95")
_TITLES = {
    "submitted": "Submitted",
    "refused": "Refused",
    "started": "Started",
    "planned": "Slicing",
    "slice_released": "Slice",
    "child_sent": "Route",
    "child_acknowledged": "Acknowledged",
    "fill": "Fill",
    "slice_done": "Slice done",
    "completed": "Completed",
}


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise CommandError(f"{text!r} is not a number") from error


class Command(BaseCommand):
    """Everything it starts, it stops."""

    help = "Run one order from request to report on a desk of its own, and check that every quantity agrees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the order and the market."""
        parser.add_argument("--symbol", default="BTCUSDT")
        parser.add_argument("--side", default="buy", choices=[side.value for side in Side])
        parser.add_argument("--quantity", type=_decimal, default=Decimal("0.5"), help="base currency, default 0.5")
        parser.add_argument("--minutes", type=_decimal, default=Decimal(2), help="default 2")
        parser.add_argument("--mode", default="balanced", choices=["conservative", "balanced", "aggressive", "stealth"])
        parser.add_argument("--seed", type=int, default=7, help="of the market model, default 7")
        parser.add_argument("--replay", nargs="+", type=Path, default=[], metavar="FILE", help="recorded market instead of the model")
        parser.add_argument("--speed", type=float, default=1.0, help="multiple of recorded speed, default 1")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demo; the last line is DEMO with the figures."""
        missing = [str(path) for path in options["replay"] if not path.is_file()]
        if missing:
            raise CommandError(f"There is no recording {', '.join(missing)}: name files that exist, relative to the project's folder.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit that stops what was started, as Ctrl-C does
        self._say("Desk", "starting PostgreSQL, Redis, the paper exchange and the desk's processes")
        with Desk(settings.VAR_DIR, web=False, paper_args=_paper_args(options), announce=self._say) as desk:
            try:
                self._run(desk, options)
            finally:
                connection.close()

    def _run(self, desk: Desk, options: dict[str, Any]) -> None:
        user = User.objects.get(username=seeds.TRADER)
        venues = self._wait_for_market(options["symbol"], at_least=1 if options["replay"] else 2)
        self._say("Market", f"fresh books of {options['symbol']} at {', '.join(venues)}")
        order = self._submit(user, options)
        self._say("Decision", " ".join(order.decision_reasons))
        order = self._follow(user, order)
        report = self._report(order)
        content = report_json.render(report)
        broken = invariants(order, desk.paper_url)
        figures = self._figures(order, content, report)
        if not options["replay"] and len(figures["venues"]) < 2:
            broken.append(f"only {figures['venues']} were used, where two venues have a market")
        if figures["fill_rate"] < float(TARGET_FILL_RATE):
            broken.append(f"fill rate {figures['fill_rate']:.2%} is below {TARGET_FILL_RATE:.0%}")
        self._say("Checks", "; ".join(broken) or f"all quantities agree with {len(venue_records(order, desk.paper_url))} venue orders")
        self.stdout.write(f"DEMO {json.dumps(figures)}")
        if broken:
            raise CommandError("the demo failed: " + "; ".join(broken))

    def _wait_for_market(self, symbol: str, *, at_least: int) -> list[str]:
        venues = list(Listing.objects.filter(instrument__symbol=symbol).values_list("venue__name", flat=True))
        if not venues:
            raise CommandError(f"{symbol} is not traded here")
        oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)

        def fresh() -> list[str]:
            found = market_books.read(venues=venues, symbols=[symbol])
            return [venue for (venue, _), book in found.items() if book.is_tradable(utc_now(), oldest)]

        _wait(lambda: len(fresh()) >= at_least, MARKET_SECONDS, f"no market data for {symbol}")
        return fresh()

    def _submit(self, user: User, options: dict[str, Any]) -> ParentOrder:
        request = OrderRequest(
            symbol=options["symbol"],
            side=Side(options["side"]),
            quantity=options["quantity"],
            mode=options["mode"],
            duration_minutes=options["minutes"],
            notes="demo",
        )
        try:
            return orders.submit(user=user, request=request, now=utc_now()).order
        except InvalidOrder as error:
            raise CommandError(str(error)) from error

    def _follow(self, user: User, order: ParentOrder) -> ParentOrder:
        """Print the order's events as they are written, until it has ended."""
        deadline = time.monotonic() + (order.end_at - utc_now()).total_seconds() + GRACE_SECONDS
        last = 0
        while True:
            order = order_of(user, order.pk)
            for event in OrderEvent.objects.filter(parent=order, sequence__gt=last).order_by("sequence"):
                last = event.sequence
                self._say(_TITLES.get(event.kind, event.kind.replace("_", " ").capitalize()), event.text)
            if order.completed_at is not None:
                return order
            if time.monotonic() > deadline:
                raise CommandError(f"{order.reference} did not end: it is {order.state}")
            time.sleep(0.2)

    def _report(self, order: ParentOrder) -> Report:
        """Wait for the report that the reports worker builds."""
        _wait(lambda: Report.objects.filter(parent=order).exists(), REPORT_SECONDS, "the report was not built")
        return Report.objects.get(parent=order)

    def _figures(self, order: ParentOrder, content: dict[str, Any], report: Report) -> dict[str, Any]:
        report_path, pdf_path = settings.VAR_DIR / f"{order.reference}.json", settings.VAR_DIR / f"{order.reference}.pdf"
        report_path.write_text(json.dumps(content, indent=2))
        pdf_path.write_bytes(report_pdf.render(report))
        self._say("Report", f"{report_path} and {pdf_path}")
        return {
            "parent": order.reference,
            "fill_rate": float(order.filled_quantity / order.quantity),
            "venues": sorted({fill["venue"] for fill in content["fills"]}),
            "children": order.children.count(),
            "fills": len(content["fills"]),
            "arrival_slippage_bps": content["execution_quality"]["arrival_slippage_bps"],
            "total_cost_bps": content["costs"]["total_cost_bps"],
            "latency_ms": content["latency_ms"],
            "report": str(report_path),
            "pdf": str(pdf_path),
        }

    def _say(self, what: str, text: str) -> None:
        self.stdout.write(f"{utc_now():%H:%M:%S.%f}"[:-3] + f"  {what:<13} {text}")
        self.stdout.flush()


def _paper_args(options: dict[str, Any]) -> tuple[str, ...]:
    return ("--seed", str(options["seed"]), *_replay_args(options))


def _replay_args(options: dict[str, Any]) -> Iterator[str]:
    if options["replay"]:
        yield from ("--speed", str(options["speed"]), "--replay", *(str(path.resolve()) for path in options["replay"]))


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CommandError(f"{what} within {seconds:g} s; the logs are in {settings.VAR_DIR / 'log'}")
        time.sleep(0.2)
