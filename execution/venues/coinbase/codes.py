"""What Coinbase's refusals prove.

Sources: the enums NewOrderFailureReason, PreviewFailureReason and CancelOrderFailureReason of the Advanced Trade API reference
(create-order, cancel-orders; read 2026), "Coinbase App rate limiting", and ccxt's coinbase.py 4.5.90 for the shapes. The venue
answers a refused order with HTTP 200 and `success: false`; its names are of checks made before an order is entered, the same
with and without PREVIEW_. Left out on purpose: UNKNOWN_FAILURE_REASON and UNKNOWN_PREVIEW_FAILURE_REASON alone,
PREVIEW_RISK_PROXY_FAILURE, PREVIEW_MISSING_COMMISSION_RATE and PREVIEW_MISSING_PRODUCT_PRICE_BOOK (something inside the venue
failed), and every 5xx.
"""

from collections.abc import Mapping
from typing import Any

from execution.venues.ccxt.answers import json_object
from execution.venues.dialect import Refusal, Verdict

REFUSED_ORDER = frozenset(
    {
        "BREACHED_PRICE_LIMIT",
        "BREACHED_RISK_LIMIT",
        "COMMANDER_REJECTED_NEW_ORDER",
        "COMPLIANCE_PURCHASE_LIMIT_EXCEEDED",
        "FOK_DISABLED",
        "FOK_ONLY_ALLOWED_ON_LIMIT_ORDERS",
        "GEOFENCING_RESTRICTION",
        "INELIGIBLE_PAIR",
        "INSUFFICIENT_FUND",
        "INSUFFICIENT_FUNDS",
        "INSUFFICIENT_LEDGER_BALANCE",
        "INVALID_BASE_SIZE_TOO_LARGE",
        "INVALID_BASE_SIZE_TOO_SMALL",
        "INVALID_LEDGER_BALANCE",
        "INVALID_LIMIT_PRICE",
        "INVALID_LIMIT_PRICE_POST_ONLY",
        "INVALID_LIMIT_PRICE_PRECISION",
        "INVALID_NO_LIQUIDITY",
        "INVALID_ORDER_CONFIG",
        "INVALID_PRICE_PRECISION",
        "INVALID_PRICE_TOO_LARGE",
        "INVALID_PRODUCT_ID",
        "INVALID_QUOTE_SIZE_PRECISION",
        "INVALID_QUOTE_SIZE_TOO_LARGE",
        "INVALID_QUOTE_SIZE_TOO_SMALL",
        "INVALID_REQUEST",
        "INVALID_SIDE",
        "INVALID_SIZE_PRECISION",
        "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY",
        "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL",
        "LIMIT_PRICE_TOO_FAR_FROM_MARKET",
        "NON_NUMERIC_ORDER_SIZE",
        "NOT_ALLOWED_BY_MARKET_STATE",
        "ORDER_ENTRY_DISABLED",
        "POST_ONLY_NOT_ALLOWED_WITH_FOK",
        "PRODUCT_TRADING_HALTED",
        "QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT",
        "REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS",
        "REDUCE_ONLY_NOT_ALLOWED_ON_VENUE",
        "TRADING_DISABLED",
        "UNSUPPORTED_ORDER_CONFIGURATION",
        "UNTRADABLE_PRODUCT",
    }
)
REFUSED_CALL = frozenset(
    {
        # "error" of /api/v3: gRPC's names for what is wrong with the call itself
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        # "errors[].id" of /v2
        "authentication_error",
        "expired_token",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "param_required",
        "revoked_token",
        "validation_error",
    }
)
NOT_OPEN = frozenset({"UNKNOWN_CANCEL_ORDER", "ORDER_IS_FULLY_FILLED", "COMMANDER_REJECTED_CANCEL_ORDER"})
CANCEL_UNDER_WAY = "DUPLICATE_CANCEL_REQUEST"
ORDER_NOT_FOUND = "order with this orderID was not found"
RATE_LIMITED = frozenset({418, 429})
UNAUTHORIZED = "Unauthorized"  # the whole body of a 401: no key, a bad signature, or a token that came after its end


def read_refusal(status: int, body: str) -> Refusal | None:
    """Return the venue's refusal in an answer; none for 5xx and for whatever is not the venue's own words."""
    if status in RATE_LIMITED:
        return Refusal(code="rate_limit_exceeded", message=body[:200], verdict=Verdict.RATE_LIMITED)
    if status == 401 and body.strip() == UNAUTHORIZED:
        return Refusal(code="UNAUTHORIZED", message="the venue refuses the key or the time of the request", verdict=Verdict.NO_EFFECT)
    if status >= 500 or status == 408:
        return None
    answer = json_object(body) or {}
    if status == 200:
        return _refused_order(answer) or refused_cancel(answer)
    return _refused_call(answer)


def refused_cancel(answer: Any) -> Refusal | None:
    """Read the one result of batch_cancel; none when the venue took the request to cancel, now or before."""
    results = answer.get("results") if isinstance(answer, Mapping) else None
    result = results[0] if isinstance(results, list) and results else None
    if not isinstance(result, Mapping) or result.get("success") is not False:
        return None
    code = str(result.get("failure_reason") or "")
    if code == CANCEL_UNDER_WAY:
        return None
    return Refusal(code=code, message=code, verdict=Verdict.NO_SUCH_ORDER if code in NOT_OPEN else Verdict.OPEN)


def is_cancel_taken(answer: Mapping[str, Any], order_id: str) -> bool:
    """Tell whether an answer that refuses nothing confirms the cancel of this very order."""
    results = answer.get("results")
    result = results[0] if isinstance(results, list) and results else None
    if not isinstance(result, Mapping) or result.get("order_id") != order_id:
        return False
    return result.get("success") is True or result.get("failure_reason") == CANCEL_UNDER_WAY


def _refused_order(answer: Mapping[str, Any]) -> Refusal | None:
    error = answer.get("error_response")
    if answer.get("success") is not False or not isinstance(error, Mapping):
        return None
    names = [str(error.get(name) or "") for name in ("new_order_failure_reason", "error", "preview_failure_reason")]
    code = next((name for name in names if name and not name.startswith("UNKNOWN_")), "UNKNOWN_FAILURE_REASON")
    message = str(error.get("message") or error.get("error_details") or code)
    return Refusal(code=code, message=message, verdict=_order_verdict(code))


def _order_verdict(code: str) -> Verdict:
    if code == "DUPLICATE_CLIENT_ORDER_ID":
        return Verdict.DUPLICATE
    return Verdict.NO_EFFECT if code.removeprefix("PREVIEW_") in REFUSED_ORDER else Verdict.OPEN


def _refused_call(answer: Mapping[str, Any]) -> Refusal | None:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], Mapping) else {}
    code, message = answer.get("error") or first.get("id"), answer.get("error_details") or answer.get("message") or first.get("message")
    if not isinstance(code, str):
        return None
    return Refusal(code=code, message=str(message or code), verdict=_call_verdict(code, str(message)))


def _call_verdict(code: str, message: str) -> Verdict:
    if message == ORDER_NOT_FOUND:
        return Verdict.NO_SUCH_ORDER
    if code in {"rate_limit_exceeded", "resource_exhausted"}:
        return Verdict.RATE_LIMITED
    return Verdict.NO_EFFECT if code in REFUSED_CALL else _order_verdict(code)
