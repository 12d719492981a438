"""Point ccxt at another place than the venue's own, whatever its tree of addresses looks like, and tell of addresses without secrets."""

import re
from typing import Any
from urllib.parse import urlsplit

_QUERY = re.compile(r"\?\S+")


def without_query(text: str) -> str:
    """Cut the queries off addresses: ccxt names them in its errors, and a signed one must reach no log and no page."""
    return _QUERY.sub("?...", text)


def moved(tree: Any, base_url: str) -> Any:
    """Return a tree of ccxt's addresses with every origin replaced by `base_url`; paths stay, sockets keep their scheme."""
    if isinstance(tree, str):
        return _moved_url(tree, base_url.rstrip("/"))
    if isinstance(tree, dict):
        return {name: moved(branch, base_url) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [moved(branch, base_url) for branch in tree]
    return tree


def _moved_url(url: str, base_url: str) -> str:
    """Move one address. A bare host name (ccxt's `hostnames`, also part of what is signed) becomes the new host and port."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return urlsplit(base_url).netloc
    _, slash, path = rest.partition("/")
    origin = base_url.replace("http", "ws", 1) if scheme.startswith("ws") else base_url
    return f"{origin}{slash}{path}"
