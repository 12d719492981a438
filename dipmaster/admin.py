"""What the administration pages of all apps share."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only DipMaster writes: shown and searched, never edited."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Allow nobody to add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow nobody to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow nobody to delete."""
        return False


class HistoryAdmin(SimpleHistoryAdmin):
    """Rows whose earlier versions are kept; only who may change a row may go back to one of them."""

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None) -> HttpResponse:
        """Show an earlier version, or save it again: the library lets everybody who may look at it save it, button or not."""
        if request.method == "POST" and (self.revert_disabled(request) or not self.has_change_permission(request)):
            raise PermissionDenied
        answer: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return answer
