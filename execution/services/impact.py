"""Keep fitted impact coefficients."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from execution.domain.impact import ImpactCoefficients
from execution.domain.impact_defaults import currency_of
from execution.models import ImpactCoefficient


def keep(*, fits: Mapping[str, ImpactCoefficients], origin: ImpactCoefficient.Origin, now: datetime) -> list[ImpactCoefficient]:
    """Add a row for each symbol's fit, all or none."""
    with transaction.atomic():
        return [_keep(symbol, fit, origin, now) for symbol, fit in fits.items()]


def _keep(symbol: str, fit: ImpactCoefficients, origin: ImpactCoefficient.Origin, now: datetime) -> ImpactCoefficient:
    decay = fit.decay_seconds
    return ImpactCoefficient.objects.create(
        symbol=currency_of(symbol),
        origin=origin,
        y=fit.y.value,
        y_error=fit.y.standard_error,
        exponent=fit.exponent.value,
        exponent_error=fit.exponent.standard_error,
        covariance=fit.covariance,
        decay_seconds=None if decay is None else decay.value,
        decay_error=None if decay is None else decay.standard_error,
        observations=fit.observations,
        source=fit.source,
        fitted_at=now,
    )
