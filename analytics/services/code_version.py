"""Which version of the program runs."""

import hashlib
import subprocess
from functools import cache

from dipmaster.addresses import BASE_DIR

_MEASURING = ("analytics/lab", "analytics/domain", "execution/domain", "execution/market_model", "dipmaster/domain")
"""What decides the figures of an experiment."""
_DIGITS = 8


@cache
def code_version() -> str:
    """Return the short commit; with what differs from it, or outside a repository, a digest of the code that measures."""
    commit = _git("rev-parse", f"--short={_DIGITS}", "HEAD")
    if commit and not _git("status", "--porcelain", "--", *_MEASURING):
        return commit
    return f"{commit}+{_digest()}" if commit else _digest()


def _digest() -> str:
    """Return a digest of the files that decide the figures."""
    digest = hashlib.sha256()
    for folder in _MEASURING:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:_DIGITS]


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=BASE_DIR, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
