"""The strategy decision of a request: its mode's row, what was asked for and the market as it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from dipmaster.domain.books import Book
from execution.domain.algorithms.base import Market
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.registry import UnknownAlgorithm
from execution.domain.conditions import conditions_of
from execution.domain.strategy import Mode, Strategy, decide
from execution.services.order_request import FieldError, InvalidOrder, OrderRequest


def strategy_of(
    request: OrderRequest, *, mode: Mode, quantity: Decimal | None, market: Market | None, books: Sequence[Book], start_at: datetime
) -> Strategy:
    """Decide how a request of that mode is worked that starts at `start_at`; what is not known of the market counts as unknown.

    Raises:
        InvalidOrder: algorithm or a parameter is unknown, or a parameter is out of range.
    """
    seconds = float(request.duration_minutes * 60)
    end_at = start_at + timedelta(seconds=seconds)
    try:
        return decide(
            mode=mode,
            algorithm=request.algorithm,
            duration_seconds=seconds,
            overrides=request.parameters,
            conditions=conditions_of(market, books, side=request.side, quantity=quantity, start_at=start_at, end_at=end_at),
        )
    except UnknownAlgorithm as error:
        raise InvalidOrder([FieldError(field="algorithm", code="UNKNOWN_ALGORITHM", message=_("There is no such algorithm."))]) from error
    except InvalidParameter as error:
        raise InvalidOrder([invalid_parameter(error)]) from error


def invalid_parameter(error: InvalidParameter) -> FieldError:
    """Return the error of a parameter at its own field."""
    return FieldError(field=f"parameters.{error.name}", code="INVALID_PARAMETER", message=error.message)
