"""The token that every signed request of Coinbase's carries, with a beginning and an end of our own.

ccxt's tokens begin by this machine's clock and last two minutes, during which an order that was given up may still arrive. Ours
begin and end by the venue's clock as far as it is known: what changes something may arrive from one time-out before it was signed
to one after it, so that clocks which are further apart have the request refused instead of making it last longer.
"""

import secrets
from math import ceil, floor
from typing import Any
from urllib.parse import urlsplit

OPEN_TO_ALL = ("/brokerage/market/", "/brokerage/time")
READ_SECONDS = 30.0


def authorization(exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
    """Return the header of a request; none for what is told to everybody."""
    if "/brokerage/" not in url or any(path in url for path in OPEN_TO_ALL):
        return {}
    now, window = now_ms / 1000, READ_SECONDS if method == "GET" else timeout_seconds
    where = urlsplit(url)
    token = sign(exchange, begin=floor(now - window), end=ceil(now + window), uri=f"{method} {where.netloc}{where.path}")
    return {"Authorization": f"Bearer {token}"}


def socket_token(exchange: Any) -> str:
    """Return the token of one message on a socket, which is for no request."""
    now = exchange.seconds()
    return sign(exchange, begin=floor(now - READ_SECONDS), end=ceil(now + READ_SECONDS))


def sign(exchange: Any, *, begin: int, end: int, uri: str = "") -> str:
    """Return a token (RFC 7519, ES256) for one request, valid from `begin` to before `end`, in seconds since 1970."""
    claims = {"iss": "cdp", "sub": exchange.apiKey, "nbf": begin, "exp": end, **({"uri": uri} if uri else {})}
    header = {"kid": exchange.apiKey, "nonce": secrets.token_hex(16), "alg": "ES256"}
    return str(exchange.jwt(claims, exchange.encode(exchange.secret), "sha256", False, header))
