"""Django's registration of the app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """The analytics app."""

    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"
