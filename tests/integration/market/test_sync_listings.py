"""manage.py sync_listings against the paper exchange."""

from collections.abc import Iterator
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from execution.models import Instrument, Listing, Venue
from execution.paper.catalogue import listings_of
from execution.paper.process import PaperProcess
from execution.venues import session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]


@pytest.fixture(autouse=True)
def _venues(paper_exchange: PaperProcess) -> Iterator[None]:
    yield
    session.close()


def sync(*names: str) -> str:
    out = StringIO()
    call_command("sync_listings", *names, stdout=out)
    return out.getvalue()


def test_a_missing_listing_is_made_with_the_venues_terms() -> None:
    Listing.objects.all().delete()
    said = sync("okx")
    row = Listing.objects.get(instrument__symbol="BTCUSDT")
    listed = listings_of("okx")["BTCUSDT"]
    assert (row.venue.name, row.tick, row.lot, row.is_enabled) == ("okx", listed.tick, listed.lot, True)
    assert "okx BTCUSDT: new" in said
    assert Listing.objects.count() == Instrument.objects.filter(is_enabled=True).count()


def test_what_the_venue_changed_is_taken_over_and_told() -> None:
    Listing.objects.filter(venue__name="okx", instrument__symbol="BTCUSDT").update(tick=Decimal("7.5"), is_enabled=False)
    tick = listings_of("okx")["BTCUSDT"].tick
    assert f"okx BTCUSDT: tick 7.5 -> {tick:f}" in sync("okx")
    row = Listing.objects.get(venue__name="okx", instrument__symbol="BTCUSDT")
    assert row.tick == tick
    assert not row.is_enabled
    assert "okx BTCUSDT: unchanged" in sync("okx")


def test_an_instrument_that_a_venue_does_not_trade_gets_no_listing() -> None:
    Instrument.objects.create(symbol="NOSUCHUSDT", base="NOSUCH", quote="USDT")
    sync()
    assert not Listing.objects.filter(instrument__symbol="NOSUCHUSDT").exists()


def test_a_venue_that_does_not_answer_is_named_and_the_others_are_read() -> None:
    Listing.objects.all().delete()
    Venue.objects.filter(name="okx").update(base_url="http://127.0.0.1:9/okx")
    with pytest.raises(CommandError, match="okx"):
        sync()
    assert set(Listing.objects.values_list("venue__name", flat=True)) == {"binance", "bybit", "coinbase"}


def test_an_unknown_venue_is_an_error() -> None:
    with pytest.raises(CommandError, match="nowhere"):
        sync("nowhere")
