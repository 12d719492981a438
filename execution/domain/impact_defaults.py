"""Impact coefficients of a symbol that nobody has fitted yet.

BTC, ETH and SOL: the lab's market model, 2026-11-22, by `manage.py lab --algorithms twap:randomise=0 --paths 60 --seed 11` and fitted as
`manage.py fit_impact --paths 60 --seed 11` fits, which makes the same orders: 30 minutes, worked by TWAP with
its resting tactic (more than nine tenths filled as maker), 0.5, 1, 2, 5, 10 and 20 % of what others trade, each on 60 paths that are run
with and without the order; mean paid impact, errors by leaving out one path at a time. The errors hold for the model, not for how far it
is from a market: `manage.py fit_impact --fills` says that. Other symbols: what the three have in common, 8 % of the horizon's
volatility for a tenth of its volume, with a wide error.
"""

from typing import Final

from execution.domain.impact import Estimate, ImpactCoefficients

_QUOTES: Final = ("USDT", "USDC", "USD")
_SUFFIXES: Final = ("-PERP", "-SWAP")


_LAB: Final = "lab: TWAP on the market model, 30 min, 60 paths, seed 11, 2026-11-22"
_MEASURED: Final = {
    "BTC": ImpactCoefficients(
        y=Estimate(value=0.558, standard_error=0.060),
        exponent=Estimate(value=0.592, standard_error=0.028),
        covariance=0.0013,
        observations=360,
        source=_LAB,
    ),
    "ETH": ImpactCoefficients(
        y=Estimate(value=0.413, standard_error=0.052),
        exponent=Estimate(value=0.603, standard_error=0.043),
        covariance=0.0018,
        observations=360,
        source=_LAB,
    ),
    "SOL": ImpactCoefficients(
        y=Estimate(value=0.461, standard_error=0.064),
        exponent=Estimate(value=0.524, standard_error=0.047),
        covariance=0.0027,
        observations=360,
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
