"""DipMaster: orders and their execution on crypto venues."""

from dipmaster.celery import app as celery_app

__all__ = ["celery_app"]
