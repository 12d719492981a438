"""How a report writes its figures: to tick and lot, with true minus, a dash for what is not known."""

from datetime import UTC, datetime
from decimal import Decimal

from django.utils import dateformat

from analytics.domain.content import ReportContent
from dipmaster.domain.quantize import decimal_places
from dipmaster.templatetags.desk import MINUS, NONE, amount, number, percent, signed

AVERAGE_PLACES = 2  # an average has more decimals than the tick


class Figures:
    """Writes the figures of one report."""

    def __init__(self, content: ReportContent) -> None:
        order = content.order
        self._quote = order.quote
        self._is_in_dollars = content.is_in_dollars
        self._titles = dict(content.venue_titles)
        self._price_places = decimal_places(order.tick) if order.tick else 2
        self._quantity_places = decimal_places(order.lot) if order.lot else 8

    def price(self, value: Decimal | None) -> str:
        """Write a price of the market."""
        return number(value, self._price_places)

    def average(self, value: Decimal | None) -> str:
        """Write a mid or an average."""
        return number(value, self._price_places + AVERAGE_PLACES)

    def quantity(self, value: Decimal | None) -> str:
        """Write a quantity to the lot."""
        return number(value, self._quantity_places)

    def money(self, value: Decimal | None, places: int = 2) -> str:
        """Write an amount of the quote currency; dollars with their sign before them."""
        text = number(value, places)
        if text == NONE:
            return text
        if not self._is_in_dollars:
            return f"{text} {self._quote}"
        return f"{MINUS}${text[1:]}" if text.startswith(MINUS) else f"${text}"

    def short_money(self, value: Decimal | None) -> str:
        """Write an amount where there is little room: cents below a hundred only."""
        return self.money(value, 2 if value is None or abs(value) < 100 else 0)

    def venue(self, name: str) -> str:
        """Write a venue as people call it."""
        return self._titles.get(name, name)

    @property
    def currency(self) -> str:
        """Return the unit of amounts."""
        return "USD" if self._is_in_dollars else self._quote


def moment(at: datetime | None, *, milliseconds: bool = False) -> str:
    """Write a time of day in UTC."""
    if at is None:
        return NONE
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03d}" if milliseconds else f"{utc:%H:%M:%S}"


def day(at: datetime) -> str:
    """Write a day: Tuesday 19 August 2025."""
    return dateformat.format(at.astimezone(UTC), "l j F Y")


def date_and_time(at: datetime) -> str:
    """Write day and time."""
    return f"{dateformat.format(at.astimezone(UTC), 'j F Y')}, {moment(at)} UTC"


__all__ = ["MINUS", "NONE", "Figures", "amount", "date_and_time", "day", "moment", "number", "percent", "signed"]
