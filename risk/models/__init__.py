"""What risk stores."""

from risk.models.exposure import Exposure
from risk.models.limits import RiskLimit
from risk.models.violations import Violation

__all__ = ["Exposure", "RiskLimit", "Violation"]
