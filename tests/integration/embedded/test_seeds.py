"""What a new desk begins with."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from dipmaster import seeds
from dipmaster.accounts.models import User
from execution.models import Instrument, Listing, Venue
from execution.paper.catalogue import listings_of
from execution.paper.profiles import VENUES
from risk.models import RiskLimit

pytestmark = pytest.mark.django_db


def test_a_new_desk_can_sign_in_with_what_was_written(tmp_path: Path) -> None:
    seeds.seed(tmp_path)
    written = seeds.read_sign_in(tmp_path)
    user = authenticate(RequestFactory().post("/"), username="trader", password=written["trader"])
    assert user == User.objects.get(username="trader")
    assert user.desk.name == "Alpha"
    assert user.auth_token.key == written["trader-api-token"]


def test_only_the_owner_reads_the_sign_in(tmp_path: Path) -> None:
    seeds.seed(tmp_path)
    assert stat.S_IMODE((tmp_path / seeds.SIGN_IN_FILE).stat().st_mode) == 0o600


def test_a_second_seeding_changes_nothing(tmp_path: Path) -> None:
    seeds.seed(tmp_path)
    before = (tmp_path / seeds.SIGN_IN_FILE).read_text()
    RiskLimit.objects.filter(symbol="SOLUSDT").delete()
    Venue.objects.filter(name="okx").update(taker_fee_bps=3)
    assert seeds.seed(tmp_path) == ()
    assert (tmp_path / seeds.SIGN_IN_FILE).read_text() == before
    assert not RiskLimit.objects.filter(symbol="SOLUSDT").exists()
    assert Venue.objects.get(name="okx").taker_fee_bps == 3


def test_every_venue_lists_what_the_paper_exchange_trades_on_its_terms(seeded: None) -> None:
    assert {venue.name: venue.listings.count() for venue in Venue.objects.all()} == {"binance": 50, "okx": 50, "bybit": 50, "coinbase": 25}
    for listing in Listing.objects.select_related("instrument", "venue"):
        paper = listings_of(listing.venue.name)[listing.instrument.symbol]
        assert listing.tick.normalize().as_tuple().exponent == -paper.price_decimals
        assert listing.lot.normalize().as_tuple().exponent == -paper.lot_decimals
        assert listing.min_notional == paper.minimum_notional
        assert listing.max_quantity == paper.maximum_quantity


def test_each_venue_is_spoken_to_in_its_own_protocol_at_the_fees_it_charges(seeded: None) -> None:
    for venue in Venue.objects.all():
        assert venue.ccxt_id == venue.name
        for kind, fees in VENUES[venue.name].fees.items():
            maker, taker = venue.fees_of(kind.value)
            assert (maker * 100, taker * 100) == (fees.maker_ppm, fees.taker_ppm)


def test_three_currencies_are_followed_and_the_others_are_there_to_be_enabled(seeded: None) -> None:
    enabled = Instrument.objects.filter(is_enabled=True)
    assert set(enabled.values_list("base", "kind")) == {(base, kind) for base in ("BTC", "ETH", "SOL") for kind in ("spot", "perpetual")}
    assert Instrument.objects.count() == 50
    assert not Listing.objects.filter(is_enabled=False).exists()


def test_every_listing_has_a_history_from_the_first_day(seeded: None) -> None:
    assert Listing.history.count() == Listing.objects.count()
