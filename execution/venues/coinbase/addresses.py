"""Where ccxt is pointed for Coinbase Advanced Trade, and what it is told to use of its two generations of API."""

from typing import Any


def urls(base_url: str) -> dict[str, Any]:
    """Return the whole of ccxt's `urls`: one REST address for /v2 and /api/v3, one socket for every channel."""
    rest = base_url.rstrip("/")
    return {"api": {"rest": rest, "ws": f"{rest.replace('http', 'ws', 1)}/ws"}}


def options() -> dict[str, Any]:
    """Return the constructor options: the newer API throughout, and market orders to buy that are sized in base currency."""
    return {
        "options": {
            "adjustForTimeDifference": False,  # the time in a token is this machine's, whatever ccxt has measured
            "createMarketBuyOrderRequiresPrice": False,
            "defaultType": "spot",
            "fetchBalance": "v3PrivateGetBrokerageAccounts",
            "fetchTime": "v3PublicGetBrokerageTime",
        },
    }
