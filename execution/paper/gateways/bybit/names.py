"""Bybit's categories and symbols: the same symbol names a spot pair and a linear perpetual."""

from collections.abc import Mapping

from execution.paper.gateways.bybit.errors import ApiError, parameter_error, refused
from execution.paper.listings import Kind, Listing
from execution.paper.pair import Pair
from execution.paper.refusals import Reason
from execution.paper.venue import Venue

Params = Mapping[str, str]
KINDS = {"spot": Kind.SPOT, "linear": Kind.PERPETUAL}
UNLISTED = frozenset({"inverse", "option"})
"""Categories that Bybit has and that nothing is listed in here."""


def category_of(listing: Listing) -> str:
    """Return the category that an instrument is in."""
    return "spot" if listing.kind is Kind.SPOT else "linear"


def name_of(listing: Listing) -> str:
    """Return Bybit's symbol of an instrument."""
    return f"{listing.base}{listing.quote}"


class Names:
    """Bybit's symbols of one venue's pairs."""

    def __init__(self, venue: Venue) -> None:
        self._pairs = {(category_of(pair.listing), name_of(pair.listing)): pair for pair in venue.pairs.values()}

    def find(self, category: str, name: str) -> Pair | None:
        """Return a pair by category and symbol."""
        return self._pairs.get((category, name))

    def pair(self, params: Params) -> Pair:
        """Return the pair that a market-data request names."""
        pair = self.find(category(params), params.get("symbol", ""))
        if pair is None:
            raise parameter_error("Not supported symbols")
        return pair

    def order_pair(self, params: Params) -> Pair:
        """Return the pair that an order's request names."""
        kind = KINDS[traded_category(params)]
        if not params.get("symbol"):
            raise parameter_error("params error: symbol invalid")
        pair = self.find(params["category"], params["symbol"])
        if pair is None:
            raise refused(Reason.UNKNOWN_SYMBOL, kind)
        return pair

    def pairs(self, params: Params) -> list[Pair]:
        """Return the pair of a request, or all of its category."""
        if params.get("symbol"):
            return [self.pair(params)]
        wanted = category(params)
        return [pair for (listed, _), pair in self._pairs.items() if listed == wanted]

    def selected(self, params: Params) -> set[str]:
        """Return the house symbols that a request for orders, executions or positions is about, by symbol or coin."""
        wanted = category(params)
        if wanted in UNLISTED:
            return set()
        if params.get("symbol"):
            return {self.order_pair(params).listing.symbol}
        base, settle = params.get("baseCoin"), params.get("settleCoin")
        listings = [pair.listing for (listed, _), pair in self._pairs.items() if listed == wanted]
        return {item.symbol for item in listings if base in {None, "", item.base} and settle in {None, "", item.quote}}


def category(params: Params) -> str:
    """Return a category that Bybit knows."""
    value = params.get("category", "")
    if value not in KINDS and value not in UNLISTED:
        raise _illegal()
    return value


def traded_category(params: Params) -> str:
    """Return a category that something is traded in."""
    value = params.get("category", "")
    if value not in KINDS:
        raise _illegal()
    return value


def _illegal() -> ApiError:
    return parameter_error("params error: Illegal category")
