"""OKX's names and units: BTC-USDT and BTC-USDT-SWAP, sizes in base currency on spot and in contracts of swaps."""

from decimal import Decimal
from functools import lru_cache

from execution.paper.gateways.okx.errors import Json
from execution.paper.listings import Kind, Listing, decimal_text
from execution.paper.pair import Pair
from execution.paper.venue import Venue

TYPES = {Kind.SPOT: "SPOT", Kind.PERPETUAL: "SWAP"}
KNOWN_TYPES = frozenset({"SPOT", "SWAP", "MARGIN", "FUTURES", "OPTION", "EVENTS"})
LISTED_MS = 1_600_000_000_000
SETTLED = "USDT"


def instrument_id(listing: Listing) -> str:
    """Return OKX's name of a listing."""
    return f"{family(listing)}-SWAP" if listing.kind is Kind.PERPETUAL else family(listing)


def family(listing: Listing) -> str:
    """Return the name of the underlying pair."""
    return f"{listing.base}-{listing.quote}"


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    return _stripped(f"{value:f}")


def size_text(listing: Listing, lots: int) -> str:
    """Write a quantity as OKX counts it."""
    numerator, decimals = _lot_size(listing.lot_decimals, listing.contract_size)
    return _stripped(decimal_text(lots * numerator, decimals))


def price_text(listing: Listing, ticks: int) -> str:
    """Write a price."""
    return _stripped(decimal_text(ticks, listing.price_decimals))


@lru_cache(maxsize=1024)
def _lot_size(lot_decimals: int, contract_size: Decimal) -> tuple[int, int]:
    """Return a lot in OKX's unit of size as a whole number and the decimals to shift it by."""
    size = (Decimal(1).scaleb(-lot_decimals) / contract_size).normalize()
    decimals = max(0, -int(size.as_tuple().exponent))
    return int(size.scaleb(decimals)), decimals


def _stripped(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def average_price_text(listing: Listing, units: int, lots: int) -> str:
    """Write the average price of ticks times lots, empty when nothing has traded."""
    return plain((listing.tick * units / lots).quantize(Decimal("1e-12"))) if lots else ""


class Instruments:
    """The listings of one venue under OKX's names."""

    def __init__(self, venue: Venue) -> None:
        self._by_id = {instrument_id(pair.listing): pair for pair in venue.pairs.values()}

    def find(self, name: str) -> Pair | None:
        """Return the pair of an instrument id."""
        return self._by_id.get(name)

    def of_type(self, instrument_type: str) -> list[Pair]:
        """Return the pairs of SPOT, SWAP or, empty or ANY, of both."""
        return [pair for pair in self._by_id.values() if instrument_type in {"", "ANY", TYPES[pair.listing.kind]}]


def instrument_json(pair: Pair) -> Json:
    """Return a listing as GET /public/instruments does."""
    listing = pair.listing
    is_swap, name = listing.kind is Kind.PERPETUAL, family(listing)
    largest = plain(listing.maximum_quantity / listing.contract_size)
    return {
        "alias": "",
        "auctionEndTime": "",
        "baseCcy": "" if is_swap else listing.base,
        "category": "1",
        "contTdSwTime": "",
        "ctMult": "1" if is_swap else "",
        "ctType": "linear" if is_swap else "",
        "ctVal": plain(listing.contract_size) if is_swap else "",
        "ctValCcy": listing.base if is_swap else "",
        "expTime": "",
        "instFamily": name if is_swap else "",
        "instId": instrument_id(listing),
        "instType": TYPES[listing.kind],
        "lever": str(listing.max_leverage) if is_swap else "",
        "listTime": str(LISTED_MS),
        "lotSz": size_text(listing, 1),
        "maxIcebergSz": largest,
        "maxLmtAmt": "20000000",
        "maxLmtSz": largest,
        "maxMktAmt": "" if is_swap else "1000000",
        "maxMktSz": largest if is_swap else "1000000",
        "maxStopSz": largest,
        "maxTriggerSz": largest,
        "maxTwapSz": largest,
        "minSz": size_text(listing, listing.minimum_lots),
        "openType": "",
        "optType": "",
        "quoteCcy": "" if is_swap else listing.quote,
        "ruleType": "normal",
        "settleCcy": SETTLED if is_swap else "",
        "state": "live" if pair.is_trading else "suspend",
        "stk": "",
        "tickSz": price_text(listing, 1),
        "tradeQuoteCcyList": [] if is_swap else [listing.quote],
        "uly": name if is_swap else "",
    }
