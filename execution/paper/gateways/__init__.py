"""The venues' own protocols over the one matching core: a package per venue, each of the same shape.

A package holds
- `gateway.py`: the class that `base.Gateway` describes, exported as `GATEWAY`; it puts the rest together;
- `rest.py`: which call answers which path, and the form of the answers;
- `signing.py`: signatures, timestamps and receive windows, checked as the venue does;
- `errors.py`: the venue's own codes and words, one for each of the core's reasons to refuse (`ApiError`);
- `params.py`: how parameters are read and lists are cut into pages;
- `orders.py`: from the venue's order to the core's;
- `*_calls.py`: what the endpoints do, by subject;
- `*wire.py`: from the core's orders, trades, books and accounts to the venue's JSON;
- `*streams.py`: the WebSocket channels, public and private;
and what the venue alone has: Binance its listen keys and its WebSocket API, each venue its own way to cancel everything when the
desk goes silent. Binance's modules of one family of its API begin with `spot_` or `usdm_`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from execution.paper.gateways.base import Gateway


def gateway_of(venue_name: str) -> "type[Gateway]":
    """Return the gateway of a venue: what its package exports as `GATEWAY`."""
    return cast("type[Gateway]", import_module(f"{__name__}.{venue_name}").GATEWAY)
