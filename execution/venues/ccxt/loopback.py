"""Keep a paper venue's client on this machine."""

from collections.abc import Iterator
from typing import Any

from dipmaster.domain.loopback import is_loopback


class NotLoopback(ValueError):
    """A paper venue's address would leave this machine."""


def require_loopback(url: str) -> str:
    """Return `url` when its host is this machine.

    Raises:
        NotLoopback: it is another one.
    """
    if not is_loopback(url):
        raise NotLoopback(f"{url!r} is not a loopback address: a paper venue talks to this machine only")
    return url


def require_all_loopback(urls: Any) -> None:
    """Check every text in ccxt's tree of addresses; some exchanges keep bare host names in it, which are put into the others.

    Raises:
        NotLoopback: one of them is not loopback.
    """
    for url in _texts(urls):
        require_loopback(url if "/" in url else f"http://{url}")


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for branch in tree.values():
            yield from _texts(branch)
    elif isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from _texts(branch)
