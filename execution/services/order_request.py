"""What a desk user asks for, and whether it makes sense.

Bad input is told field by field, with the nearest valid value where there is one, and nothing is stored.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from dipmaster.domain.quantize import ceil_to_step, floor_to_step, is_multiple
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Remainder
from execution.domain.strategy import Mode
from execution.models import Listing
from execution.models.fields import DECIMAL_PLACES
from execution.models.orders import SLIPPAGE_DECIMAL_PLACES
from execution.selectors.modes import mode_named

MAX_DURATION_MINUTES = Decimal(24 * 60)
MAX_START_DELAY = timedelta(days=7)
START_TOLERANCE = timedelta(seconds=5)
LARGEST_NUMBER = Decimal(10) ** 15
_AMOUNTS = ("quantity", "quote_quantity", "duration_minutes", "limit_price", "max_slippage_bps", "would_price")
_ADDED_LATER: dict[str, Any] = {"parameters": {}, "would_price": None, "remainder": Remainder.CROSS.value}
_NUMBER = re.compile(r"^-?\d{1,30}(\.\d{1,30})?$", re.ASCII)
_CLIENT_ORDER_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An execution request; exactly one of `quantity` (base) and `quote_quantity` (quote) is given."""

    symbol: str
    side: Side
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    mode: str = "balanced"
    duration_minutes: Decimal
    limit_price: Decimal | None = None
    max_slippage_bps: Decimal | None = None
    priority: int = 5
    start_at: datetime | None = None
    venues: tuple[str, ...] = ()
    notes: str = ""
    client_order_id: str = ""
    algorithm: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What is to differ from the mode's, by the algorithm's parameter names."""
    would_price: Decimal | None = None
    remainder: str = Remainder.CROSS.value


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field (empty: with the whole request)."""

    field: str
    code: str
    message: str


class InvalidOrder(Exception):
    """The request can't be carried out as it stands; nothing was stored."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


def request_hash(request: OrderRequest) -> str:
    """Return a digest of everything that was asked for: the same id with another digest is another request."""
    content = asdict(request) | {"symbol": _house_symbol(request.symbol), "parameters": _as_numbers(request.parameters)}
    for name in _AMOUNTS:
        content[name] = None if content[name] is None else str(content[name].normalize())  # ":f" would write 1e999999 in full
    for name, usual in _ADDED_LATER.items():  # a request of before these existed keeps its digest
        if content[name] == usual:
            del content[name]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _as_numbers(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return one text for 0.2 and "0.20"; what is no number stays as it is."""
    texts = {name: str(value) for name, value in parameters.items() if value is not None and value != ""}
    return {name: str(Decimal(text).normalize()) if _NUMBER.match(text) else text for name, text in texts.items()}


def _house_symbol(text: str) -> str:
    """Return one name for BTCUSDT and BTC/USDT; a text that names nothing stays as it is."""
    try:
        return parse_symbol(text).symbol
    except UnknownSymbol:
        return text


def check_form(request: OrderRequest, now: datetime) -> Mode:
    """Check what can be checked without the market; return the request's mode.

    Raises:
        InvalidOrder: with every error found.
    """
    mode = mode_named(request.mode)
    errors = form_errors(request, mode, now)
    if errors or mode is None:
        raise InvalidOrder(errors)
    return mode


def form_errors(request: OrderRequest, mode: Mode | None, now: datetime) -> list[FieldError]:
    """Return what is wrong with a request, as far as it shows without the market; `mode` is the one it names, if there is one."""
    errors = [*_check_numbers(request), *_check_times(request, now), *_check_texts(request)]
    if mode is None:
        errors.append(FieldError(field="mode", code="UNKNOWN_MODE", message=_("Choose one of the modes.")))
    return errors or check_would_price(request.side, request.would_price, request.limit_price)


def _check_numbers(request: OrderRequest) -> list[FieldError]:
    errors: list[FieldError] = []
    if request.quantity is None and request.quote_quantity is None:
        errors.append(FieldError(field="quantity", code="QUANTITY_MISSING", message=_("Give a size, in base or in quote currency.")))
    if request.quantity is not None and request.quote_quantity is not None:
        errors.append(FieldError(field="quote_quantity", code="QUANTITY_TWICE", message=_("Give one size, in base or in quote currency.")))
    given = {name: getattr(request, name) for name in _AMOUNTS}
    errors += [error for name, value in given.items() if value is not None and (error := wrong_amount(name, value)) is not None]
    if not 1 <= request.priority <= 10:
        errors.append(FieldError(field="priority", code="OUT_OF_RANGE", message=_("The priority is between 1 and 10.")))
    return errors


def wrong_amount(name: str, value: Decimal) -> FieldError | None:
    """Return what is wrong with one of an order's numbers, whichever way it came in: sign, size, or more digits than are stored."""
    if not value.is_finite() or value <= 0:
        return FieldError(field=name, code="NOT_POSITIVE", message=_("Enter a number above zero."))
    if value > LARGEST_NUMBER:
        return FieldError(field=name, code="TOO_LARGE", message=_("This number is too large."))
    places = SLIPPAGE_DECIMAL_PLACES if name == "max_slippage_bps" else DECIMAL_PLACES
    if _decimal_places(value) > places:
        return FieldError(field=name, code="TOO_PRECISE", message=_("At most %(places)s digits after the point.") % {"places": places})
    if name == "max_slippage_bps" and value >= 10_000:
        return FieldError(field=name, code="TOO_LARGE", message=_("The slippage cap is below 10,000 bps."))
    if name == "duration_minutes" and value > MAX_DURATION_MINUTES:
        return FieldError(field=name, code="TOO_LONG", message=_("At most 24 hours (1440 minutes)."))
    return None


