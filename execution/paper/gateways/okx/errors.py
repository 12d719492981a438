"""OKX's error codes: of requests (in `code`) and of orders (in `data[].sCode`)."""

from typing import Any

from execution.paper.listings import Kind
from execution.paper.refusals import Reason

Json = dict[str, Any]


class ApiError(Exception):
    """A request that is refused as a whole."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status = code, message, status

    def body(self) -> Json:
        """Return the answer."""
        return {"code": self.code, "data": [], "msg": self.message}


class AuthError(ApiError):
    """A key, signature or time that is not accepted: such answers carry no data."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, 401)

    def body(self) -> Json:
        """Return the answer."""
        return {"msg": self.message, "code": self.code}


class ItemError(Exception):
    """One order of a request that is refused."""

    def __init__(self, code: str, message: str, sub_code: str = "") -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.sub_code = code, message, sub_code


def parameter_error(name: str) -> ItemError:
    """Return the error of an order's parameter that cannot be read."""
    return ItemError("51000", f"Parameter {name} error")


Words = tuple[str, str]
NO_SUCH_INSTRUMENT: Words = ("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
NOT_CANCELLED: Words = ("51400", "Order cancellation failed as the order has been filled, canceled or does not exist.")
UNSUPPORTED_MODE: Words = ("51010", "Request unsupported under current account mode")
SPOT_REDUCE_ONLY: Words = ("51205", "Reduce Only is not available.")
PAST_DEADLINE: Words = ("50036", "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.")
NO_SUCH_ORDER: Words = ("51603", "Order does not exist")
TOO_SMALL: Words = ("51020", "Your order should meet or exceed the minimum order amount.")
TOO_LARGE: Words = ("51005", "Your order amount exceeds the max order amount.")
TOO_MANY_CONTRACTS: Words = ("51101", "Order failed, the sz of the current order exceeds the largest.")
NOTHING_TO_REDUCE: Words = (
    "51169",
    "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
)
WOULD_ADD: Words = ("51170", "Failed to place order. A reduce-only order can't be the same trading direction as your existing positions.")
CLOSES_TOO_MUCH: Words = ("51112", "Close order size exceeds available size for this position.")

_BY_REASON = {
    Reason.UNKNOWN_SYMBOL: NO_SUCH_INSTRUMENT,
    Reason.NOT_TRADING: ("51022", "Contract suspended."),
    Reason.DELISTED: ("51087", "Listing canceled for this crypto"),
    Reason.PRICE_GRID: ("51150", "The precision of the number of trades or the price exceeds the limit."),
    Reason.QUANTITY_GRID: ("51121", "Order quantity must be a multiple of the lot size."),
    Reason.QUANTITY_RANGE: TOO_SMALL,
    Reason.NOTIONAL: TOO_SMALL,
    Reason.DUPLICATE: ("51016", "Client order ID already exists."),
    Reason.TOO_MANY_ORDERS: ("51025", "Order count exceeds the limit."),
    Reason.UNKNOWN_ORDER: NOT_CANCELLED,
    Reason.ORDER_ENDED: NOT_CANCELLED,
    Reason.REDUCE_ONLY: NOTHING_TO_REDUCE,
    Reason.LEVERAGE: ("59102", "Leverage exceeds the maximum limit. Please lower the leverage."),
}


def item_error(reason: Reason, kind: Kind, currency: str = "USDT") -> ItemError:
    """Return OKX's words for a refusal by the core; `currency` is what was insufficient."""
    is_spot = kind is Kind.SPOT
    if reason is Reason.INSUFFICIENT:
        what, sub_code = ("balance", "1000") if is_spot else ("margin", "1001")
        return ItemError("51008", f"Order failed. Insufficient {currency} {what} in account", sub_code)
    if reason is Reason.PRICE_BAND:
        return ItemError("51137" if is_spot else "51006", "Order price is not within the price limit")
    return ItemError(*_BY_REASON[reason])
