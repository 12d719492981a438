"""What an order would meet if it were sent now: price, size, schedule, limits, checks. Nothing is stored or reserved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from dipmaster.accounts.models import Desk, User
from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import OrderTerms, PlannedSlice, Progress, Remainder
from execution.domain.algorithms.registry import get_algorithm
from execution.domain.pricing import is_far
from execution.domain.strategy import Strategy
from execution.market import books as market_books
from execution.models import Instrument, Listing
from execution.selectors.depth import Touch, touches_of
from execution.selectors.quotes import Places, places_of, price_of
from execution.selectors.work import OrderMarket
from execution.services.order_request import FieldError, InvalidOrder, OrderRequest, base_quantity, check_form, check_prices
from execution.services.strategies import strategy_of
from risk.domain import rules
from risk.domain.decisions import Refused
from risk.domain.holdings import Holding
from risk.domain.limits import Limits
from risk.selectors.exposure import holding_of
from risk.selectors.limits import effective_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much of a limit is used before and after the order; figures in `unit`."""

    title: str
    before: Decimal | None
    after: Decimal
    limit: Decimal | None
    places: int
    unit: str

    @property
    def share_before(self) -> Decimal:
        """Return the used share of the limit before the order, from 0 to 1."""
        return self._share(self.before or Decimal(0))

    @property
    def share_after(self) -> Decimal | None:
        """Return the share with the order; above 1 it does not fit, none without a limit."""
        return None if self.limit is None else self._share(self.after)

    def _share(self, value: Decimal) -> Decimal:
        if not self.limit:
            return Decimal(0) if value <= 0 else Decimal(2)
        return max(value, Decimal(0)) / self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule of the risk gate; `reason` says why it would refuse."""

    title: str
    refused: Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A slice as a bar: place and size as shares of the window and of the largest slice."""

    start_at: datetime
    end_at: datetime
    quantity: Decimal
    left: float
    width: float
    height: Decimal


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
    slices: tuple[PlannedSlice, ...]
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
    def largest(self) -> Decimal:
        """Return the largest slice, base currency."""
        return max((part.quantity for part in self.slices), default=Decimal(0))

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Return the slices over their window."""
        if not self.slices:
            return ()
        start, length = self.slices[0].start_at, self.slices[-1].end_at - self.slices[0].start_at
        return tuple(
            Bar(
                start_at=part.start_at,
                end_at=part.end_at,
                quantity=part.quantity,
                left=(part.start_at - start) / length,
                width=(part.end_at - part.start_at) / length,
                height=part.quantity / self.largest,
            )
            for part in self.slices
        )

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
    def can_send(self) -> bool:
        """Tell whether the order would be approved if it were sent at this moment."""
        return self.quantity is not None and not self.errors and bool(self.checks) and not self.refusals


def preview(*, user: User, request: OrderRequest, now: datetime) -> Preview | None:
    """Return what the order would meet; none when the symbol is not traded here."""
    instrument = _instrument(request.symbol)
    if instrument is None or user.desk is None:
        return None
    listings = _listings(instrument, request)
    books = market_books.read(venues=[listing.venue.name for listing in listings], symbols=[instrument.symbol])
    priced = price_of(list(books.values()), now)
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    market = OrderMarket(
        listings={listing.venue.name: listing.to_domain() for listing in listings},
        books=tuple(book for book in books.values() if book.is_tradable(now, oldest)),
    )
    errors = _errors(request, listings, market.mid, now)
    quantity = _quantity(request, listings, market.mid)
    start = max(request.start_at or now, now)
    strategy = _strategy(request, errors, market, quantity, start)
    return Preview(
        symbol=instrument.symbol,
        base=instrument.base,
        quote=instrument.quote,
        places=places_of([instrument.symbol]).get(instrument.symbol, Places(price=2, quantity=8)),
        touches=touches_of(listings, books, instrument.symbol, now),
        mid=priced[0] if priced else None,
        age=priced[1] if priced else None,
        quantity=quantity,
        strategy=strategy,
        slices=_plan(request, strategy, quantity, market, start),
        end_at=start + timedelta(minutes=float(request.duration_minutes)) if strategy else None,
        uses=_uses(user.desk, request, quantity, market.mid, instrument),
        checks=_checks(user.desk, request, quantity, market.mid, instrument),
        side=request.side,
        limit_price=_usable(request.limit_price),
        errors=tuple(errors),
    )


def _instrument(symbol: str) -> Instrument | None:
    try:
        return Instrument.objects.filter(symbol=parse_symbol(symbol).symbol, is_enabled=True).first()
    except UnknownSymbol:
        return None


def _listings(instrument: Instrument, request: OrderRequest) -> list[Listing]:
    found = Listing.objects.with_terms().filter(instrument=instrument, is_enabled=True, venue__is_enabled=True)
    return [listing for listing in found.order_by("venue_id") if not request.venues or listing.venue.name in request.venues]


def _errors(request: OrderRequest, listings: Sequence[Listing], mid: Decimal | None, now: datetime) -> list[FieldError]:
    """Return everything that is wrong with what has been given; a size that is still missing is no error yet."""
    errors: list[FieldError] = []
    try:
        check_form(request, now)
    except InvalidOrder as invalid:
        errors += [error for error in invalid.errors if error.code != "QUANTITY_MISSING"]
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


def _strategy(
    request: OrderRequest, errors: list[FieldError], market: OrderMarket, quantity: Decimal | None, start: datetime
) -> Strategy | None:
    """Decide as for the order itself; what keeps it from being decided is added to the errors."""
    if any(error.field in ("duration_minutes", "mode", "start_at") for error in errors):
        return None
    facts = None if market.mid is None else market.for_planning(market.mid)
    try:
        return strategy_of(request, quantity=quantity, market=facts, books=market.books, start_at=start)
    except InvalidOrder as invalid:
        errors += invalid.errors
        return None


def _plan(
    request: OrderRequest, strategy: Strategy | None, quantity: Decimal | None, market: OrderMarket, start: datetime
) -> tuple[PlannedSlice, ...]:
    """Plan as the order itself will; its random draws are its own, so sizes and times will differ a little."""
    facts = None if market.mid is None else market.for_planning(market.mid)
    if strategy is None or quantity is None or facts is None:
        return ()
    terms = OrderTerms(
        side=request.side,
        quantity=quantity,
        limit_price=request.limit_price,
        would_price=request.would_price,
        remainder=Remainder(request.remainder),
        start_at=start,
        end_at=start + timedelta(minutes=float(request.duration_minutes)),
        parameters=strategy.parameters,
    )
    nothing_yet = Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None)
    return get_algorithm(strategy.algorithm).plan(terms, nothing_yet, facts, start).slices


def _uses(desk: Desk, request: OrderRequest, quantity: Decimal | None, mid: Decimal | None, instrument: Instrument) -> tuple[Use, ...]:
    if quantity is None or mid is None:
        return ()
    limits = effective_limits(desk_id=desk.pk, symbol=instrument.symbol)
    holding = holding_of(desk_id=desk.pk, symbol=instrument.symbol)
    places = places_of([instrument.symbol])[instrument.symbol].quantity
    before = max(holding.worst_case(request.side), Decimal(0)) * mid
    after = max(holding.worst_case(request.side, quantity), Decimal(0)) * mid
    return (
        Use(
            title=_("Order quantity"),
            before=None,
            after=quantity,
            limit=limits.max_order_quantity,
            places=places,
            unit=instrument.base,
        ),
        Use(title=_("Order value"), before=None, after=quantity * mid, limit=limits.max_order_notional, places=0, unit="USD"),
        Use(title=_("Position, worst case"), before=before, after=after, limit=limits.max_position_notional, places=0, unit="USD"),
    )


def _checks(desk: Desk, request: OrderRequest, quantity: Decimal | None, mid: Decimal | None, instrument: Instrument) -> tuple[Check, ...]:
    if quantity is None:
        return ()
    trade = rules.Trade(symbol=instrument.symbol, side=request.side, quantity=quantity, price=_usable(request.limit_price), mid=mid)
    limits = effective_limits(desk_id=desk.pk, symbol=instrument.symbol)
    return tuple(_checked(trade, desk, limits, holding_of(desk_id=desk.pk, symbol=instrument.symbol)))


def _usable(price: Decimal | None) -> Decimal | None:
    return price if price is not None and price.is_finite() and price > 0 else None


def _checked(trade: rules.Trade, desk: Desk, limits: Limits, holding: Holding) -> Iterator[Check]:
    yield Check(title=_("Trading is enabled"), refused=rules.check_trading(desk.name, desk.is_trading_enabled))
    yield Check(title=_("Fresh price"), refused=rules.check_market(trade))
    yield Check(title=_("Largest quantity"), refused=rules.check_quantity(trade, limits))
    yield Check(title=_("Largest value"), refused=rules.check_notional(trade, limits))
    if trade.price is not None:
        yield Check(title=_("Price collar"), refused=rules.check_collar(trade, limits))
    yield Check(title=_("Position limit"), refused=_position(trade, limits, holding))


def _position(trade: rules.Trade, limits: Limits, holding: Holding) -> Refused | None:
    limit = limits.max_position_notional
    if limit is None or trade.mid is None or holding.worst_case(trade.side, trade.quantity) * trade.mid <= limit:
        return None
    return rules.refuse_position(trade, limit=limit, holding=holding, further=trade.quantity)
