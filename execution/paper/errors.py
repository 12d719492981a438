"""Binance's error answers: code, message and HTTP status."""


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
MARKET_CLOSED = ApiError(-1013, "Market is closed.")
INSUFFICIENT = "Account has insufficient balance for requested action."
WOULD_TAKE = "Order would immediately match and take."
DUPLICATE = "Duplicate order sent."
UNKNOWN_CANCEL = ApiError(-2011, "Unknown order sent.")
UNKNOWN_ORDER = ApiError(-2013, "Order does not exist.")
