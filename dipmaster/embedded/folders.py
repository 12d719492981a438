"""Folders that one user owns and no other may enter, and those of installed wheels."""

import importlib.util
import os
import stat
from pathlib import Path

from dipmaster.embedded.account import Account
from dipmaster.embedded.errors import EmbeddedError


def private(folder: Path, *, account: Account) -> None:
    """Make `folder`, or check that it is one of ours: a stranger may have made it first when it lies in /tmp."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except PermissionError as error:
        raise EmbeddedError(f"{folder} cannot be made: {folder.parent} belongs to another user. {_ADVICE}") from error
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), account.uid):
        raise EmbeddedError(f"{folder} belongs to another user. {_ADVICE}")
    if status.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def wheel(package: str) -> Path:
    """Return the folder of an installed package without importing it: imports of these have side effects."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise EmbeddedError(f"The package {package} is not installed. Run: make setup")
    return Path(found.origin).resolve().parent


_ADVICE = "Remove it, or run the desk as that user, or set DIPMASTER_VAR to a folder of your own."
