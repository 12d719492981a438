"""Analytics in the administration: what was measured is shown, never edited."""

from django.contrib import admin

from analytics.models import Experiment
from dipmaster.admin import ReadOnlyAdmin


@admin.register(Experiment)
class ExperimentAdmin(ReadOnlyAdmin):
    """Experiments of the lab, of every desk."""

    list_display = ["reference", "created_at", "desk", "started_by", "state", "paths_done", "paths_in_all", "code_version"]
    list_filter = ["state", "desk"]
    list_select_related = ["desk", "started_by"]
    search_fields = ["=id", "started_by__username", "code_version"]
    search_help_text = "Number of the experiment, who started it or code version"
    show_full_result_count = False
    list_per_page = 50
