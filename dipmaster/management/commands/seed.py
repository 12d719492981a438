"""`manage.py seed`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dipmaster import seeds


class Command(BaseCommand):
    """Give an empty database its venues, listings, limits and first users; leave what is there alone."""

    help = "Give an empty database its venues, listings, limits and first users."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say where the sign-in is; the passwords themselves are not printed."""
        made = seeds.seed(settings.VAR_DIR)
        if made:
            self.stdout.write(f"Made {', '.join(item.username for item in made)}; passwords in {settings.VAR_DIR / seeds.SIGN_IN_FILE}")
        else:
            self.stdout.write("Users exist already; nothing was changed about them.")
