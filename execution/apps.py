"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class ExecutionConfig(AppConfig):
    """The execution app."""

    name = "execution"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and the desk's own algorithms, and have every database begin with its execution modes."""
        from execution import checks  # noqa: F401 - importing it registers them
        from execution.services.modes import make_modes

        for module in settings.EXECUTION_ALGORITHM_MODULES:
            import_module(module)
        post_migrate.connect(make_modes, sender=self)
