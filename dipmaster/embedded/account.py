"""Which system user the embedded PostgreSQL runs as."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dipmaster.embedded.errors import EmbeddedError

SERVICE_USER = "dipmaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Tell whether this process already runs as the account."""
        return self.uid == os.geteuid()


def service_account(home: Path) -> Account:
    """Return the user whose PostgreSQL works in `home`.

    An ordinary user runs its own. Root may not run PostgreSQL: the folder's present owner does, else a system user made for it.
    """
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()))
    if home.exists() and home.stat().st_uid != 0:
        return _owner(home)
    try:
        return _account(pwd.getpwnam(SERVICE_USER))
    except KeyError:
        _create(SERVICE_USER)
    return _account(pwd.getpwnam(SERVICE_USER))


def _owner(home: Path) -> Account:
    uid = home.stat().st_uid
    try:
        return _account(pwd.getpwuid(uid))
    except KeyError as error:
        raise EmbeddedError(
            f"{home} belongs to user id {uid}, which does not exist on this machine. "
            f"Give it to one that does: chown -R {SERVICE_USER} '{home}' (after: useradd --system {SERVICE_USER})"
        ) from error


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _create(name: str) -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", name]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or error
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the system user {name!r} could not be made for it ({reason}). "
            "Make it by hand, or run the desk as an ordinary user, or set DATABASE_URL."
        ) from error
