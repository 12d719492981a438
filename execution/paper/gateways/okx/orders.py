"""Read an order as OKX's clients send it."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from execution.paper.engine import Duration, Side
from execution.paper.gateways.okx.errors import NO_SUCH_INSTRUMENT, SPOT_REDUCE_ONLY, UNSUPPORTED_MODE, ItemError, parameter_error
from execution.paper.gateways.okx.instruments import Instruments
from execution.paper.listings import ATOMS, Kind, Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity
from execution.paper.pair import Pair

CLIENT_ID = re.compile(r"^[A-Za-z0-9]{1,32}$")
TAG = re.compile(r"^[A-Za-z0-9]{0,16}$")
NUMBER = re.compile(r"^[0-9]{1,20}(\.[0-9]{1,20})?$")
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
DURATIONS = {"limit": Duration.GTC, "post_only": Duration.GTC, "ioc": Duration.IOC, "fok": Duration.FOK}
MARKET_TYPES = frozenset({"market", "optimal_limit_ioc"})
TRADE_MODES = {Kind.SPOT: "cash", Kind.PERPETUAL: "cross"}
QUOTE, BASE = "quote_ccy", "base_ccy"


def read_order(item: Mapping[str, Any], instruments: Instruments) -> Request:
    """Read one order.

    Raises:
        ItemError: a parameter is missing, unreadable or not served.
        Refused: price or size lies off the grid.
    """
    pair = instruments.find(str(item.get("instId", "")))
    if pair is None:
        raise ItemError(*NO_SUCH_INSTRUMENT)
    listing, order_type = pair.listing, str(item.get("ordType", ""))
    _check_modes(item, listing)
    side = SIDES.get(str(item.get("side", "")))
    if side is None:
        raise parameter_error("side")
    if order_type not in DURATIONS and not _is_market(order_type, listing):
        raise parameter_error("ordType")
    is_market = order_type in MARKET_TYPES
    in_quote = is_market and _is_in_quote(item, side, listing)
    size = read_number(item, "sz")
    return Request(
        symbol=listing.symbol,
        side=side,
        kind=OrderKind.MARKET if is_market else OrderKind.LIMIT,
        duration=Duration.IOC if is_market else DURATIONS[order_type],
        post_only=order_type == "post_only",
        reduce_only=_is_reduce_only(item, listing),
        price=0 if is_market else _price(item, listing),
        quantity=0 if in_quote and side is Side.BUY else _lots(size, in_quote, pair),
        quote_atoms=int(size * ATOMS) if in_quote and side is Side.BUY else 0,
        client_id=_client_id(item),
        note=_note(item, order_type, QUOTE if in_quote else BASE),
    )


def read_number(item: Mapping[str, Any], name: str) -> Decimal:
    """Read a positive number from a text or a JSON number.

    Raises:
        ItemError: it is none.
    """
    text = str(item.get(name, ""))
    if not NUMBER.match(text):
        raise parameter_error(name)
    return Decimal(text)


def read_note(note: str) -> Mapping[str, str]:
    """Return what was kept with an order: its type, the currency of its size and its tag."""
    kept: dict[str, str] = json.loads(note) if note else {}
    return {"ordType": "limit", "tgtCcy": "", "tag": "", **kept}


def _note(item: Mapping[str, Any], order_type: str, currency: str) -> str:
    tag = str(item.get("tag") or "")
    if not TAG.match(tag):
        raise parameter_error("tag")
    return json.dumps({"ordType": order_type, "tgtCcy": currency if order_type == "market" else "", "tag": tag})


def _check_modes(item: Mapping[str, Any], listing: Listing) -> None:
    """Allow cash on spot, and cross margin with net positions on swaps."""
    mode = item.get("tdMode")
    if mode not in {"cash", "cross", "isolated"}:
        raise parameter_error("tdMode")
    if mode != TRADE_MODES[listing.kind]:
        raise ItemError(*UNSUPPORTED_MODE)
    if item.get("posSide") not in (None, "", "net"):
        raise parameter_error("posSide")


def _is_market(order_type: str, listing: Listing) -> bool:
    return order_type == "market" or (order_type == "optimal_limit_ioc" and listing.kind is Kind.PERPETUAL)


def _is_in_quote(item: Mapping[str, Any], side: Side, listing: Listing) -> bool:
    """Tell whether a spot market order's size is in quote currency: by default a buy's is, a sell's is not."""
    if listing.kind is Kind.PERPETUAL:
        return False
    currency = item.get("tgtCcy") or (QUOTE if side is Side.BUY else BASE)
    if currency not in {QUOTE, BASE}:
        raise parameter_error("tgtCcy")
    return bool(currency == QUOTE)


def _is_reduce_only(item: Mapping[str, Any], listing: Listing) -> bool:
    value = item.get("reduceOnly", False)
    if value not in (True, False, "true", "false", "", None):
        raise parameter_error("reduceOnly")
    if value not in (True, "true"):
        return False
    if listing.kind is Kind.SPOT:
        raise ItemError(*SPOT_REDUCE_ONLY)
    return True


def _price(item: Mapping[str, Any], listing: Listing) -> int:
    if item.get("px") in (None, ""):
        raise ItemError("51204", "The price for the limit order cannot be empty.")
    return read_price(read_number(item, "px"), listing)


def _lots(size: Decimal, in_quote: bool, pair: Pair) -> int:
    """Return a size in lots; a sell for an amount of quote currency sells what that is worth at the best bid."""
    listing = pair.listing
    if not in_quote:
        return read_quantity(size * listing.contract_size, listing)
    quote = pair.quote()
    return int(size / listing.price(quote[0]) / listing.lot) if quote else 0


def _client_id(item: Mapping[str, Any]) -> str | None:
    value = item.get("clOrdId")
    if value in (None, ""):
        return None
    if not CLIENT_ID.match(str(value)):
        raise parameter_error("clOrdId")
    return str(value)
