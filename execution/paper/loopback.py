"""The paper exchange listens on this machine only."""

import ipaddress


class NotLoopbackError(ValueError):
    """Say that a paper address would leave this machine."""


def check_loopback(host: str) -> str:
    """Return the host when it is a loopback address.

    Raises:
        NotLoopbackError: it is another one.
    """
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopbackError(f"the paper exchange listens on loopback only, not on {host}")
    return host
