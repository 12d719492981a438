"""manage.py sync_listings: read ticks, lots and limits from the venues."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dipmaster.domain import instruments
from execution.models import Instrument, Listing, Venue
from execution.venues import registry, session

LISTINGS_SECONDS = 60.0
TERMS = ("tick", "lot", "min_quantity", "max_quantity", "min_notional")


class Command(BaseCommand):
    """Bring the listings of the known instruments in line with their venues."""

    help = "Read tick, lot and limits of every known instrument from the enabled venues; a disabled listing stays disabled."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take venue names."""
        parser.add_argument("venues", nargs="*", help="Names of venues; without any, all enabled ones.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask every venue; one that does not answer does not keep the others from it."""
        failed = []
        for venue in self._venues(options["venues"]):
            try:
                listed = session.run(registry.client(venue).listings(), LISTINGS_SECONDS)
            except Exception as error:  # noqa: BLE001 - told, and the command fails in the end
                self.stderr.write(f"{venue.name}: {type(error).__name__}: {error}")
                failed.append(venue.name)
                continue
            self._sync(venue, {listing.symbol: listing for listing in listed})
        if failed:
            raise CommandError(f"No terms from {', '.join(failed)}")

    def _venues(self, names: list[str]) -> list[Venue]:
        rows = Venue.objects.select_related("credential")
        venues = list(rows.filter(name__in=names) if names else rows.filter(is_enabled=True))
        unknown = set(names) - {venue.name for venue in venues}
        if unknown:
            raise CommandError(f"No venue is called {', '.join(sorted(unknown))}")
        return venues

    def _sync(self, venue: Venue, listed: dict[str, instruments.Listing]) -> None:
        known = {row.instrument_id: row for row in Listing.objects.filter(venue=venue)}
        for instrument in Instrument.objects.filter(is_enabled=True):
            terms = listed.get(instrument.symbol)
            row = known.get(instrument.pk)
            if terms is None:
                if row is not None:
                    self.stdout.write(self.style.WARNING(f"{venue.name} {instrument}: not traded there any more; disable the listing"))
            elif row is None:
                Listing.objects.create(venue=venue, instrument=instrument, **{name: getattr(terms, name) for name in TERMS})
                self.stdout.write(f"{venue.name} {instrument}: new")
            else:
                self._update(row, terms)

    def _update(self, row: Listing, terms: instruments.Listing) -> None:
        changes = {name: getattr(terms, name) for name in TERMS if getattr(row, name) != getattr(terms, name)}
        for name, value in changes.items():
            self.stdout.write(f"{row.venue.name} {row.instrument}: {name} {getattr(row, name).normalize():f} -> {value.normalize():f}")
            setattr(row, name, value)
        if changes:
            row.save()
        else:
            self.stdout.write(f"{row.venue.name} {row.instrument}: unchanged")
