"""The limits that an order would use, and the rules that it would meet. Nothing is reserved."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from dipmaster.accounts.models import Desk
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


def uses_and_checks(*, desk: Desk, trade: rules.Trade, base: str, places: int) -> tuple[tuple[Use, ...], tuple[Check, ...]]:
    """Return what a trade would use of each limit, none without a price, and what each rule says to it."""
    limits = effective_limits(desk_id=desk.pk, symbol=trade.symbol)
    holding = holding_of(desk_id=desk.pk, symbol=trade.symbol)
    uses = () if trade.mid is None else _uses(trade, trade.mid, limits, holding, base, places=places)
    return uses, tuple(_checks(desk, trade, limits, holding))


def _uses(trade: rules.Trade, mid: Decimal, limits: Limits, holding: Holding, base: str, *, places: int) -> tuple[Use, ...]:
    before = max(holding.worst_case(trade.side), Decimal(0)) * mid
    after = max(holding.worst_case(trade.side, trade.quantity), Decimal(0)) * mid
    value = trade.quantity * mid
    return (
        Use(title=_("Order quantity"), before=None, after=trade.quantity, limit=limits.max_order_quantity, places=places, unit=base),
        Use(title=_("Order value"), before=None, after=value, limit=limits.max_order_notional, places=0, unit="USD"),
        Use(title=_("Position, worst case"), before=before, after=after, limit=limits.max_position_notional, places=0, unit="USD"),
    )


def _checks(desk: Desk, trade: rules.Trade, limits: Limits, holding: Holding) -> Iterator[Check]:
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
