"""Signing in and out."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator


@method_decorator(login_not_required, name="dispatch")  # an overridden dispatch loses the mark of LoginView's own
class SignIn(LoginView):
    """Sign in. A part of a page that is fetched after the session ended sends the whole page here."""

    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and tell htmx to leave its page."""
        response = super().dispatch(request, *args, **kwargs)
        if "HX-Request" in request.headers:
            response.headers["HX-Refresh"] = "true"
        return response
