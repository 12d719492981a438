"""Limits of an order, and which of several rows count."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an order and a position may be; none is no limit.

    Quantity in base currency, notionals in USD (USDT counts as USD), the collar in basis points of the mid.
    """

    max_order_quantity: Decimal | None = None
    max_order_notional: Decimal | None = None
    price_collar_bps: Decimal | None = None
    max_position_notional: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedLimits:
    """Limits as they were set: for one desk or all, one symbol or all."""

    is_for_desk: bool
    is_for_symbol: bool
    limits: Limits

    @property
    def specificity(self) -> int:
        """Return how many of desk and symbol the row names."""
        return self.is_for_desk + self.is_for_symbol


def merge(rows: Iterable[ScopedLimits]) -> Limits:
    """Join rows that all apply: for each figure the most specific row that sets it wins.

    A desk's row and a symbol's row are equally specific: the smaller figure counts, so that a desk-wide limit never
    loosens what was set for a thin symbol, nor the other way round.
    """
    applying = tuple(rows)
    return Limits(**{field.name: _figure(applying, field.name) for field in fields(Limits)})


def _figure(rows: tuple[ScopedLimits, ...], name: str) -> Decimal | None:
    figures: list[tuple[int, Decimal]] = [(-row.specificity, figure) for row in rows if (figure := getattr(row.limits, name)) is not None]
    return min(figures)[1] if figures else None
