"""Which TCP ports on loopback are free."""

import errno
import socket

from dipmaster.embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"
_ATTEMPTS = 100


def choose(wanted: int) -> int:
    """Return `wanted` if it is free, else the next free one above it; 0 means any."""
    for port in range(wanted, wanted + _ATTEMPTS):
        found = _bind(port)
        if found is not None:
            return found
    raise EmbeddedError(f"None of the ports {wanted} to {wanted + _ATTEMPTS - 1} is free. Choose another with PORT.")


def accepts(port: int) -> bool:
    """Tell whether something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _bind(port: int) -> int | None:
    """Return the port that could be bound; None when another program has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return None
            raise
        return int(probe.getsockname()[1])
