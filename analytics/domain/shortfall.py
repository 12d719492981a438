"""Implementation shortfall: what an order cost against the price at which it was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from analytics.domain.exact import CENT, EXACT, divide, round_to_sum, total_of
from analytics.domain.fills import PricedFill, fees_of, mid_notional_of, notional_of, quantity_of
from analytics.domain.missing import Missing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side

NO_ARRIVAL = "The order ended before it began to work: there is no arrival mid."
NO_END = "There was no fresh book when the order ended: the unfilled part cannot be valued."
NO_FEE = "A fee was charged in a currency whose rate was not measured."
NO_MID = "A fill was recorded without a fresh book: trading cannot be split into spread and drift."
NO_TOTAL = "One of the parts is not known."


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Mids in quote currency: when the order was decided, when it began to work, when it ended."""

    decision: Decimal
    arrival: Decimal | None
    end: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the cost, quote currency and basis points of the decision value; none when not known.

    `rounded` (to the cent) and `rounded_bps` (to a hundredth) add up to those of the total.
    """

    name: str
    amount: Decimal | None
    rounded: Decimal | None
    rounded_bps: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Parts of the cost in quote currency, exact; positive is cost. None: not measured, the reason is in `missing`.

    total = delay + trading + opportunity + fees, trading = spread + drift, delay = delay_filled + delay_unfilled.
    """

    decision_value: Decimal
    delay: Decimal | None
    delay_filled: Decimal | None
    delay_unfilled: Decimal | None
    trading: Decimal | None
    spread: Decimal | None
    drift: Decimal | None
    opportunity: Decimal | None
    fees: Decimal | None
    total: Decimal | None
    missing: tuple[Missing, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts to show, the total last; trading stays whole when its split is not known."""
        is_split = self.spread is not None and self.drift is not None
        trading = {"spread": self.spread, "drift": self.drift} if is_split else {"trading": self.trading}
        amounts = {"delay": self.delay, **trading, "fees": self.fees, "opportunity": self.opportunity}
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        fees = list(known).index("fees") if "fees" in known else None  # what was paid is written as it was paid
        cents = dict(zip(known, round_to_sum(list(known.values()), CENT, nearest=fees), strict=True))
        bps = dict(zip(known, round_to_sum([self.bps(amount) for amount in known.values()], CENT), strict=True))
        total_known = self.total is not None and len(known) == len(amounts)
        parts = [Part(name=name, amount=amounts[name], rounded=cents.get(name), rounded_bps=bps.get(name)) for name in amounts]
        return (*parts, self._total_part(cents, bps) if total_known else _rounded("total", self.total, self._bps_or_none(self.total)))

    def bps(self, amount: Decimal) -> Decimal:
        """Return an amount in basis points of the decision value, quantity ordered times decision mid."""
        return divide(EXACT.multiply(amount, BPS), self.decision_value)

    def _bps_or_none(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else self.bps(amount)

    def _total_part(self, cents: dict[str, Decimal], bps: dict[str, Decimal]) -> Part:
        return Part(name="total", amount=self.total, rounded=total_of(cents.values()), rounded_bps=total_of(bps.values()))


def implementation_shortfall(*, side: Side, quantity: Decimal, prices: Prices, fills: Sequence[PricedFill]) -> Shortfall:
    """Split the cost of an order (Perold 1988; Wagner and Edwards 1993; Kissell 2013).

    With X ordered, F filled, U = X - F, s = +1 for a buy and -1 for a sell, P_d, P_0, P_n the mids at decision, arrival and end:
    delay s X (P_0 - P_d); trading s F (P - P_0), per fill spread s (p - m) plus drift s (m - P_0); opportunity s U (P_n - P_0); fees.
    The total s F (P - P_d) + s U (P_n - P_d) + fees does not depend on P_0. More than was ordered gives a negative U: the excess is
    valued at the end mid.
    """
    sign = Decimal(side.sign)
    filled = quantity_of(fills)
    unfilled = EXACT.subtract(quantity, filled)
    notional, fees = notional_of(fills), fees_of(fills)
    delay_filled = _move(sign, filled, prices.decision, prices.arrival)
    delay_unfilled = _move(sign, unfilled, prices.decision, prices.arrival)
    delay = None if prices.arrival is None else _move(sign, quantity, prices.decision, prices.arrival)
    trading = _trading(sign, filled, notional, prices.arrival)
    spread, drift = _split(sign, fills, prices.arrival)
    opportunity = _move(sign, unfilled, prices.arrival, prices.end)
    total = _sum(_trading(sign, filled, notional, prices.decision), _move(sign, unfilled, prices.decision, prices.end), fees)
    found = {"delay": delay, "spread": spread, "drift": drift, "opportunity": opportunity, "fees": fees, "total": total}
    return Shortfall(
        decision_value=EXACT.multiply(quantity, prices.decision),
        delay=delay,
        delay_filled=delay_filled if delay is not None else None,
        delay_unfilled=delay_unfilled if delay is not None else None,
        trading=trading,
        spread=spread,
        drift=drift,
        opportunity=opportunity,
        fees=fees,
        total=total,
        missing=tuple(_missing(found, prices)),
    )


def _move(sign: Decimal, quantity: Decimal, start: Decimal | None, end: Decimal | None) -> Decimal | None:
    """Return s Q (end - start): nothing moves no quantity, whatever the prices."""
    if not quantity:
        return Decimal(0)
    if start is None or end is None:
        return None
    return EXACT.multiply(EXACT.multiply(sign, quantity), EXACT.subtract(end, start))


def _trading(sign: Decimal, filled: Decimal, notional: Decimal, against: Decimal | None) -> Decimal | None:
    """Return s F (P - against) from exact sums, without dividing."""
    if not filled:
        return Decimal(0)
    if against is None:
        return None
    return EXACT.multiply(sign, EXACT.subtract(notional, EXACT.multiply(filled, against)))


def _split(sign: Decimal, fills: Sequence[PricedFill], arrival: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return spread and drift; none of both when a fill has no mid."""
    if not fills:
        return Decimal(0), Decimal(0)
    at_mid = mid_notional_of(fills)
    if at_mid is None or arrival is None:
        return None, None
    spread = EXACT.multiply(sign, EXACT.subtract(notional_of(fills), at_mid))
    return spread, _trading(sign, quantity_of(fills), at_mid, arrival)


def _sum(*amounts: Decimal | None) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return total_of(known) if len(known) == len(amounts) else None


def _missing(found: dict[str, Decimal | None], prices: Prices) -> list[Missing]:
    """Name what is not known."""
    no_split = NO_ARRIVAL if prices.arrival is None else NO_MID
    no_opportunity = NO_ARRIVAL if prices.arrival is None else NO_END
    reasons = {
        "delay": NO_ARRIVAL,
        "spread": no_split,
        "drift": no_split,
        "opportunity": no_opportunity,
        "fees": NO_FEE,
        "total": NO_TOTAL if found["fees"] is None else NO_END,
    }
    return [Missing(figure=f"shortfall.{name}", reason=reasons[name]) for name, amount in found.items() if amount is None]


def _rounded(name: str, amount: Decimal | None, bps: Decimal | None) -> Part:
    return Part(
        name=name,
        amount=amount,
        rounded=None if amount is None else EXACT.quantize(amount, CENT),
        rounded_bps=None if bps is None else EXACT.quantize(bps, CENT),
    )
