"""USD-M's own codes and words for what it refuses."""

from execution.paper.gateways.binance.errors import INVALID_SYMBOL, UNKNOWN_CANCEL, ApiError
from execution.paper.refusals import Reason, Refused

BAD_PRECISION = ApiError(-1111, "Precision is over the maximum defined for this asset.")
NO_SUCH_LISTEN_KEY = ApiError(-1125, "This listenKey does not exist.")
_NOT_RECORDED = "The order will not be recorded in the order history"
FOK_REJECTED = ApiError(-5021, f"Due to the order could not be filled immediately, the FOK order has been rejected. {_NOT_RECORDED}")
_WOULD_TAKE = ApiError(-5022, f"Due to the order could not be executed as maker, the Post Only order will be rejected. {_NOT_RECORDED}")
_REFUSALS = {
    Reason.UNKNOWN_SYMBOL: INVALID_SYMBOL,
    Reason.DELISTED: ApiError(-4141, "Symbol is closed."),
    Reason.NOT_TRADING: ApiError(-4140, "Invalid symbol status for opening position."),
    Reason.PRICE_GRID: ApiError(-4014, "Price not increased by tick size."),
    Reason.PRICE_BAND: ApiError(-4016, "Price is higher than mark price multiplier cap."),
    Reason.QUANTITY_GRID: ApiError(-4023, "Qty not increased by step size."),
    Reason.QUANTITY_RANGE: ApiError(-4005, "Quantity greater than max quantity."),
    Reason.TOO_MANY_ORDERS: ApiError(-2025, "Reach max open order limit."),
    Reason.INSUFFICIENT: ApiError(-2019, "Margin is insufficient."),
    Reason.WOULD_TAKE: _WOULD_TAKE,
    Reason.DUPLICATE: ApiError(-4116, "ClientOrderId is duplicated."),
    Reason.REDUCE_ONLY: ApiError(-2022, "ReduceOnly Order is rejected."),
    Reason.UNKNOWN_ORDER: UNKNOWN_CANCEL,
    Reason.ORDER_ENDED: UNKNOWN_CANCEL,
    Reason.LEVERAGE: ApiError(-4028, "Invalid leverage"),
}


def refusal_of(refused: Refused) -> ApiError:
    """Say in USD-M's words what the core refused; those that name a figure are said where the figure is known."""
    return _REFUSALS[refused.reason]


def not_valid_leverage(leverage: int) -> ApiError:
    """Refuse a leverage."""
    return ApiError(-4028, f"Leverage {leverage} is not valid")


def below_notional(least: str) -> ApiError:
    """Refuse an order that is worth too little."""
    return ApiError(-4164, f"Order's notional must be no smaller than {least} (unless you choose reduce only).")


def beyond_band(*, is_buy: bool) -> ApiError:
    """Refuse a limit price too far from the mark price."""
    if is_buy:
        return ApiError(-4016, "Price is higher than mark price multiplier cap.")
    return ApiError(-4024, "Price is lower than mark price multiplier floor.")
