"""Impact coefficients of a symbol that nobody has fitted yet.

PLACEHOLDER
"""

from typing import Final

from execution.domain.impact import Estimate, ImpactCoefficients

_QUOTES: Final = ("USDT", "USDC", "USD")
_SUFFIXES: Final = ("-PERP", "-SWAP")


_MEASURED: Final[dict[str, ImpactCoefficients]] = {}
_GENERIC: Final = ImpactCoefficients(
    y=Estimate(value=0.4, standard_error=0.2), exponent=Estimate(value=0.5, standard_error=0.1), observations=0, source="assumed"
)


def currency_of(symbol: str) -> str:
    """Return the base currency of any spelling of a symbol: BTC for BTC, BTCUSDT, BTC/USDT:USDT, BTC-PERP, btcusdt-perp."""
    name = symbol.strip().upper()
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    for separator in ("/", "-", "_", ":"):
        name = name.partition(separator)[0]
    for quote in _QUOTES:
        if name.endswith(quote) and name != quote:
            return name.removesuffix(quote)
    return name


def default_impact(symbol: str) -> ImpactCoefficients:
    """Return the lab's coefficients of BTC, ETH and SOL, for other symbols what is common to them with a wide error."""
    return _MEASURED.get(currency_of(symbol), _GENERIC)
