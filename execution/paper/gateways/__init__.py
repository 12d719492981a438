"""The venues' own protocols over the one matching core: a package per venue, each of the same shape."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from execution.paper.gateways.base import Gateway


def gateway_of(venue_name: str) -> "type[Gateway]":
    """Return the gateway of a venue; one whose own protocol is not served yet speaks Binance's spot protocol."""
    package = f"{__name__}.{venue_name}"
    found = import_module(package) if find_spec(package) is not None else None
    return cast("type[Gateway]", getattr(found, "GATEWAY", None) or import_module(f"{__name__}.binance").GATEWAY)
