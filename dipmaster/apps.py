"""Django's registration of the project itself, for its commands and template tags."""

from django.apps import AppConfig


class DipMasterConfig(AppConfig):
    """The project."""

    name = "dipmaster"
