"""Binance's error answers: code, message and HTTP status, also for what the core refuses."""

from execution.paper.refusals import Reason, Refused


class ApiError(Exception):
    """Refuse a request the way Binance does."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, object]:
        """Return the JSON body of the refusal."""
        return {"code": self.code, "msg": self.message}


def missing(name: str) -> ApiError:
    """Refuse a request without a mandatory parameter."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def filter_failure(name: str) -> ApiError:
    """Refuse an order that fails one of the symbol's filters."""
    return ApiError(-1013, f"Filter failure: {name}")


def rejected(message: str) -> ApiError:
    """Refuse an order at the matching engine."""
    return ApiError(-2010, message)


INVALID_SYMBOL = ApiError(-1121, "Invalid symbol.")
UNKNOWN_CANCEL = ApiError(-2011, "Unknown order sent.")
UNKNOWN_ORDER = ApiError(-2013, "Order does not exist.")

_REFUSALS = {
    Reason.UNKNOWN_SYMBOL: INVALID_SYMBOL,
    Reason.DELISTED: INVALID_SYMBOL,
    Reason.NOT_TRADING: ApiError(-1013, "Market is closed."),
    Reason.PRICE_GRID: filter_failure("PRICE_FILTER"),
    Reason.PRICE_BAND: filter_failure("PERCENT_PRICE_BY_SIDE"),
    Reason.QUANTITY_GRID: filter_failure("LOT_SIZE"),
    Reason.QUANTITY_RANGE: filter_failure("LOT_SIZE"),
    Reason.NOTIONAL: filter_failure("NOTIONAL"),
    Reason.TOO_MANY_ORDERS: filter_failure("MAX_NUM_ORDERS"),
    Reason.INSUFFICIENT: rejected("Account has insufficient balance for requested action."),
    Reason.WOULD_TAKE: rejected("Order would immediately match and take."),
    Reason.DUPLICATE: rejected("Duplicate order sent."),
    Reason.UNKNOWN_ORDER: UNKNOWN_CANCEL,
    Reason.ORDER_ENDED: UNKNOWN_CANCEL,
}


def refusal_of(refused: Refused) -> ApiError:
    """Say in Binance's words what the core refused."""
    return _REFUSALS[refused.reason]
