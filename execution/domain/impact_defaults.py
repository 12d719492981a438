"""Impact coefficients of a symbol that nobody has fitted yet.

BTC, ETH and SOL: the lab's market model, 2026-11-22, by `manage.py lab --algorithms twap:randomise=0 --paths 20 --seed 11` and fitted as
`manage.py fit_impact --paths 20 --seed 11` fits, which makes the same orders: 30 minutes, worked by TWAP with
its resting tactic (more than nine tenths filled as maker), 0.5, 1, 2, 5, 10 and 20 % of what others trade, each on 20 paths that are run
with and without the order; mean paid impact, errors by leaving out one path at a time. The errors hold for the model, not for how far it
is from a market: `manage.py fit_impact --fills` says that. Other symbols: what the three have in common, 8 % of the horizon's
volatility for a tenth of its volume, with a wide error.
"""

from typing import Final

from execution.domain.impact import Estimate, ImpactCoefficients

_QUOTES: Final = ("USDT", "USDC", "USD")
_SUFFIXES: Final = ("-PERP", "-SWAP")


_LAB: Final = "lab: TWAP on the market model, 30 min, 20 paths, seed 11, 2026-11-22"
_MEASURED: Final = {
    "BTC": ImpactCoefficients(
        y=Estimate(value=0.557, standard_error=0.106),
        exponent=Estimate(value=0.605, standard_error=0.050),
        covariance=0.0039,
        observations=120,
        source=_LAB,
    ),
    "ETH": ImpactCoefficients(
        y=Estimate(value=0.534, standard_error=0.115),
        exponent=Estimate(value=0.673, standard_error=0.065),
        covariance=0.0065,
        observations=120,
        source=_LAB,
    ),
    "SOL": ImpactCoefficients(
        y=Estimate(value=0.370, standard_error=0.063),
        exponent=Estimate(value=0.433, standard_error=0.064),
        covariance=0.0034,
        observations=120,
        source=_LAB,
    ),
}
_GENERIC: Final = ImpactCoefficients(
    y=Estimate(value=0.4, standard_error=0.2),
    exponent=Estimate(value=0.5, standard_error=0.1),
    observations=0,
    source="assumed: between what the lab shows of BTC, ETH and SOL",
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
