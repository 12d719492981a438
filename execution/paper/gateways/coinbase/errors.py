"""Coinbase's refusals: of a call by HTTP status, of an order by HTTP 200 and `success: false`."""

from typing import Any

from execution.paper.refusals import Reason

UNKNOWN = "UNKNOWN_FAILURE_REASON"
REFUSALS = {
    Reason.UNKNOWN_SYMBOL: ("INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID", "the product is not known"),
    Reason.NOT_TRADING: ("TRADING_DISABLED", "PREVIEW_TRADING_DISABLED", "trading is disabled for the product"),
    Reason.DELISTED: ("UNTRADABLE_PRODUCT", "PREVIEW_UNTRADABLE_PRODUCT", "the product is not tradable"),
    Reason.PRICE_GRID: ("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION", "Too many decimals in order price"),
    Reason.PRICE_BAND: ("LIMIT_PRICE_TOO_FAR_FROM_MARKET", "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET", "the price is too far away"),
    Reason.QUANTITY_GRID: ("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION", "Too many decimals in order amount"),
    Reason.QUANTITY_RANGE: (UNKNOWN, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", "the size is outside the product's limits"),
    Reason.NOTIONAL: (UNKNOWN, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL", "the order is worth too little"),
    Reason.INSUFFICIENT: ("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND", "Insufficient balance in source account"),
    Reason.WOULD_TAKE: (
        "INVALID_LIMIT_PRICE_POST_ONLY",
        "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY",
        "the price of a post-only order would take",
    ),
    Reason.TOO_MANY_ORDERS: ("COMMANDER_REJECTED_NEW_ORDER", "UNKNOWN_PREVIEW_FAILURE_REASON", "too many open orders"),
    Reason.REDUCE_ONLY: (
        "REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS",
        "PREVIEW_REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS",
        "a spot order cannot be reduce-only",
    ),
}
NEW_ORDER_FAILURES = frozenset(name for names in REFUSALS.values() for name in names[:2]) | {
    "UNSUPPORTED_ORDER_CONFIGURATION",
    "DUPLICATE_CLIENT_ORDER_ID",
}


class ApiError(Exception):
    """Refuse a call; a body of text is sent as it is."""

    def __init__(self, status: int, body: dict[str, Any] | str) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class OrderFailure(Exception):
    """Refuse an order with the venue's own names."""

    def __init__(self, error: str, preview: str, message: str) -> None:
        super().__init__(message)
        self.error, self.preview, self.message = error, preview, message

    @classmethod
    def of(cls, reason: Reason) -> "OrderFailure":
        """Put the core's reason into the venue's names."""
        return cls(*REFUSALS[reason])

    def body(self, configuration: Any) -> dict[str, Any]:
        """Return the answer."""
        return {
            "success": False,
            "error_response": {
                "error": self.error,
                "message": self.message,
                "error_details": "",
                "preview_failure_reason": self.preview,
                "new_order_failure_reason": UNKNOWN,
            },
            "order_configuration": configuration,
        }


def call_error(status: int, name: str, message: str) -> ApiError:
    """Refuse a call of /api/v3; `name` is one of gRPC's."""
    return ApiError(status, {"error": name, "error_details": message, "message": message})


def invalid(message: str) -> ApiError:
    """Refuse a call with a wrong argument."""
    return call_error(400, "INVALID_ARGUMENT", message)


def unknown_order() -> ApiError:
    """Deny an order."""
    return call_error(404, "NOT_FOUND", "order with this orderID was not found")


def unauthorized() -> ApiError:
    """Refuse a token: the venue does not say what is wrong with it."""
    return ApiError(401, "Unauthorized\n")


def too_many() -> dict[str, Any]:
    """Return the body of a 429."""
    return {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}
