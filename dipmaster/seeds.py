"""What a new desk begins with: three paper venues, what they list, one desk with its limits, and who may sign in.

Each kind is made only while there is none of it: what the administrator changed or removed stays so.
"""

import os
import secrets
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from rest_framework.authtoken.models import Token

from dipmaster.accounts.models import Desk, User
from execution.models import Instrument, Listing, Venue
from execution.paper.catalogue import listings_of
from risk.models import RiskLimit

SIGN_IN_FILE = "sign-in.txt"
DESK = "Alpha"
ADMINISTRATOR = "admin"
TRADER = "trader"
_PASSWORD_BYTES = 15
_VENUES = (("binance", "Binance", "10", "10"), ("okx", "OKX", "8", "10"), ("bybit", "Bybit", "10", "10"))
_BASES = ("BTC", "ETH", "SOL")
_LARGEST_ORDERS = {"BTCUSDT": "200", "ETHUSDT": "5000", "SOLUSDT": "100000"}


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
    """Make the paper venues, the instruments and their listings."""
    instruments = [
        Instrument.objects.get_or_create(symbol=f"{base}USDT", defaults={"base": base, "quote": "USDT"})[0] for base in _BASES
    ]
    for name, title, maker, taker in _VENUES:
        defaults = {"title": title, "ccxt_id": "binance", "maker_fee_bps": Decimal(maker), "taker_fee_bps": Decimal(taker)}
        venue, _ = Venue.objects.get_or_create(name=name, defaults=defaults)
        for instrument in instruments:
            _list(venue, instrument)


def _list(venue: Venue, instrument: Instrument) -> None:
    """List an instrument on the paper exchange's terms; `sync_listings` reads them from the venue afterwards."""
    paper = listings_of(venue.name)[instrument.symbol]
    terms = {
        "tick": paper.tick,
        "lot": paper.lot,
        "min_quantity": paper.quantity(paper.minimum_lots),
        "max_quantity": paper.maximum_quantity,
        "min_notional": paper.minimum_notional,
    }
    Listing.objects.get_or_create(venue=venue, instrument=instrument, defaults=terms)


def make_limits() -> None:
    """Make the limits that hold for every desk."""
    general = {
        "max_order_notional": Decimal(15_000_000),
        "price_collar_bps": Decimal(500),
        "max_position_notional": Decimal(30_000_000),
    }
    RiskLimit.objects.get_or_create(desk=None, symbol="", defaults=general)
    for symbol, quantity in _LARGEST_ORDERS.items():
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
