"""Users and desks in the administration."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import Desk, User
from dipmaster.admin import HistoryAdmin


@admin.register(Desk)
class DeskAdmin(HistoryAdmin):
    """Desks, whether they may trade, and who changed it when."""

    list_display = ["name", "is_trading_enabled"]
    list_filter = ["is_trading_enabled"]
    search_fields = ["name"]
    history_list_display = ["is_trading_enabled"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Users, with the desk they trade for."""

    list_display = ["username", "email", "first_name", "last_name", "desk", "is_active", "is_staff"]
    list_filter = ["desk", *DjangoUserAdmin.list_filter]
    list_select_related = ["desk"]
    fieldsets = [*(DjangoUserAdmin.fieldsets or ()), (_("Trading"), {"fields": ["desk"]})]
    add_fieldsets = [*DjangoUserAdmin.add_fieldsets, (_("Trading"), {"classes": ["wide"], "fields": ["desk"]})]
