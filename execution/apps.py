"""Django's registration of the app."""

from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    """The execution app."""

    name = "execution"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from execution import checks  # noqa: F401 - importing it registers them
