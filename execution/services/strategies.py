"""The strategy decision of a request: its mode, what was asked for and the market as it is."""

from django.utils.translation import gettext as _

from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.registry import UnknownAlgorithm
from execution.domain.strategy import Conditions, Mode, Strategy, decide
from execution.services.order_request import FieldError, InvalidOrder, OrderRequest


def strategy_of(request: OrderRequest, *, mode: Mode, conditions: Conditions) -> Strategy:
    """Decide how a request of that mode is worked in such a market.

    Raises:
        InvalidOrder: algorithm or a parameter is unknown, or a parameter is out of range.
    """
    try:
        return decide(
            mode=mode,
            algorithm=request.algorithm,
            duration_seconds=float(request.duration_minutes * 60),
            overrides=request.parameters,
            conditions=conditions,
        )
    except UnknownAlgorithm as error:
        raise InvalidOrder([FieldError(field="algorithm", code="UNKNOWN_ALGORITHM", message=_("There is no such algorithm."))]) from error
    except InvalidParameter as error:
        raise InvalidOrder([invalid_parameter(error)]) from error


def invalid_parameter(error: InvalidParameter) -> FieldError:
    """Return the error of a parameter at its own field."""
    return FieldError(field=f"parameters.{error.name}", code="INVALID_PARAMETER", message=error.message)
