"""Where ccxt's okx is pointed, and how one object serves spot and swaps."""

from typing import Any

ORDER_PATHS = ("/trade/order", "/trade/batch-orders", "/trade/amend-order", "/trade/amend-batch-orders")
"""The requests that take a deadline (OKX API guide, "Transaction timeouts")."""


def urls(base_url: str) -> dict[str, Any]:
    """Return the whole `urls` of ccxt's okx for a venue at `base_url`; ccxt adds `/api/v5/...` and `/public`, `/private`, `/business`."""
    rest = base_url.rstrip("/")
    return {"api": {"rest": rest, "ws": f"{rest.replace('http', 'ws', 1)}/ws/v5"}}


def options() -> dict[str, Any]:
    """Return the constructor options that make one ccxt object trade spot and swaps, sizes in base currency on spot.

    Swaps trade on cross margin, ccxt's default; asked for by name (`defaultMarginMode`) it would take spot orders for margin orders.
    """
    return {
        "enableRateLimit": False,
        "has": {"fetchCurrencies": False},  # a signed call that nobody needs, made before the clocks are compared
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot", "swap"]},
            "tgtCcy": "base_ccy",
            "createOrder": "privatePostTradeBatchOrders",
            "maxRetriesOnFailure": 0,
        },
    }


def deadline(method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
    """Return the header after whose time the venue refuses an order; nothing for other requests."""
    path = url.partition("?")[0]
    if method != "POST" or not path.endswith(ORDER_PATHS):
        return {}
    return {"expTime": str(now_ms + int(timeout_seconds * 1000))}