def check_would_price(side: Side, would: Decimal | None, limit: Decimal | None) -> list[FieldError]:
    """Return what is wrong with a would price that the limit forbids."""
    if would is None or limit is None or side.sign * (would - limit) <= 0:
        return []
    message = _("This is beyond the limit price, where nothing may trade. Nearest: %(limit)s") % {"limit": f"{limit.normalize():f}"}
    return [FieldError(field="would_price", code="BEYOND_LIMIT", message=message)]


def _decimal_places(value: Decimal) -> int:
    """Return the digits after the point up to the last that is not zero.

    Counted, because rounding a long number needs more digits than Decimal works with.
    """
    _sign, digits, exponent = value.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return -(exponent + zeros) if isinstance(exponent, int) else 0


def _check_times(request: OrderRequest, now: datetime) -> list[FieldError]:
    errors: list[FieldError] = []
    minutes = request.duration_minutes
    if minutes.is_finite() and 0 < minutes < Decimal("0.1"):
        errors.append(FieldError(field="duration_minutes", code="TOO_SHORT", message=_("At least 0.1 minutes.")))
    if request.start_at is None:
        return errors
    if request.start_at.tzinfo is None:
        errors.append(FieldError(field="start_at", code="NO_TIME_ZONE", message=_("The start needs a time zone.")))
    elif request.start_at < now - START_TOLERANCE:
        errors.append(FieldError(field="start_at", code="START_IN_PAST", message=_("This is in the past. Leave it empty to start now.")))
    elif request.start_at > now + MAX_START_DELAY:
        errors.append(FieldError(field="start_at", code="START_TOO_LATE", message=_("The start is at most 7 days ahead.")))
    return errors


def _check_texts(request: OrderRequest) -> list[FieldError]:
    errors: list[FieldError] = []
    try:
        parse_symbol(request.symbol)
    except UnknownSymbol:
        errors.append(unknown_symbol(request.symbol))
    if request.remainder not in list(Remainder):
        errors.append(FieldError(field="remainder", code="INVALID_CHOICE", message=_("Choose cross or leave.")))
    if request.client_order_id and not _CLIENT_ORDER_ID.match(request.client_order_id):
        message = _("At most 64 letters, digits, dots, colons, dashes and underscores.")
        errors.append(FieldError(field="client_order_id", code="BAD_CLIENT_ORDER_ID", message=message))
    if len(request.notes) > 2000 or "\x00" in request.notes:
        errors.append(FieldError(field="notes", code="BAD_NOTES", message=_("At most 2,000 characters of text.")))
    return errors


def unknown_symbol(symbol: str) -> FieldError:
    """Return the error of a symbol that nobody trades."""
    shown = "".join(letter for letter in symbol[:40] if letter.isprintable())
    return FieldError(field="symbol", code="UNKNOWN_SYMBOL", message=_("%(symbol)s is not traded here.") % {"symbol": shown or "–"})


def base_quantity(request: OrderRequest, listings: Sequence[Listing], mid: Decimal) -> Decimal:
    """Return the order's size in base currency, checked against the venues' lots and minimums.

    Raises:
        InvalidOrder: the size is off the lot, or below what any venue takes.
    """
    lot = max(listing.lot for listing in listings)
    if request.quantity is None:
        if request.quote_quantity is None:
            raise ValueError("check_form comes first")
        quantity, field = floor_to_step(request.quote_quantity / mid, lot), "quote_quantity"
    else:
        quantity, field = request.quantity, "quantity"
        if not is_multiple(quantity, lot):
            raise InvalidOrder([_off_the_lot(quantity, lot)])
    smallest = min(_smallest(listing, mid, lot) for listing in listings)
    if quantity < smallest:
        shown = smallest if field == "quantity" else ceil_to_step(smallest * mid, Decimal("0.01"))
        message = _("Below the venues' minimum. Smallest: %(smallest)s") % {"smallest": f"{shown.normalize():f}"}
        raise InvalidOrder([FieldError(field=field, code="BELOW_MINIMUM", message=message)])
    return quantity


def _smallest(listing: Listing, mid: Decimal, lot: Decimal) -> Decimal:
    terms = listing.to_domain()
    return max(terms.min_quantity, ceil_to_step(terms.min_notional / mid, lot), lot)


def _off_the_lot(quantity: Decimal, lot: Decimal) -> FieldError:
    nearest = max(floor_to_step(quantity + lot / 2, lot), lot)
    message = _("The lot is %(lot)s. Nearest: %(nearest)s") % {"lot": f"{lot.normalize():f}", "nearest": f"{nearest.normalize():f}"}
    return FieldError(field="quantity", code="OFF_THE_LOT", message=message)


def check_prices(prices: Mapping[str, Decimal | None], listings: Sequence[Listing]) -> None:
    """Check prices, by their fields' names, against the coarsest tick.

    Raises:
        InvalidOrder: one is between two ticks.
    """
    tick = max(listing.tick for listing in listings)
    errors = [nearest_price(name, price, tick) for name, price in prices.items() if price is not None and not is_multiple(price, tick)]
    if errors:
        raise InvalidOrder(errors)


def nearest_price(field: str, price: Decimal, tick: Decimal) -> FieldError:
    """Return the error of a price between two ticks."""
    nearest = max(floor_to_step(price + tick / 2, tick), tick)
    message = _("The tick is %(tick)s. Nearest: %(nearest)s") % {"tick": f"{tick.normalize():f}", "nearest": f"{nearest.normalize():f}"}
    return FieldError(field=field, code="OFF_THE_TICK", message=message)
