"""What Binance's answers prove, spot and USD-M.

Sources: "Error codes for Binance" of the spot API (errors.md, 2025-01-09) and "Error Code" of the USDⓈ-M futures API
(developers.binance.com, docs/derivatives/usds-margined-futures/error-code). A code is listed only when its text says that the
request was refused before, or by, the matching engine. Left out on purpose, because the execution status stays open:
-1000 UNKNOWN, -1001 DISCONNECTED, -1006 UNEXPECTED_RESP ("execution status unknown"), -1007 TIMEOUT ("execution status
unknown"), -1008 SERVER_BUSY, -1010 ERROR_MSG_RECEIVED, -1016 SERVICE_SHUTTING_DOWN, -2020 UNABLE_TO_FILL (part of the order may
have filled), -4117 STOP_ORDER_TRIGGERING, and every 5xx.

Codes that mean one thing on spot and another on USD-M prove something in the listed words only.
"""

from execution.venues.ccxt.answers import json_object
from execution.venues.dialect import Refusal, Verdict

REFUSED_REQUEST = {
    -1002: "UNAUTHORIZED",
    -1013: "INVALID_MESSAGE",  # spot: "The request didn't reach the Matching Engine"
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
    -1108: "PARAM_OVERFLOW",  # USD-M: BAD_ASSET
    -1109: "BAD_ACCOUNT",
    -1111: "BAD_PRECISION",
    -1112: "NO_DEPTH",
    -1114: "TIF_NOT_REQUIRED",
    -1115: "INVALID_TIF",
    -1116: "INVALID_ORDER_TYPE",
    -1117: "INVALID_SIDE",
    -1118: "EMPTY_NEW_CL_ORD_ID",
    -1121: "BAD_SYMBOL",
    -1122: "INVALID_SYMBOL_STATUS",
    -1128: "OPTIONAL_PARAMS_BAD_COMBO",
    -1130: "INVALID_PARAMETER",
    -1136: "INVALID_NEW_ORDER_RESP_TYPE",
    -2014: "BAD_API_KEY_FMT",
    -2015: "REJECTED_MBX_KEY",
}
REFUSED_BY_USDM = {
    -2017: "API_KEYS_LOCKED",
    -2018: "BALANCE_NOT_SUFFICIENT",
    -2019: "MARGIN_NOT_SUFFICIEN",
    -2023: "USER_IN_LIQUIDATION",
    -2024: "POSITION_NOT_SUFFICIENT",
    -2025: "MAX_OPEN_ORDER_EXCEEDED",
    -2027: "MAX_LEVERAGE_RATIO",
    -2028: "MIN_LEVERAGE_RATIO",
    -4001: "PRICE_LESS_THAN_ZERO",
    -4002: "PRICE_GREATER_THAN_MAX_PRICE",
    -4003: "QTY_LESS_THAN_ZERO",
    -4004: "QTY_LESS_THAN_MIN_QTY",
    -4005: "QTY_GREATER_THAN_MAX_QTY",
    -4013: "PRICE_LESS_THAN_MIN_PRICE",
    -4014: "PRICE_NOT_INCREASED_BY_TICK_SIZE",
    -4015: "INVALID_CL_ORD_ID_LEN",
    -4016: "PRICE_HIGHTER_THAN_MULTIPLIER_UP",
    -4023: "QTY_NOT_INCREASED_BY_STEP_SIZE",
    -4024: "PRICE_LOWER_THAN_MULTIPLIER_DOWN",
    -4060: "INVALID_POSITION_SIDE",
    -4061: "POSITION_SIDE_NOT_MATCH",
    -4062: "REDUCE_ONLY_CONFLICT",
    -4087: "REDUCE_ONLY_ORDER_PERMISSION",
    -4088: "NO_PLACE_ORDER_PERMISSION",
    -4118: "REDUCE_ONLY_MARGIN_CHECK_FAILED",
    -4131: "MARKET_ORDER_REJECT",
    -4140: "INVALID_OPENING_POSITION_STATUS",
    -4141: "SYMBOL_ALREADY_CLOSED",
    -4164: "MIN_NOTIONAL",
    -4192: "COOLING_OFF_PERIOD",
    -4400: "TRADING_QUANTITATIVE_RULE",
    -4401: "LARGE_POSITION_SYM_RULE",
    -4402: "COMPLIANCE_BLACK_SYMBOL_RESTRICTION",
    -5021: "FOK_ORDER_REJECT",
    -5022: "GTX_ORDER_REJECT",
    -5028: "ME_RECVWINDOW_REJECT",
}
REFUSED_IN_THESE_WORDS = frozenset(
    {
        (-2010, "Market is closed."),
        (-2010, "Account has insufficient balance for requested action."),
        (-2010, "Market orders are not supported for this symbol."),
        (-2010, "Price * QTY is zero or less."),
        (-2010, "This action is disabled on this account."),
        (-2010, "This account may not place or cancel orders."),
        (-2010, "Unsupported order combination"),
        (-2010, "Order would immediately match and take."),
        (-2010, "This symbol is not permitted for this account."),
        (-2010, "This symbol is restricted for this account."),
        (-2010, "Rest API trading is not enabled."),
        (-2010, "Order book liquidity is less than LOT_SIZE filter minimum quantity."),
        (-2010, "Order book liquidity is less than MARKET_LOT_SIZE filter minimum quantity."),
        (-2010, "Order book liquidity is less than symbol minimum quantity."),
        (-2021, "Order would immediately trigger."),  # USD-M; on spot -2021 and -2022 tell of a failed cancel-and-replace
        (-2022, "ReduceOnly Order is rejected."),
        (-2026, "This OrderType is not supported when reduceOnly."),
    }
)
DUPLICATED_CLIENT_ORDER_ID = -4116
NO_SUCH_ORDER = -2013
IN_THESE_WORDS = {
    (-2010, "Duplicate order sent."): Verdict.DUPLICATE,  # the one message of -2010 that proves the opposite: the order is there
    (-2011, "Unknown order sent."): Verdict.NO_SUCH_ORDER,
    **dict.fromkeys(REFUSED_IN_THESE_WORDS, Verdict.NO_EFFECT),
}
BY_CODE = {
    **dict.fromkeys(REFUSED_REQUEST | REFUSED_BY_USDM, Verdict.NO_EFFECT),
    DUPLICATED_CLIENT_ORDER_ID: Verdict.DUPLICATE,
    NO_SUCH_ORDER: Verdict.NO_SUCH_ORDER,
    -1003: Verdict.RATE_LIMITED,  # TOO_MANY_REQUESTS
    -1015: Verdict.RATE_LIMITED,  # TOO_MANY_ORDERS
}
LIMITED_STATUSES = frozenset({418, 429})  # a ban, and the warning before it


def read_refusal(status: int, body: str) -> Refusal | None:
    """Return the refusal in an answer; none for 5xx and for whatever is not the venue's own words."""
    found = _code_and_message(body)
    if status in LIMITED_STATUSES:
        code, message = found or (status, "")
        return Refusal(code=str(code), message=message, verdict=Verdict.RATE_LIMITED)
    if not 400 <= status < 500 or status == 408 or found is None:
        return None
    verdict = IN_THESE_WORDS.get(found) or BY_CODE.get(found[0], Verdict.OPEN)
    return Refusal(code=str(found[0]), message=found[1], verdict=verdict)


def _code_and_message(body: str) -> tuple[int, str] | None:
    answer = json_object(body)
    if answer is None or type(answer.get("code")) is not int or not isinstance(answer.get("msg"), str):
        return None
    return answer["code"], answer["msg"]
