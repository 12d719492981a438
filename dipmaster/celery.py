"""The Celery application."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dipmaster.settings")

app = Celery("dipmaster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["execution", "analytics"])


@worker_ready.connect
def _spare_what_is_loaded(**_: Any) -> None:
    """Take the loaded modules out of garbage collection: a full one over them holds up orders for a tenth of a second."""
    gc.collect()
    gc.freeze()
