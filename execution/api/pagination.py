"""Pages that stay stable while rows are added."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination

from execution.api.errors import problem

_LARGEST_POSITION = 2**63 - 1


class NewestFirst(CursorPagination):
    """Newest rows first, by id."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 500

    def decode_cursor(self, request: Any) -> Cursor | None:
        """Read the cursor; every order here is by a whole number, so nothing else is a position."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise _bad_cursor() from error
        if cursor is not None and cursor.position is not None and not _is_position(str(cursor.position)):
            raise _bad_cursor()
        return cursor


def _is_position(text: str) -> bool:
    return len(text) < 20 and text.isascii() and text.isdigit() and int(text) <= _LARGEST_POSITION


def _bad_cursor() -> Exception:
    return problem(status.HTTP_400_BAD_REQUEST, "BAD_CURSOR", _("Take the cursor from the `next` or `previous` of an answer."), "cursor")


class OldestFirst(NewestFirst):
    """Oldest rows first, by id: the last page grows."""

    ordering = "id"


class ByNumber(NewestFirst):
    """Slices in the order of their windows."""

    ordering = "number"


class BySequence(NewestFirst):
    """Events in the order in which they happened."""

    ordering = "sequence"
