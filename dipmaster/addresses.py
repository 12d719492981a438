"""Where the desk's files and embedded services are.

Deterministic and free of side effects: nothing is started here (see `dipmaster.embedded`).
"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent
FEED_HEARTBEAT_KEY = "feed:heartbeat"  # in Redis: the Unix time of the feed's last sign of life
_SOCKET_PATH_LIMIT = 90  # a Unix socket's path holds 107 bytes, file name included
_PLAIN_PATH = re.compile(r"[\w/.-]+", re.ASCII)  # others need quoting, each program in its own way


def var_dir() -> Path:
    """Return the folder for everything the desk writes: DIPMASTER_VAR, else `var/` beside manage.py."""
    return Path(os.environ.get("DIPMASTER_VAR") or BASE_DIR / "var").resolve()


def socket_dir(var: Path) -> Path:
    """Return the folder of the Unix sockets: below `var`, or a short one in /tmp when that path is too long for a socket or not plain."""
    inside = var / "run"
    if len(str(inside)) <= _SOCKET_PATH_LIMIT and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    # Not TMPDIR: every process must come to the same answer, whatever its environment.
    return Path("/tmp") / f"dipmaster-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}"  # noqa: S108


def database_url(var: Path) -> str:
    """Return DATABASE_URL, else the address of the embedded PostgreSQL."""
    return os.environ.get("DATABASE_URL") or f"postgresql://postgres@/dipmaster?host={quote(str(socket_dir(var)), safe='')}"


def redis_url(var: Path) -> str:
    """Return REDIS_URL, else the address of the embedded Redis."""
    return os.environ.get("REDIS_URL") or f"unix://{socket_dir(var) / 'redis.sock'}"
