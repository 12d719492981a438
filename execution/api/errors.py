"""The one shape of every error: {"errors": [{"field": ..., "code": ..., "message": ...}]}."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from execution.selectors.explanations import NotExplained
from execution.selectors.orders import OrderNotFound
from execution.services.amending import AmendmentConflict, AmendmentRefused
from execution.services.orders import FieldError, InvalidOrder, OrderConflict, OrderNotMovable

WHOLE_REQUEST = "non_field_errors"
_STATUS_OF_CODE = {"NO_DESK": status.HTTP_403_FORBIDDEN, "NO_MARKET": status.HTTP_503_SERVICE_UNAVAILABLE}
_STATUS_OF_ERROR: dict[type[Exception], int] = {
    OrderConflict: status.HTTP_409_CONFLICT,
    OrderNotMovable: status.HTTP_409_CONFLICT,
    AmendmentConflict: status.HTTP_412_PRECONDITION_FAILED,
    AmendmentRefused: status.HTTP_422_UNPROCESSABLE_ENTITY,
}
_FIELD_LENGTH = 60


class Problem(APIException):
    """An answer other than success, with its errors ready to be shown."""

    def __init__(self, status_code: int, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.status_code = status_code
        self.errors = tuple(errors)


def problem(status_code: int, code: str, message: str, field: str = "") -> Problem:
    """Make a problem of one error."""
    return Problem(status_code, [FieldError(field=field, code=code, message=message)])


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into an answer; what is not foreseen stays an error of the server."""
    known = _translate(error)
    response = exception_handler(known, context)
    if response is not None:
        response.data = body(_errors(known))
    return response


def body(errors: Sequence[FieldError]) -> dict[str, Any]:
    """Return the body of an error."""
    return {"errors": [{"field": error.field or None, "code": error.code, "message": error.message} for error in errors]}


def _translate(error: Exception) -> Exception:
    match error:
        case InvalidOrder():
            statuses = [_STATUS_OF_CODE.get(each.code, status.HTTP_400_BAD_REQUEST) for each in error.errors]
            return Problem(min(statuses), error.errors)
        case OrderConflict() | OrderNotMovable() | AmendmentConflict() | AmendmentRefused():
            field = "client_order_id" if isinstance(error, OrderConflict) else ""
            return problem(_STATUS_OF_ERROR[type(error)], error.code, str(error), field)
        case OrderNotFound():
            return problem(status.HTTP_404_NOT_FOUND, "NOT_FOUND", _("There is no such order."))
        case NotExplained():
            return problem(status.HTTP_404_NOT_FOUND, "NOT_EXPLAINED", _("The order cannot be explained: %(reason)s.") % {"reason": error})
        case Http404():
            return NotFound()
    return error


def _errors(error: Exception) -> Sequence[FieldError]:
    if isinstance(error, Problem):
        return error.errors
    if isinstance(error, ValidationError):
        return list(_flatten(error.detail))
    detail = getattr(error, "detail", None) or _("You may not do this.")
    return [FieldError(field="", code=str(getattr(detail, "code", "permission_denied")).upper(), message=str(detail))]


def _flatten(detail: Any, path: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """Yield the errors of a nested detail, each with the dotted path of its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, path if name == WHOLE_REQUEST else (*path, str(name)[:_FIELD_LENGTH]))
    elif isinstance(detail, ErrorDetail):
        yield FieldError(field=".".join(path), code=str(detail.code).upper(), message=str(detail))
    else:
        for inner in detail:
            yield from _flatten(inner, path)
