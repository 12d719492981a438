"""Tells why a child order was sent: what the decision was made from, and whether the same comes of it today."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution.domain.decisions import in_words
from execution.domain.explanations import Explanation, VenueAccount
from execution.domain.routing import Route
from execution.domain.wording import lines_of
from execution.models import ChildOrder
from execution.selectors.explanations import ChildNotFound, NotExplained, child_named, explanation_of

DIFFERS = 2
"""Exit status when today's program decides otherwise; 1 is that of an explanation that cannot be given."""


class Command(BaseCommand):
    """Explain a child order."""

    help = "Decide again, from what was stored, what made a child order. Exits with 2 when it comes out otherwise, with 1 on errors."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the child and, where its name is not enough, its order."""
        parser.add_argument("child", help="id, client order id, or the name on screen, such as C-2-01")
        parser.add_argument("--order", default="", help="the order it belongs to, such as P-42")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the decision then and now."""
        try:
            child = child_named(options["child"], options["order"])
        except ChildNotFound as error:
            raise CommandError(f"{error}.") from error
        try:
            explanation = explanation_of(child)
        except NotExplained as error:
            raise CommandError(f"{child} of {child.parent} cannot be explained: {error}.") from error
        self.stdout.writelines(f"{line}\n" for line in _lines(child, explanation))
        if not explanation.is_same:
            raise CommandError("The program decides otherwise today.", returncode=DIFFERS)


def _lines(child: ChildOrder, explanation: Explanation) -> Iterator[str]:
    decision = explanation.decision
    yield f"{child} of {child.parent} (id {child.pk}): {child.parent.side} {child.parent.instrument.symbol}, {in_words(explanation.place)}"
    yield from lines_of(decision.inputs, "Decided from")
    yield from lines_of(decision.outcome, "Decided then")
    if explanation.is_same:
        yield "Decided now: the same"
    else:
        yield "Decided now: otherwise"
        yield from (f"  {line}" for line in explanation.differences)
    yield "Venues"
    yield from (f"  {_venue(account)}" for account in explanation.venues)
    if explanation.route is not None:
        yield f"Route: {_route(explanation.route)}"


def _venue(account: VenueAccount) -> str:
    if not account.is_chosen:
        excess = "" if account.excess_bps is None else f", {account.excess_bps:.2f} bps dearer"
        return f"{account.venue}: nothing, {account.reason}{excess}"
    expected = "" if account.expected_price is None else f", expected {account.expected_price:.8f}"
    fee = "" if account.expected_fee is None else f", fee {account.expected_fee:.8f}"
    return f"{account.venue}: {account.quantity:f}{expected}{fee}. {account.reason}"


def _route(route: Route) -> str:
    if route.average_price is None or route.all_in_price is None or route.slippage_bps is None:
        return f"nothing of {route.unrouted_quantity:f}"
    rest = f", {route.unrouted_quantity:f} not" if route.unrouted_quantity else ""
    prices = f"average {route.average_price:.8f}, with fees {route.all_in_price:.8f}, {route.slippage_bps:.2f} bps from the mid"
    return f"{route.quantity:f} routed{rest}, {prices}, confidence {route.confidence:.2f}"
