"""Point ccxt's binance client at a paper venue, and nowhere else.

    client = ccxt.pro.binance({"apiKey": ..., "secret": ..., "urls": {"api": ccxt_urls(base_url, venue)}, **ccxt_options()})

`ccxt_urls` returns a complete replacement for `urls["api"]`: every REST family and every stream that ccxt knows is set,
the ones that the paper exchange does not serve to a path that answers 404, so that no forgotten one reaches a real host.
ccxt merges constructor options into its own description, hence also assign it once more after construction when another
piece of code may have changed it: `client.urls["api"] = ccxt_urls(...)`.
"""

from urllib.parse import urlsplit

from execution.paper.loopback import NotLoopbackError

_REST_UNSERVED = (
    "sapiV2",
    "sapiV3",
    "sapiV4",
    "dapiPublic",
    "dapiPrivate",
    "dapiPrivateV2",
    "dapiData",
    "eapiPublic",
    "eapiPrivate",
    "fapiPublic",
    "fapiPublicV2",
    "fapiPublicV3",
    "fapiPrivate",
    "fapiPrivateV2",
    "fapiPrivateV3",
    "fapiData",
    "papi",
    "papiV2",
)
_STREAMS_UNSERVED = ("margin", "linear", "inverse", "stock", "option", "optionMarket", "optionPrivate", "papi")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def ccxt_urls(base_url: str, venue: str) -> dict[str, object]:
    """Return the full `urls["api"]` of ccxt's binance for one venue of the paper exchange at `base_url`."""
    if urlsplit(base_url).hostname not in LOOPBACK:
        raise NotLoopbackError(f"{base_url} is not a loopback address")
    rest = f"{base_url.rstrip('/')}/{venue}"
    socket = rest.replace("http", "ws", 1)
    return {
        "public": f"{rest}/api/v3",
        "private": f"{rest}/api/v3",
        "v1": f"{rest}/api/v1",
        "sapi": f"{rest}/sapi/v1",
        **{name: f"{rest}/unserved/{name}" for name in _REST_UNSERVED},
        "ws": _stream_urls(socket),
    }


def _stream_urls(socket: str) -> dict[str, object]:
    """Return the stream addresses; ccxt takes a stream for a spot one only when its path contains "/stream"."""
    return {
        "spot": f"{socket}/stream/ws",
        **{name: f"{socket}/unserved/{name}" for name in _STREAMS_UNSERVED},
        "ws-api": {
            "spot": f"{socket}/ws-api/v3",
            "linear": f"{socket}/unserved/ws-api-linear",
            "inverse": f"{socket}/unserved/ws-api-inverse",
        },
    }


def ccxt_options() -> dict[str, object]:
    """Return the constructor options that keep ccxt to the spot endpoints and to one attempt per request."""
    return {
        "enableRateLimit": False,
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchCurrencies": False,
            "fetchMargins": False,
            "warnOnFetchOpenOrdersWithoutSymbol": False,
            "maxRetriesOnFailure": 0,
        },
    }
