"""What execution stores."""

from execution.models.credentials import VenueCredential
from execution.models.decisions import Decision
from execution.models.events import OrderEvent
from execution.models.fees import FeeTier
from execution.models.market import Bar, ImpactCoefficient, MarketDay, RawFrame, VolumeFit
from execution.models.modes import ExecutionMode
from execution.models.orders import ChildOrder, Fill, ParentOrder, Slice
from execution.models.venues import Instrument, Listing, Venue

__all__ = [
    "Bar",
    "ChildOrder",
    "Decision",
    "ExecutionMode",
    "FeeTier",
    "Fill",
    "ImpactCoefficient",
    "Instrument",
    "Listing",
    "MarketDay",
    "OrderEvent",
    "ParentOrder",
    "RawFrame",
    "Slice",
    "Venue",
    "VenueCredential",
    "VolumeFit",
]
