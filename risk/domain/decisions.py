"""Answers of the risk gate."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why an order was not sent. The documentation table is generated from `MEANINGS`."""

    TRADING_DISABLED = "TRADING_DISABLED"
    ORDER_QUANTITY = "ORDER_QUANTITY"
    ORDER_NOTIONAL = "ORDER_NOTIONAL"
    PRICE_COLLAR = "PRICE_COLLAR"
    POSITION_SYMBOL = "POSITION_SYMBOL"
    POSITION_VENUE = "POSITION_VENUE"
    PARENT_QUANTITY = "PARENT_QUANTITY"
    NO_MARKET = "NO_MARKET"
    OVERFILL = "OVERFILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code says and what the reader can do about it."""

    cause: str
    remedy: str


MEANINGS: dict[RefusalCode, Meaning] = {
    RefusalCode.TRADING_DISABLED: Meaning(
        cause="Trading is switched off for the desk.",
        remedy="Ask the administrator to enable trading. Cancels and queries still work.",
    ),
    RefusalCode.ORDER_QUANTITY: Meaning(
        cause="The order is larger than the largest order allowed, in base currency.",
        remedy="Send a smaller order, or have the limit raised.",
    ),
    RefusalCode.ORDER_NOTIONAL: Meaning(
        cause="The order's value at the current mid is above the largest order allowed, in USD.",
        remedy="Send a smaller order, or have the limit raised.",
    ),
    RefusalCode.PRICE_COLLAR: Meaning(
        cause="The price is further from the mid than the collar allows, on the side that costs the desk money.",
        remedy="Move the price towards the mid, or have the collar widened.",
    ),
    RefusalCode.POSITION_SYMBOL: Meaning(
        cause="If everything working on this side filled, the desk's position in the symbol would pass its limit, in USD at the mid.",
        remedy="Send a smaller order, cancel working orders of the same side, or have the limit raised.",
    ),
    RefusalCode.POSITION_VENUE: Meaning(
        cause="A child order is larger than what its venue's position limit leaves.",
        remedy="Nothing while other venues have room: the router keeps below the limit. Else have it raised, or reduce the position there.",
    ),
    RefusalCode.PARENT_QUANTITY: Meaning(
        cause="A child order is larger than what its parent order may still send.",
        remedy="Nothing for the desk to do: the child was not sent. Report it, it points to a fault in DipMaster.",
    ),
    RefusalCode.NO_MARKET: Meaning(
        cause="No fresh price is at hand, so the order cannot be valued.",
        remedy="Send it again when market data is back.",
    ),
    RefusalCode.OVERFILL: Meaning(
        cause="A venue filled more than was ordered. The fill is recorded; the surplus is a breach, not a refusal.",
        remedy="Check the order at the venue and trade the surplus back if it is not wanted.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Leave to send `quantity`; the only way to a venue takes one of these."""

    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No leave, with a code and a reason in plain words."""

    code: RefusalCode
    reason: str


Decision = Approved | Refused


def refusal_table() -> str:
    """Return the Markdown table of every code, as docs/risk.md shows it."""
    rows = [f"| `{code}` | {MEANINGS[code].cause} | {MEANINGS[code].remedy} |" for code in RefusalCode]
    return "\n".join(["| code | what it says | what to do |", "|---|---|---|", *rows])
