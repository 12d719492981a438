"""Prices for the bar at the top."""

from collections.abc import Iterable

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dipmaster.templatetags.desk import number
from execution.selectors import quotes as quote_selectors
from execution.selectors.quotes import Quote


@require_GET
def quotes(request: HttpRequest) -> JsonResponse:
    """Answer with every currency's price and its age, and with the trading state of the user's desk."""
    found = _one_per_currency(quote_selectors.quotes(timezone.now()))
    desk = request.user.desk  # type: ignore[union-attr]  # the middleware lets signed-in users through only
    return JsonResponse(
        {
            "trading": ("ACTIVE" if desk.is_trading_enabled else "HALTED") if desk else "",
            "quotes": [
                {
                    "symbol": quote.symbol,
                    "label": quote.base,
                    "mid": None if quote.mid is None else number(quote.mid, quote.price_places),
                    "age_ms": None if quote.age is None else round(quote.age.total_seconds() * 1000),
                }
                for quote in found
            ],
        }
    )


def _one_per_currency(found: Iterable[Quote]) -> tuple[Quote, ...]:
    """Keep one price of each currency, its spot price where it has one: a perpetual's is next to the same and the bar is short."""
    kept: dict[str, Quote] = {}
    for quote in sorted(found, key=lambda one: (one.base, one.symbol)):  # BTCUSDT sorts before BTCUSDT-PERP
        kept.setdefault(quote.base, quote)
    return tuple(kept.values())
