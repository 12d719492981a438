"""Venues, fees and keys in the administration."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dipmaster import seeds
from dipmaster.accounts.models import User
from execution.models import FeeTier, Instrument, Listing, Venue, VenueCredential
from execution.models.credentials import CredentialsUnreadable

KEY, SECRET, PASSPHRASE = "an-api-key-of-OKX-9f3c", "-----BEGIN KEY-----\nvery secret\n-----END KEY-----", "a third word"


@pytest.fixture
def venue(db: None) -> Venue:
    seeds.make_venues()
    return Venue.objects.get(name="okx")


def superuser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def administrator(db: None) -> Client:
    return superuser()


@pytest.fixture
def keys(venue: Venue) -> VenueCredential:
    stored = VenueCredential(venue=venue)
    for name, text in (("api_key", KEY), ("api_secret", SECRET), ("password", PASSPHRASE)):
        stored.put(name, text)
    stored.save()
    return stored


def staff_with(*permissions: str) -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def venue_page(venue: Venue) -> str:
    return reverse("admin:execution_venue_change", args=[venue.pk])


def save(client: Client, venue: Venue, **changes: object) -> Any:
    form = client.get(venue_page(venue)).context["adminform"].form
    shown = {name: value for name in form.fields if (value := form[name].value()) is not None and value is not False}
    tiers = {"fee_tiers-TOTAL_FORMS": 0, "fee_tiers-INITIAL_FORMS": 0}
    return client.post(venue_page(venue), shown | tiers | changes)


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def credential_page(keys: VenueCredential) -> str:
    return reverse("admin:execution_venuecredential_change", args=[keys.pk])


def test_keys_are_stored_encrypted_and_read_back_by_the_program(administrator: Client, venue: Venue) -> None:
    page = reverse("admin:execution_venuecredential_add")
    answer = administrator.post(page, {"venue": venue.pk, "new_api_key": KEY, "new_api_secret": SECRET, "new_password": PASSPHRASE})
    assert answer.status_code == 302, errors_of(answer)
    revealed = VenueCredential.objects.get(venue=venue).reveal()
    assert (revealed.api_key, revealed.api_secret.replace("\r", ""), revealed.password) == (KEY, SECRET, PASSPHRASE)


@pytest.mark.parametrize("table", ["execution_venuecredential", "execution_historicalvenuecredential", "django_admin_log"])
def test_no_table_holds_a_key_in_plain_text(administrator: Client, keys: VenueCredential, table: str) -> None:
    administrator.post(credential_page(keys), {"venue": keys.venue_id, "new_api_key": KEY + "x", "new_api_secret": SECRET})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json({table})::text FROM {table}")
        rows = " ".join(row[0] for row in cursor.fetchall())
    assert rows
    assert not [text for text in (KEY, "very secret", PASSPHRASE) if text in rows]


def test_no_page_shows_a_key_but_for_its_last_letters(administrator: Client, keys: VenueCredential) -> None:
    invalid = administrator.post(credential_page(keys), {"venue": "", "new_api_key": "typed just now", "new_api_secret": "typed as well"})
    pages = [invalid, *(administrator.get(page) for page in (credential_page(keys), venue_page(keys.venue)))]
    pages.append(administrator.get(reverse("admin:execution_venuecredential_history", args=[keys.pk])))
    shown = " ".join(page.content.decode() for page in pages)
    assert "ends in …9f3c" in shown
    assert not [text for text in (KEY, "very secret", PASSPHRASE, "typed just now", "typed as well", keys.api_key) if text in shown]


def test_a_blank_field_keeps_what_is_stored(administrator: Client, keys: VenueCredential) -> None:
    administrator.post(credential_page(keys), {"venue": keys.venue_id, "new_password": "another"})
    keys.refresh_from_db()
    assert (keys.reveal().api_key, keys.reveal().password) == (KEY, "another")


def test_a_tick_removes_what_is_stored(administrator: Client, keys: VenueCredential) -> None:
    administrator.post(credential_page(keys), {"venue": keys.venue_id, "clear_api_key": "on"})
    keys.refresh_from_db()
    assert (keys.api_key, keys.api_key_ending, keys.is_complete) == ("", "", False)


def test_new_and_removed_at_once_is_refused(administrator: Client, keys: VenueCredential) -> None:
    answer = administrator.post(credential_page(keys), {"venue": keys.venue_id, "new_api_key": "new", "clear_api_key": "on"})
    assert "clear_api_key" in errors_of(answer)


def test_the_history_says_who_changed_which_key(administrator: Client, keys: VenueCredential) -> None:
    administrator.post(credential_page(keys), {"venue": keys.venue_id, "new_api_secret": "another", "clear_password": "on"})
    newest = keys.history.first()
    assert (newest.history_user.username, newest.history_change_reason) == ("root", "api_secret set, password removed")


def test_of_a_short_key_not_even_the_end_is_kept(venue: Venue) -> None:
    stored = VenueCredential(venue=venue)
    stored.put("api_key", "shortkey")
    assert stored.api_key_ending == ""


def test_another_credentials_key_is_told_and_not_taken_for_an_empty_key(keys: VenueCredential, settings: Settings) -> None:
    settings.CREDENTIALS_KEY = "another one"
    with pytest.raises(CredentialsUnreadable, match="okx: the api_key was stored under another credentials key"):
        keys.reveal()


def test_keys_show_in_no_representation(keys: VenueCredential) -> None:
    assert KEY not in repr(keys.reveal())
    assert KEY not in f"{keys} {keys!r}"


def test_keys_are_for_those_who_may_trade_live(keys: VenueCredential) -> None:
    client = staff_with("change_venuecredential", "view_venuecredential", "add_venuecredential")
    assert client.post(credential_page(keys), {"venue": keys.venue_id, "new_api_key": "mine"}).status_code == 403
    assert client.get(reverse("admin:execution_venuecredential_add")).status_code == 403


def test_live_trading_wants_the_servers_setting(administrator: Client, keys: VenueCredential) -> None:
    assert "switched off on this server" in errors_of(save(administrator, keys.venue, mode="live"))["mode"][0]


def test_live_trading_wants_keys(administrator: Client, venue: Venue, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    assert "API key and secret" in errors_of(save(administrator, venue, mode="live"))["mode"][0]


def test_live_trading_wants_a_permission(keys: VenueCredential, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    answer = save(staff_with("change_venue", "view_venue"), keys.venue, mode="live")
    assert "You may not set a venue to live trading" in errors_of(answer)["mode"][0]


def test_with_setting_keys_and_permission_a_venue_goes_live(keys: VenueCredential, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    client = staff_with("change_venue", "view_venue", "trade_live", "view_feetier")
    assert save(client, keys.venue, mode="live").status_code == 302
    assert Venue.objects.get(name="okx").mode == "live"


def test_anybody_who_edits_venues_may_switch_a_live_one_off(keys: VenueCredential) -> None:
    Venue.objects.filter(pk=keys.venue_id).update(mode="live")
    answer = save(staff_with("change_venue", "view_venue"), Venue.objects.get(pk=keys.venue_id), is_enabled="")
    assert answer.status_code == 302, errors_of(answer)
    assert not Venue.objects.get(name="okx").is_enabled


def earlier_version(venue: Venue) -> str:
    """Return the page of the version that was stored last, after which the row went back to paper unseen."""
    venue.mode = "live"
    venue.save()
    version = venue.history.latest()
    Venue.objects.filter(pk=venue.pk).update(mode="paper")
    return reverse("admin:execution_venue_simple_history", args=[venue.pk, version.pk])


def revert(client: Client, page: str) -> Any:
    form = client.get(page).context["adminform"].form
    return client.post(page, {name: value for name in form.fields if (value := form[name].value()) is not None and value is not False})


def test_going_back_to_a_version_that_was_live_wants_the_permission_too(keys: VenueCredential, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    answer = revert(staff_with("change_venue", "view_venue"), earlier_version(keys.venue))
    assert "You may not set a venue to live trading" in errors_of(answer)["mode"][0]
    assert Venue.objects.get(name="okx").mode == "paper"


def test_who_may_only_look_may_not_go_back(keys: VenueCredential) -> None:
    assert revert(staff_with("view_venue"), earlier_version(keys.venue)).status_code == 403


def test_keys_are_not_stored_by_way_of_their_history(keys: VenueCredential) -> None:
    page = reverse("admin:execution_venuecredential_simple_history", args=[keys.pk, keys.history.latest().pk])
    for client in (staff_with("view_venuecredential"), superuser()):
        assert client.post(page, {"venue": keys.venue_id, "new_api_key": "another key of somebody"}).status_code == 403
    assert VenueCredential.objects.get(pk=keys.pk).reveal().api_key == KEY


def test_a_live_venue_has_no_paper_address(administrator: Client, keys: VenueCredential, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    assert "base_url" in errors_of(save(administrator, keys.venue, mode="live", base_url="http://127.0.0.1:8900/okx"))


def test_a_paper_venue_is_on_this_machine(administrator: Client, venue: Venue) -> None:
    assert "base_url" in errors_of(save(administrator, venue, base_url="https://www.okx.com"))


def test_a_misspelt_ccxt_id_is_refused_with_the_nearest_one(administrator: Client, venue: Venue) -> None:
    assert "Do you mean bybit?" in errors_of(save(administrator, venue, ccxt_id="bybitt"))["ccxt_id"][0]


def test_a_tier_of_another_venue_is_refused(administrator: Client, venue: Venue) -> None:
    other = FeeTier.objects.create(venue=Venue.objects.get(name="bybit"), from_volume_usd=0, maker_fee_bps=1, taker_fee_bps=2)
    assert "tier_in_force" in errors_of(save(administrator, venue, tier_in_force=other.pk))


def fees(venue: Venue, symbol: str) -> tuple[Decimal, Decimal]:
    terms = Listing.objects.with_terms().get(venue=venue, instrument__symbol=symbol).to_domain()
    return terms.maker_fee_bps, terms.taker_fee_bps


@pytest.fixture
def perpetual(venue: Venue) -> str:
    instrument = Instrument.objects.get_or_create(symbol="BTCUSDT-PERP", defaults={"base": "BTC", "quote": "USDT", "kind": "perpetual"})[0]
    terms = {"tick": 1, "lot": 1, "min_quantity": 1, "max_quantity": 9, "min_notional": 5}
    Listing.objects.get_or_create(venue=venue, instrument=instrument, defaults=terms)
    return instrument.symbol


def test_perpetuals_may_cost_otherwise_than_spot(venue: Venue, perpetual: str) -> None:
    Venue.objects.filter(pk=venue.pk).update(maker_fee_bps=8, taker_fee_bps=10, perpetual_maker_fee_bps=2, perpetual_taker_fee_bps=5)
    assert (fees(venue, "BTCUSDT"), fees(venue, perpetual)) == ((8, 10), (2, 5))


def test_without_fees_of_their_own_perpetuals_cost_as_spot(venue: Venue, perpetual: str) -> None:
    Venue.objects.filter(pk=venue.pk).update(maker_fee_bps=8, taker_fee_bps=10, perpetual_maker_fee_bps=None, perpetual_taker_fee_bps=None)
    assert fees(venue, perpetual) == (8, 10)


def test_the_tier_in_force_replaces_the_venues_fees(venue: Venue) -> None:
    tier = FeeTier.objects.create(venue=venue, from_volume_usd=10_000_000, maker_fee_bps=-1, taker_fee_bps=4)
    Venue.objects.filter(pk=venue.pk).update(tier_in_force=tier)
    assert fees(venue, "BTCUSDT") == (-1, 4)


def test_a_listings_own_fee_counts_before_the_tier_even_when_it_is_nothing(venue: Venue) -> None:
    tier = FeeTier.objects.create(venue=venue, from_volume_usd=0, maker_fee_bps=3, taker_fee_bps=4)
    Venue.objects.filter(pk=venue.pk).update(tier_in_force=tier)
    Listing.objects.filter(venue=venue, instrument__symbol="BTCUSDT").update(maker_fee_bps=0)
    assert fees(venue, "BTCUSDT") == (0, 4)


def test_instruments_are_enabled_many_at_once_and_it_is_logged_who_did(administrator: Client, venue: Venue) -> None:
    chosen = Instrument.objects.filter(symbol__in=["XRPUSDT", "ADAUSDT"])
    form = {"action": "enable", "_selected_action": list(chosen.values_list("pk", flat=True))}
    administrator.post(reverse("admin:execution_instrument_changelist"), form)
    assert chosen.filter(is_enabled=True).count() == 2
    assert LogEntry.objects.filter(user__username="root", object_repr="XRPUSDT").exists()
