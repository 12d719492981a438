"""The venues' own protocols over the one matching core: a package per venue, each of the same shape."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from execution.paper.gateways.base import Gateway


def gateway_of(venue_name: str) -> "type[Gateway]":
    """Return the gateway of a venue: what its package exports as `GATEWAY`."""
    return cast("type[Gateway]", import_module(f"{__name__}.{venue_name}").GATEWAY)
