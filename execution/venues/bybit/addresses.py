"""Where ccxt's bybit is pointed: one host for REST, one path below it for each stream."""

from typing import Any

PUBLIC_STREAMS = {"spot": "/v5/public/spot", "linear": "/v5/public/linear"}
PRIVATE_STREAM = "/v5/private"


def urls(base_url: str) -> dict[str, Any]:
    """Return every address that ccxt's bybit may use, for a venue at `base_url`; what is not traded leads to a path that answers 404."""
    rest = base_url.rstrip("/")
    socket = "ws" + rest.removeprefix("http")
    return {
        "api": {
            "public": rest,
            "private": rest,
            **{name: f"{rest}/unserved/{name}" for name in ("spot", "futures", "v2")},
            "ws": {
                "public": {
                    **{kind: f"{socket}{path}" for kind, path in PUBLIC_STREAMS.items()},
                    **{kind: f"{socket}/unserved/{kind}" for kind in ("inverse", "option")},
                },
                "private": {
                    "spot": {"unified": f"{socket}{PRIVATE_STREAM}", "nonUnified": f"{socket}/unserved/private"},
                    "contract": f"{socket}{PRIVATE_STREAM}",
                    "usdc": f"{socket}/unserved/usdc",
                    "trade": f"{socket}/unserved/trade",
                },
            },
        }
    }


def options() -> dict[str, Any]:
    """Return the constructor options: what is traded, and the kind of account, so that ccxt does not ask for it before each order."""
    return {
        "has": {"fetchCurrencies": False},  # networks and fees of withdrawals: asked for with a key, and never needed
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot", "linear"]},
            "enableUnifiedMargin": False,
            "enableUnifiedAccount": True,
            "fetchOrder": {"acknowledged": True},
            "maxRetriesOnFailure": 0,
        },
    }
