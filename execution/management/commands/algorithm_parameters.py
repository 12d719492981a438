"""Prints the tables of the algorithms' parameters, as docs/algorithms.md holds them."""

from typing import Any

from django.core.management.base import BaseCommand

from execution.domain.algorithms.documentation import parameter_table
from execution.domain.algorithms.registry import algorithm_names, get_algorithm


class Command(BaseCommand):
    """Print the tables."""

    help = "Print the Markdown tables of the algorithms' parameters; docs/algorithms.md holds those of the product's algorithms."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        for name in algorithm_names():
            spec = get_algorithm(name)
            self.stdout.write(f"## {spec.title} (`{name}`)\n\n{parameter_table(spec)}\n\n")
