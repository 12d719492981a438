"""What analytics stores."""

from analytics.models.lab import Experiment
from analytics.models.reports import Report

__all__ = ["Experiment", "Report"]
