"""Impact coefficients by symbol."""

from collections.abc import Iterable

from execution.domain.impact import ImpactCoefficients
from execution.domain.impact_defaults import currency_of, default_impact
from execution.models import ImpactCoefficient


def impact_of(symbols: Iterable[str]) -> dict[str, ImpactCoefficients]:
    """Return the newest coefficients of each symbol, whatever its spelling; what the product brings along where nothing was fitted."""
    return _newest(symbols, tuple(ImpactCoefficient.Origin))


def lab_impact_of(symbols: Iterable[str]) -> dict[str, ImpactCoefficients]:
    """Return the same without what own orders said: they would count twice if a fit on them began with it."""
    return _newest(symbols, (ImpactCoefficient.Origin.LAB,))


def _newest(symbols: Iterable[str], origins: tuple[ImpactCoefficient.Origin, ...]) -> dict[str, ImpactCoefficients]:
    wanted = {symbol: currency_of(symbol) for symbol in symbols}
    rows = ImpactCoefficient.objects.filter(symbol__in=set(wanted.values()), origin__in=origins)
    newest = {row.symbol: row.to_domain() for row in rows.order_by("symbol", "-fitted_at", "-id").distinct("symbol")}
    return {symbol: newest.get(currency) or default_impact(symbol) for symbol, currency in wanted.items()}
