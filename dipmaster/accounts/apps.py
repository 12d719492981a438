"""Django's registration of the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and desks."""

    name = "dipmaster.accounts"
    default_auto_field = "django.db.models.BigAutoField"
