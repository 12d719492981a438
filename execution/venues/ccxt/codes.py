"""Which answers of Binance prove that a request had no effect.

Source: Binance spot API documentation, "Error codes for Binance" (errors.md, 2025-01-09). A code is on a list only when the
text says that the request was refused before, or by, the matching engine. Left out on purpose, because the execution status
stays open: -1000 UNKNOWN, -1001 DISCONNECTED, -1003 TOO_MANY_REQUESTS, -1006 UNEXPECTED_RESP ("execution status unknown"),
-1007 TIMEOUT ("execution status unknown"), -1008 SERVER_BUSY, -1015 TOO_MANY_ORDERS, -1016 SERVICE_SHUTTING_DOWN, and every 5xx.
"""

import json
from dataclasses import dataclass

REFUSED_REQUEST = {
    -1002: "UNAUTHORIZED",
    -1013: "INVALID_MESSAGE",  # "The request didn't reach the Matching Engine"
    -1014: "UNKNOWN_ORDER_COMPOSITION",
    -1020: "UNSUPPORTED_OPERATION",
    -1021: "INVALID_TIMESTAMP",
    -1022: "INVALID_SIGNATURE",
    -1100: "ILLEGAL_CHARS",
    -1101: "TOO_MANY_PARAMETERS",
    -1102: "MANDATORY_PARAM_EMPTY_OR_MALFORMED",
    -1103: "UNKNOWN_PARAM",
    -1104: "UNREAD_PARAMETERS",
    -1105: "PARAM_EMPTY",
    -1106: "PARAM_NOT_REQUIRED",
    -1108: "PARAM_OVERFLOW",
    -1111: "BAD_PRECISION",
    -1112: "NO_DEPTH",
    -1114: "TIF_NOT_REQUIRED",
    -1115: "INVALID_TIF",
    -1116: "INVALID_ORDER_TYPE",
    -1117: "INVALID_SIDE",
    -1118: "EMPTY_NEW_CL_ORD_ID",
    -1121: "BAD_SYMBOL",
    -1128: "OPTIONAL_PARAMS_BAD_COMBO",
    -1130: "INVALID_PARAMETER",
    -2014: "BAD_API_KEY_FMT",
    -2015: "REJECTED_MBX_KEY",
}
NEW_ORDER_REJECTED = -2010
DUPLICATE = "Duplicate order sent."  # the one message of -2010 that proves the opposite: the order is there
REFUSED_BY_MATCHING_ENGINE = frozenset(
    {
        "Market is closed.",
        "Account has insufficient balance for requested action.",
        "Market orders are not supported for this symbol.",
        "Price * QTY is zero or less.",
        "This action is disabled on this account.",
        "This account may not place or cancel orders.",
        "Unsupported order combination",
        "Order would immediately match and take.",
        "This symbol is not permitted for this account.",
        "This symbol is restricted for this account.",
        "Rest API trading is not enabled.",
        "Order book liquidity is less than LOT_SIZE filter minimum quantity.",
        "Order book liquidity is less than MARKET_LOT_SIZE filter minimum quantity.",
        "Order book liquidity is less than symbol minimum quantity.",
    }
)
CANCEL_REJECTED = -2011
UNKNOWN_ORDER = "Unknown order sent."
NO_SUCH_ORDER = -2013


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The venue's own code and words."""

    code: int
    message: str

    @property
    def proves_no_order(self) -> bool:
        """Tell whether an order request that was answered so had no effect."""
        if self.code == NEW_ORDER_REJECTED:
            return self.message in REFUSED_BY_MATCHING_ENGINE
        return self.code in REFUSED_REQUEST

    @property
    def is_duplicate(self) -> bool:
        """Tell whether the venue holds an open order of the same id."""
        return self.code == NEW_ORDER_REJECTED and self.message == DUPLICATE

    @property
    def is_unknown_order(self) -> bool:
        """Tell whether the venue has no such open order to cancel; it may have ended."""
        return (self.code == CANCEL_REJECTED and self.message == UNKNOWN_ORDER) or self.code == NO_SUCH_ORDER

    @property
    def is_no_such_order(self) -> bool:
        """Tell whether the venue answered a query with "Order does not exist"."""
        return self.code == NO_SUCH_ORDER


def read_refusal(status: int, body: str) -> Refusal | None:
    """Return the refusal in an answer; none for 5xx, for rate limits and for whatever is not the venue's own words."""
    if not 400 <= status < 500 or status in {408, 418, 429}:
        return None
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or type(answer.get("code")) is not int or not isinstance(answer.get("msg"), str):
        return None
    return Refusal(code=answer["code"], message=answer["msg"])
