"""What a new desk begins with: four paper venues, what they list, one desk with its limits, and who may sign in.

Each kind is made only while there is none of it: what the administrator changed or removed stays so.
"""

import os
import secrets
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from rest_framework.authtoken.models import Token
from simple_history.utils import bulk_create_with_history

from dipmaster.accounts.models import Desk, User
from dipmaster.domain.instruments import parse_symbol
from execution.models import Instrument, Listing, Venue
from execution.paper.catalogue import listings_of
from execution.paper.listings import Kind
from execution.paper.listings import Listing as PaperListing
from execution.paper.profiles import VENUES
from risk.models import RiskLimit

SIGN_IN_FILE = "sign-in.txt"
DESK = "Alpha"
ADMINISTRATOR = "admin"
TRADER = "trader"
_PASSWORD_BYTES = 15
_TITLES = {"binance": "Binance", "okx": "OKX", "bybit": "Bybit", "coinbase": "Coinbase"}  # by name, which is the ccxt id too
_ENABLED_BASES = ("BTC", "ETH", "SOL")
"""What a machine with two cores follows on four venues; the others are listed and can be enabled in the administration."""
_LARGEST_ORDERS = {"BTC": "200", "ETH": "5000", "SOL": "100000"}  # base currency, spot and perpetual each


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One user's credentials, known in plain text only at the moment they are made."""

    username: str
    password: str
    token: str = ""


def seed(var: Path) -> tuple[SignIn, ...]:
    """Fill what is empty and write new credentials to `var/sign-in.txt`; return those made now."""
    made: tuple[SignIn, ...] = ()
    with transaction.atomic():
        if not Venue.objects.exists():
            make_venues()
        if not RiskLimit.objects.exists():
            make_limits()
        if not User.objects.exists():
            made = make_users()
            write_sign_in(var / SIGN_IN_FILE, made)  # inside the transaction: no user without a known password
    analyse()
    return made


def make_venues() -> None:
    """Make the paper venues, the instruments and their listings, at the fees that the paper exchange charges."""
    venues = [
        Venue.objects.get_or_create(name=name, defaults={"title": title, "ccxt_id": name, **_fees(name)})[0]
        for name, title in _TITLES.items()
    ]
    symbols = {symbol: _instrument(symbol) for venue in venues for symbol in listings_of(venue.name)}
    Instrument.objects.bulk_create(symbols.values(), ignore_conflicts=True)
    instruments = {instrument.symbol: instrument for instrument in Instrument.objects.all()}
    listed = set(Listing.objects.values_list("venue_id", "instrument__symbol"))
    missing = [
        _listing(venue, instruments[symbol], terms)
        for venue in venues
        for symbol, terms in listings_of(venue.name).items()
        if (venue.pk, symbol) not in listed
    ]
    bulk_create_with_history(missing, Listing)


def _fees(venue: str) -> dict[str, Decimal | None]:
    spot, perpetual = (VENUES[venue].fees.get(kind) for kind in (Kind.SPOT, Kind.PERPETUAL))
    assert spot is not None
    fees: dict[str, Decimal | None] = {"maker_fee_bps": _bps(spot.maker_ppm), "taker_fee_bps": _bps(spot.taker_ppm)}
    if perpetual is not None:
        fees |= {"perpetual_maker_fee_bps": _bps(perpetual.maker_ppm), "perpetual_taker_fee_bps": _bps(perpetual.taker_ppm)}
    return fees


def _bps(parts_per_million: int) -> Decimal:
    return Decimal(parts_per_million) / 100


def _instrument(symbol: str) -> Instrument:
    read = parse_symbol(symbol)
    return Instrument(symbol=symbol, base=read.base, quote=read.quote, kind=read.kind.value, is_enabled=read.base in _ENABLED_BASES)


def _listing(venue: Venue, instrument: Instrument, terms: PaperListing) -> Listing:
    """List an instrument on the paper exchange's terms; `sync_listings` reads them from the venue afterwards."""
    return Listing(
        venue=venue,
        instrument=instrument,
        tick=terms.tick,
        lot=terms.lot,
        min_quantity=terms.quantity(terms.minimum_lots),
        max_quantity=terms.maximum_quantity,
        min_notional=terms.minimum_notional,
    )


def make_limits() -> None:
    """Make the limits that hold for every desk."""
    general = {
        "max_order_notional": Decimal(15_000_000),
        "price_collar_bps": Decimal(500),
        "max_position_notional": Decimal(30_000_000),
    }
    RiskLimit.objects.get_or_create(desk=None, symbol="", defaults=general)
    for base, quantity in _LARGEST_ORDERS.items():
        for symbol in (f"{base}USDT", f"{base}USDT-PERP"):
            RiskLimit.objects.get_or_create(desk=None, symbol=symbol, defaults={"max_order_quantity": Decimal(quantity)})


def make_users() -> tuple[SignIn, ...]:
    """Make the desk, its administrator and its trader; return what they sign in with."""
    desk, _ = Desk.objects.get_or_create(name=DESK)
    administrator = SignIn(username=ADMINISTRATOR, password=_password())
    User.objects.create_superuser(username=ADMINISTRATOR, password=administrator.password, desk=desk)
    password = _password()
    trader = User.objects.create_user(username=TRADER, password=password, desk=desk)
    token = Token.objects.create(user=trader)
    return administrator, SignIn(username=TRADER, password=password, token=token.key)


def write_sign_in(path: Path, sign_ins: tuple[SignIn, ...]) -> None:
    """Write the credentials where only the file's owner can read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # one left from an older database would keep its mode and its owner
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        for sign_in in sign_ins:
            file.write(f"{sign_in.username} {sign_in.password}\n")
            if sign_in.token:
                file.write(f"{sign_in.username}-api-token {sign_in.token}\n")


def read_sign_in(var: Path) -> dict[str, str]:
    """Return name -> password (or token) as written when the users were made; empty when the file is gone."""
    path = var / SIGN_IN_FILE
    if not path.exists():
        return {}
    return dict(line.split(" ", 1) for line in path.read_text().splitlines() if " " in line)


def analyse() -> None:
    """Refresh the planner's statistics: plans that are cached while tables are empty go wrong."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)
