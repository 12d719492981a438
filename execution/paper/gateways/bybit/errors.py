"""Bybit's refusals: a code and words in an answer whose HTTP status is 200.

Codes: https://bybit-exchange.github.io/docs/v5/error. Words: as the venue was seen to say them.
"""

from execution.paper.engine import Side
from execution.paper.listings import Kind, Listing
from execution.paper.orders import Request
from execution.paper.refusals import Reason


class ApiError(Exception):
    """Refuse a request the way Bybit does."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def parameter_error(message: str) -> ApiError:
    """Refuse a request with a parameter that is wrong or missing."""
    return ApiError(10001, message)


KEY_INVALID = ApiError(10003, "API key is invalid.")
SPOT: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (170121, "Invalid symbol."),
    Reason.NOT_TRADING: (170151, "The trading pair is not open yet."),
    Reason.DELISTED: (170157, "The trading pair is not available for api trading."),
    Reason.PRICE_GRID: (170134, "Order price has too many decimals."),
    Reason.QUANTITY_GRID: (170137, "Order quantity has too many decimals."),
    Reason.NOTIONAL: (170140, "Order value exceeded lower limit."),
    Reason.INSUFFICIENT: (170131, "Insufficient balance."),
    Reason.WOULD_TAKE: (170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    Reason.DUPLICATE: (170141, "Duplicate clientOrderId."),
    Reason.TOO_MANY_ORDERS: (170810, "Cannot exceed maximum of 500 conditional, TP/SL and active orders."),
    Reason.REDUCE_ONLY: (170227, "This feature is not supported."),
    Reason.UNKNOWN_ORDER: (170213, "Order does not exist."),
    Reason.ORDER_ENDED: (170142, "Order has been canceled."),
    Reason.LEVERAGE: (10001, "params error: Illegal category"),
}
LINEAR: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (10001, "params error: symbol invalid"),
    Reason.NOT_TRADING: (110066, "Trading is currently not allowed."),
    Reason.DELISTED: (10001, "params error: symbol invalid"),
    Reason.PRICE_GRID: (10001, "Price invalid"),
    Reason.PRICE_BAND: (110003, "Order price is out of permissible range"),
    Reason.QUANTITY_GRID: (10001, "Qty invalid"),
    Reason.INSUFFICIENT: (110007, "ab not enough for new order"),
    Reason.DUPLICATE: (110072, "OrderLinkedID is duplicate"),
    Reason.TOO_MANY_ORDERS: (110020, "Not allowed to have more than 500 active orders."),
    Reason.REDUCE_ONLY: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Reason.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
    Reason.ORDER_ENDED: (110010, "The order has been cancelled."),
    Reason.LEVERAGE: (110013, "cannot set leverage gt maxLeverage by risk limit"),
}


def refused(reason: Reason, kind: Kind) -> ApiError:
    """Return the refusal for a reason, in the words of spot or of linear perpetuals."""
    return ApiError(*(SPOT if kind is Kind.SPOT else LINEAR)[reason])


def order_refused(reason: Reason, listing: Listing, request: Request) -> ApiError:
    """Return the refusal of a new order; for some reasons the code depends on what was asked."""
    is_spot = listing.kind is Kind.SPOT
    if reason is Reason.QUANTITY_RANGE:
        is_small = request.quantity < listing.minimum_lots
        if is_spot:
            return ApiError(170136, "Order quantity lower than the minimum.") if is_small else ApiError(170135, "Order quantity too large.")
        limit = "minimum limit allowed" if is_small else "maximum limit allowed: too large"
        return parameter_error(f"The number of contracts exceeds {limit}")
    if reason is Reason.PRICE_BAND and is_spot:
        if request.side > 0:
            return ApiError(170193, "Buy order price cannot be higher than the limit.")
        return ApiError(170194, "Sell order price cannot be lower than the limit.")
    if reason is Reason.NOTIONAL and not is_spot:
        return ApiError(110094, f"Order does not meet minimum order value {listing.minimum_notional.normalize():f}{listing.quote}")
    return refused(reason, listing.kind)


def reduce_only_refused(lots: int, side: Side) -> ApiError:
    """Return the refusal of a reduce-only order of one side against a position of `lots`, negative when short."""
    code, message = LINEAR[Reason.REDUCE_ONLY]
    if lots * side > 0:
        return ApiError(code, "reduce-only order has same side with current position")
    return ApiError(code, "Reduce-only rule not satisfied" if lots else message)


def ended_refused(kind: Kind, *, is_filled: bool) -> ApiError:
    """Return the refusal to cancel an order that has ended."""
    if not is_filled:
        return refused(Reason.ORDER_ENDED, kind)
    if kind is Kind.SPOT:
        return ApiError(170139, "Order has been filled.")
    return ApiError(110008, "The order has been completed or cancelled.")
