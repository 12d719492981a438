"""What an order would meet if it were sent now: price, cost by algorithm, schedule, limits, checks. Nothing is stored or reserved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from dipmaster.accounts.models import User
from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from dipmaster.domain.quantize import decimal_places
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Remainder
from execution.domain.conditions import conditions_of
from execution.domain.impact import ImpactCoefficients
from execution.domain.pricing import is_far
from execution.domain.strategy import Conditions, Mode, Strategy
from execution.models import Instrument, Listing
from execution.selectors.depth import Touch
from execution.selectors.modes import mode_named
from execution.selectors.quotes import Places
from execution.services.order_request import (
    FieldError,
    InvalidOrder,
    OrderRequest,
    base_quantity,
    check_form,
    check_prices,
    form_errors,
    unknown_symbol,
)
from execution.services.previews_costs import Candidate, Outlook, Question, SliceView, fees_and_sweep, outlook_of
from execution.services.previews_limits import Check, Use, uses_and_checks
from execution.services.previews_market import Scene, facts_of, look
from execution.services.strategies import strategy_of
from risk.domain.rules import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is known about the order so far; parts that can't be known yet are none or empty."""

    symbol: str
    base: str
    quote: str
    places: Places
    touches: tuple[Touch, ...]
    mid: Decimal | None
    age: timedelta | None
    quantity: Decimal | None
    strategy: Strategy | None
    outlook: Outlook | None
    impact: ImpactCoefficients | None
    """What the impact is estimated with, when it has a known source."""
    start_at: datetime
    end_at: datetime | None
    uses: tuple[Use, ...]
    checks: tuple[Check, ...]
    side: Side
    limit_price: Decimal | None
    errors: tuple[FieldError, ...]

    @property
    def notional(self) -> Decimal | None:
        """Return the value at the mid, quote currency."""
        return None if self.quantity is None or self.mid is None else self.quantity * self.mid

    @property
    def slices(self) -> tuple[SliceView, ...]:
        """Return the slices of the algorithm that would work the order."""
        return () if self.outlook is None else self.outlook.slices

    @property
    def chosen(self) -> Candidate | None:
        """Return the algorithm that would work the order, with its cost."""
        return None if self.outlook is None else self.outlook.chosen

    @property
    def far_limit(self) -> Decimal | None:
        """Return how far a limit price is from the mid, as a share, when nothing can rest or trade there at present; else none."""
        if self.limit_price is None or self.mid is None or not self.mid:
            return None
        away = self.side.sign * (self.mid - self.limit_price)
        return away / self.mid if away > 0 and is_far(self.limit_price, self.mid) else None

    @property
    def refusals(self) -> tuple[Check, ...]:
        """Return the checks that would refuse the order."""
        return tuple(check for check in self.checks if check.refused is not None)

    @property
    def passed(self) -> tuple[Check, ...]:
        """Return the checks that would pass the order."""
        return tuple(check for check in self.checks if check.refused is None)

    @property
    def can_send(self) -> bool:
        """Tell whether the order would be approved if it were sent at this moment."""
        return self.quantity is not None and not self.errors and bool(self.checks) and not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A request with what is known about it so far, to be worked from `start_at` on."""

    request: OrderRequest
    mode: Mode | None
    scene: Scene
    facts: Market | None
    quantity: Decimal | None
    start_at: datetime

    @property
    def end_at(self) -> datetime:
        """Return the end of the time that the order may take; only of a duration that makes sense."""
        return self.start_at + timedelta(minutes=float(self.request.duration_minutes))


def preview(*, user: User, request: OrderRequest, now: datetime) -> Preview | None:
    """Return what the order would meet; none when the symbol is not traded here."""
    return _preview(user, request, mode_named(request.mode), now)


def _preview(user: User, request: OrderRequest, mode: Mode | None, now: datetime) -> Preview | None:
    instrument = _instrument(request.symbol)
    if instrument is None or user.desk is None:
        return None
    scene = look(instrument, request, now)
    errors = _errors(request, mode, scene, now)
    quantity = _quantity(request, scene.listings, scene.mid)
    start = max(request.start_at or now, now)
    facts = facts_of(scene, request, quantity, now)
    draft = _Draft(request=request, mode=mode, scene=scene, facts=facts, quantity=quantity, start_at=start)
    conditions = _conditions(draft, errors)
    strategy = None if mode is None or conditions is None else _strategy(request, mode, conditions, errors)
    places = _places(scene.listings)
    limit = _usable(request.limit_price)
    uses, checks = (
        ((), ())
        if quantity is None
        else uses_and_checks(
            desk=user.desk,
            trade=Trade(symbol=instrument.symbol, side=request.side, quantity=quantity, price=limit, mid=scene.mid),
            base=instrument.base,
            places=places.quantity,
        )
    )
    return Preview(
        symbol=instrument.symbol,
        base=instrument.base,
        quote=instrument.quote,
        places=places,
        touches=scene.touches,
        mid=scene.price[0] if scene.price else None,
        age=scene.price[1] if scene.price else None,
        quantity=quantity,
        strategy=strategy,
        outlook=None if strategy is None or conditions is None else _outlook(draft, strategy, conditions),
        impact=facts.impact if facts is not None and isinstance(facts.impact, ImpactCoefficients) else None,
        start_at=start,
        end_at=draft.end_at if strategy else None,
        uses=uses,
        checks=checks,
        side=request.side,
        limit_price=limit,
        errors=tuple(errors),
    )


def outlook(*, user: User, request: OrderRequest, now: datetime) -> Preview:
    """Return the preview of a request that could be sent.

    Raises:
        InvalidOrder: with what is wrong with the request, as when it is sent.
    """
    if user.desk_id is None:
        raise InvalidOrder([FieldError(field="", code="NO_DESK", message=_("You belong to no desk: ask an administrator."))])
    mode = check_form(request, now)
    found = _preview(user, request, mode, now)
    if found is None:
        raise InvalidOrder([unknown_symbol(request.symbol)])
    if found.errors:
        raise InvalidOrder(found.errors)
    if found.outlook is None:
        message = _("There is no fresh price for %(symbol)s. Try again in a moment.") % {"symbol": found.symbol}
        raise InvalidOrder([FieldError(field="symbol", code="NO_MARKET", message=message)])
    return found


def _instrument(symbol: str) -> Instrument | None:
    try:
        return Instrument.objects.filter(symbol=parse_symbol(symbol).symbol, is_enabled=True).first()
    except UnknownSymbol:
        return None


def _places(listings: Sequence[Listing]) -> Places:
    """Return how many decimals prices and quantities have, from the finest tick and lot."""
    if not listings:
        return Places(price=2, quantity=8)
    return Places(
        price=decimal_places(min(listing.tick for listing in listings)), quantity=decimal_places(min(listing.lot for listing in listings))
    )


def _errors(request: OrderRequest, mode: Mode | None, scene: Scene, now: datetime) -> list[FieldError]:
    """Return everything that is wrong with what has been given; a size that is still missing is no error yet."""
    listings, mid = scene.listings, scene.mid
    errors = [error for error in form_errors(request, mode, now) if error.code != "QUANTITY_MISSING"]
    if not listings:
        errors.append(FieldError(field="venues", code="NO_VENUE", message=_("No enabled venue trades this.")))
        return errors
    wrong = {error.field for error in errors}
    prices = {"limit_price": request.limit_price, "would_price": request.would_price}
    errors += _caught(lambda: check_prices({name: price for name, price in prices.items() if name not in wrong}, listings))
    if mid is not None and not wrong & {"quantity", "quote_quantity"} and _has_size(request):
        errors += _caught(lambda: base_quantity(request, listings, mid))
    return errors


def _caught(check: Callable[[], object]) -> tuple[FieldError, ...]:
    try:
        check()
    except InvalidOrder as invalid:
        return invalid.errors
    return ()


def _has_size(request: OrderRequest) -> bool:
    return (request.quantity is None) != (request.quote_quantity is None)


def _quantity(request: OrderRequest, listings: Sequence[Listing], mid: Decimal | None) -> Decimal | None:
    """Return the size in base currency when it is one that could be sent."""
    size = request.quantity or request.quote_quantity
    if not listings or mid is None or size is None or not _has_size(request) or not 0 < size < Decimal(10) ** 15:
        return None
    try:
        return base_quantity(request, listings, mid)
    except InvalidOrder:
        return None


def _conditions(draft: _Draft, errors: Sequence[FieldError]) -> Conditions | None:
    """Return what the order would meet in its time; none when that makes no sense."""
    if any(error.field in ("duration_minutes", "start_at") for error in errors):
        return None
    return conditions_of(
        draft.facts,
        draft.scene.market.books,
        side=draft.request.side,
        quantity=draft.quantity,
        start_at=draft.start_at,
        end_at=draft.end_at,
    )


def _strategy(request: OrderRequest, mode: Mode, conditions: Conditions, errors: list[FieldError]) -> Strategy | None:
    """Decide as for the order itself; what keeps it from being decided is added to the errors."""
    try:
        return strategy_of(request, mode=mode, conditions=conditions)
    except InvalidOrder as invalid:
        errors += invalid.errors
        return None


def _outlook(draft: _Draft, strategy: Strategy, conditions: Conditions) -> Outlook | None:
    """Plan as the order itself will; its random draws are its own, so sizes and times will differ a little."""
    request, mode, facts, quantity = draft.request, draft.mode, draft.facts, draft.quantity
    if mode is None or quantity is None or facts is None or request.remainder not in tuple(Remainder):
        return None
    terms = OrderTerms(
        side=request.side,
        quantity=quantity,
        limit_price=_usable(request.limit_price),
        would_price=_usable(request.would_price),
        arrival_mid=facts.mid,
        remainder=Remainder(request.remainder),
        start_at=draft.start_at,
        end_at=draft.end_at,
        parameters=strategy.parameters,
    )
    priced = fees_and_sweep(terms, draft.scene.market, facts.mid)
    if priced is None:
        return None
    fees, sweep = priced
    asked = {name: value for name, value in request.parameters.items() if value is not None and value != ""}
    return outlook_of(
        Question(
            terms=terms,
            strategy=strategy,
            mode=mode,
            conditions=conditions,
            asked=asked,
            market=facts,
            fees=fees,
            sweep=sweep,
            tick=max(listing.tick for listing in draft.scene.listings),
        )
    )


def _usable(price: Decimal | None) -> Decimal | None:
    return price if price is not None and price.is_finite() and price > 0 else None
