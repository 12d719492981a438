"""What analytics stores."""

from analytics.models.reports import Report

__all__ = ["Report"]
