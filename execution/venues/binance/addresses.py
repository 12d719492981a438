"""Where ccxt's binance is pointed: spot and USD-M of one venue below one address, everything else to paths that nobody serves."""

from typing import Any

_UNSERVED = (
    "sapiV2",
    "sapiV3",
    "sapiV4",
    "dapiPublic",
    "dapiPrivate",
    "dapiPrivateV2",
    "dapiData",
    "eapiPublic",
    "eapiPrivate",
    "fapiData",
    "papi",
    "papiV2",
)
_STREAMS_UNSERVED = ("margin", "inverse", "stock", "option", "optionMarket", "optionPrivate", "papi")
_VERSIONS = (("", "v1"), ("V2", "v2"), ("V3", "v3"))


def urls(base_url: str) -> dict[str, Any]:
    """Return the whole `urls` of ccxt's binance for a venue at `base_url`, so that no forgotten family reaches a real host."""
    rest = base_url.rstrip("/")
    futures = {f"fapi{rights}{suffix}": f"{rest}/fapi/{version}" for rights in ("Public", "Private") for suffix, version in _VERSIONS}
    return {
        "api": {
            "public": f"{rest}/api/v3",
            "private": f"{rest}/api/v3",
            "v1": f"{rest}/api/v1",
            "sapi": f"{rest}/sapi/v1",
            **futures,
            **{name: f"{rest}/unserved/{name}" for name in _UNSERVED},
            "ws": _streams(rest.replace("http", "ws", 1)),
        }
    }


def _streams(socket: str) -> dict[str, Any]:
    """Return the stream addresses.

    ccxt takes a stream for a spot one when its path holds "/stream", and puts "public", "market" or "private" before the "/ws"
    that ends the address of the linear one.
    """
    return {
        "spot": f"{socket}/stream/ws",
        "linear": f"{socket}/ws",
        **{name: f"{socket}/unserved/{name}" for name in _STREAMS_UNSERVED},
        "ws-api": {
            "spot": f"{socket}/ws-api/v3",
            "linear": f"{socket}/unserved/ws-api-linear",
            "inverse": f"{socket}/unserved/ws-api-inverse",
        },
    }


def options() -> dict[str, Any]:
    """Return the constructor options that make one ccxt object trade spot and USD-M, with one attempt per request."""
    return {
        "enableRateLimit": False,
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot", "linear"]},
            "fetchCurrencies": False,
            "fetchMargins": False,
            "fetchOpenOrders": {"warnWithoutSymbol": False},
            "maxRetriesOnFailure": 0,
        },
    }
