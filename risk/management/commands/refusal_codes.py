"""Prints the table of refusal codes, as docs/risk.md holds it."""

from typing import Any

from django.core.management.base import BaseCommand

from risk.domain.decisions import refusal_table


class Command(BaseCommand):
    """Print the table."""

    help = "Print the Markdown table of refusal codes; docs/risk.md holds its output."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(refusal_table())
