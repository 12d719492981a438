"""Reads request bodies: JSON of modest size, numbers exactly as they were written."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST_BODY_BYTES = 64 * 1024


class BodyTooLarge(APIException):
    """The request body is larger than any order can be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request body is larger than 64 KiB.")
    default_code = "body_too_large"


class ExactJSONParser(BaseParser):
    """JSON whose fractions become Decimal: a price must not pass through a binary float."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the parsed body.

        Raises:
            BodyTooLarge: it is.
            ParseError: it is no JSON.
        """
        content = stream.read(LARGEST_BODY_BYTES + 1)
        if len(content) > LARGEST_BODY_BYTES:
            raise BodyTooLarge
        try:
            text = content.decode("utf-8")
            return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repetition)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request body is not valid JSON.")) from error


def _refuse_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is given twice, which Python would settle in favour of the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON does not have and Python would accept."""
    raise ValueError(f"{name} is not JSON")
