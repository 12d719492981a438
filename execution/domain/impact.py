"""How far trading moves the price: Almgren, Thum, Hauptmann & Li (2005), and the square-root law.

Volatility is over the same horizon as the volume, in any one unit (bps, a fraction): the impact comes in that unit. Positive is cost.
"""

import math
from dataclasses import dataclass

EQUITY_PERMANENT = 0.314
"""Gamma of Almgren et al. (2005)."""
EQUITY_TEMPORARY = 0.142
"""Eta of Almgren et al. (2005)."""
TEMPORARY_EXPONENT = 0.6
SQUARE_ROOT = 0.5


class BadImpactInput(ValueError):
    """Say which input of an impact formula makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityImpact:
    """I, K and J = I / 2 + K of Almgren et al. (2005), signed like the trade, in the unit of the volatility."""

    permanent: float
    temporary: float

    @property
    def mean_paid(self) -> float:
        """J: what the trade pays on average over the price before it."""
        return self.permanent / 2 + self.temporary


def equity_impact(
    *,
    quantity: float,
    daily_volume: float,
    shares_outstanding: float,
    daily_volatility: float,
    days: float,
    permanent: float = EQUITY_PERMANENT,
    temporary: float = EQUITY_TEMPORARY,
) -> EquityImpact:
    """Return I = gamma sigma (X/V) (Theta/V)^(1/4) and K = eta sigma sgn(X) |X/(V T)|^0.6.

    Args:
        quantity: X, positive for a purchase.
        days: T, the time of trading in days of volume.

    Raises:
        BadImpactInput: a number is not finite, the volatility is negative, or another number but X is not positive.
    """
    _require(all(map(math.isfinite, (quantity, permanent, temporary))), "quantity and coefficients must be finite")
    _require_positive(daily_volume=daily_volume, shares_outstanding=shares_outstanding, days=days)
    _require_volatility(daily_volatility)
    share = quantity / daily_volume
    lasting = permanent * daily_volatility * share * (shares_outstanding / daily_volume) ** 0.25
    passing = math.copysign(temporary * daily_volatility * abs(share / days) ** TEMPORARY_EXPONENT, quantity)
    return EquityImpact(permanent=lasting, temporary=passing)


def peak_impact(*, quantity: float, market_quantity: float, volatility: float, y: float, exponent: float = SQUARE_ROOT) -> float:
    """Return Y sigma (Q/V)^delta: how far the price stands away when a metaorder ends.

    Args:
        quantity: Q, zero or more.
        market_quantity: V, the market's volume over the horizon of the execution.
        volatility: sigma over the same horizon.

    Raises:
        BadImpactInput: a number is not finite, Q or sigma is negative, or V or delta is not positive.
    """
    _require(math.isfinite(quantity) and quantity >= 0, "the quantity must be finite, zero or more")
    _require(math.isfinite(y), "Y must be finite")
    _require_positive(market_quantity=market_quantity, exponent=exponent)
    _require_volatility(volatility)
    return float(y * volatility * (quantity / market_quantity) ** exponent)


def mean_share_of_peak(exponent: float = SQUARE_ROOT) -> float:
    """Return 1 / (1 + delta): the mean paid at an even pace as a share of the peak, 2/3 under the square-root law.

    Raises:
        BadImpactInput: delta is not positive.
    """
    _require_positive(exponent=exponent)
    return 1 / (1 + exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number and its standard error."""

    value: float
    standard_error: float

    def __post_init__(self) -> None:
        _require(math.isfinite(self.value), "an estimate must be finite")
        _require(math.isfinite(self.standard_error) and self.standard_error >= 0, "a standard error must be finite, zero or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactCoefficients:
    """The square-root law of one symbol, as cost models use it.

    Args:
        y: Y of peak = Y sigma (Q/V)^delta.
        exponent: delta.
        covariance: of the errors of Y and delta, which are far from independent: their sum is what a cost is uncertain by.
        decay_seconds: d of (1 + t / d)^-(1 - delta), what each trade leaves after a time t; none when it was not measured.
        observations: how many metaorders stand behind it.
        source: where they come from, in words.

    Raises:
        BadImpactInput: Y or delta is not positive, the decay or the count is negative, or the covariance exceeds what the errors allow.
    """

    y: Estimate
    exponent: Estimate
    covariance: float = 0.0
    decay_seconds: Estimate | None = None
    observations: int
    source: str

    def __post_init__(self) -> None:
        _require_positive(y=self.y.value, exponent=self.exponent.value)
        _require(self.decay_seconds is None or self.decay_seconds.value >= 0, "a decay time must be zero or more")
        _require(self.observations >= 0, "the count of observations must be zero or more")
        most = self.y.standard_error * self.exponent.standard_error
        _require(abs(self.covariance) <= most * (1 + 1e-9), "the covariance exceeds the product of the standard errors")

    def expected_impact_bps(self, *, quantity: float, market_quantity: float, volatility_bps: float) -> float:
        """Return Y sigma (Q/V)^delta / (1 + delta): the mean paid over the price before the order, bps.

        `market_quantity` and `volatility_bps` are over the horizon of the execution, both over the same.
        """
        return mean_share_of_peak(self.exponent.value) * self.peak_impact_bps(
            quantity=quantity, market_quantity=market_quantity, volatility_bps=volatility_bps
        )

    def peak_impact_bps(self, *, quantity: float, market_quantity: float, volatility_bps: float) -> float:
        """Return Y sigma (Q/V)^delta: the price's distance when the order ends, bps."""
        return peak_impact(
            quantity=quantity, market_quantity=market_quantity, volatility=volatility_bps, y=self.y.value, exponent=self.exponent.value
        )

    def impact_error_bps(self, *, quantity: float, market_quantity: float, volatility_bps: float) -> float:
        """Return the standard error of the expected impact that the coefficients' own errors make, bps (first order)."""
        expected = self.expected_impact_bps(quantity=quantity, market_quantity=market_quantity, volatility_bps=volatility_bps)
        if expected == 0:
            return 0.0
        by_y = 1 / self.y.value
        by_exponent = math.log(quantity / market_quantity) - mean_share_of_peak(self.exponent.value)
        variance = (
            (by_y * self.y.standard_error) ** 2
            + (by_exponent * self.exponent.standard_error) ** 2
            + 2 * by_y * by_exponent * self.covariance
        )
        return expected * math.sqrt(max(variance, 0.0))


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BadImpactInput(reason)


def _require_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        _require(math.isfinite(number) and number > 0, f"{name.replace('_', ' ')} must be finite and positive")


def _require_volatility(volatility: float) -> None:
    _require(math.isfinite(volatility) and volatility >= 0, "volatility must be finite, zero or more")
