"""Let one other user pass through folders that are closed to it, and give nobody else anything.

Needed as root only: PostgreSQL refuses to run as root, and a clone may lie under /root or be made with a strict umask.
The right to pass (search, not list) is a POSIX access control entry for that one user id; other users gain nothing.
"""

import errno
import os
import stat
import struct
from pathlib import Path

from dipmaster.embedded.errors import EmbeddedError

_ATTRIBUTE = "system.posix_acl_access"
_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_VERSION = 2
_OWNER, _USER, _GROUP, _NAMED_GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_MASKED = (_USER, _GROUP, _NAMED_GROUP)
_NOBODY_IN_PARTICULAR = 0xFFFFFFFF
_SEARCH = 1

Entry = tuple[int, int, int]  # tag, permission bits, user or group id


def let_pass(path: Path, *, uid: int) -> tuple[Path, ...]:
    """Let `uid` reach `path` through each of its parents; return the folders that had to be opened for it."""
    closed = [folder for folder in reversed(path.resolve().parents) if not _passes(folder, uid=uid)]
    for folder in closed:
        _write(folder, _with_search(_read(folder), uid=uid))
    return tuple(closed)


def open_to_all(folder: Path) -> None:
    """Make a tree of public files (a wheel's programs) readable to everyone, as a loose umask would have left it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            executable = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(mode | (0o055 if executable else 0o044))


def _passes(folder: Path, *, uid: int) -> bool:
    status = folder.stat()
    if status.st_mode & stat.S_IXOTH or status.st_uid == uid:
        return True
    return any(tag == _USER and identity == uid and bits & _SEARCH for tag, bits, identity in _read(folder))


def _read(folder: Path) -> list[Entry]:
    """Return the folder's access control list, made from its mode when it has none."""
    try:
        raw = os.getxattr(folder, _ATTRIBUTE)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
        mode = folder.stat().st_mode
        anyone = _NOBODY_IN_PARTICULAR
        return [(_OWNER, mode >> 6 & 7, anyone), (_GROUP, mode >> 3 & 7, anyone), (_OTHER, mode & 7, anyone)]
    return list(_ENTRY.iter_unpack(raw[_HEADER.size :]))


def _with_search(entries: list[Entry], *, uid: int) -> list[Entry]:
    """Add search for `uid`, and a mask wide enough for it; the wider mask gives the other entries nothing new."""
    group = next(bits for tag, bits, _ in entries if tag == _GROUP)
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), group)
    kept = [
        (tag, bits & mask if tag in _MASKED else bits, identity)
        for tag, bits, identity in entries
        if tag != _MASK and (tag, identity) != (_USER, uid)
    ]
    added = [(_USER, _SEARCH, uid), (_MASK, mask | _SEARCH, _NOBODY_IN_PARTICULAR)]
    return sorted([*kept, *added], key=lambda entry: (entry[0], entry[2]))


def _write(folder: Path, entries: list[Entry]) -> None:
    try:
        os.setxattr(folder, _ATTRIBUTE, _HEADER.pack(_VERSION) + b"".join(_ENTRY.pack(*entry) for entry in entries))
    except OSError as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the user it runs as cannot pass through {folder} ({error.strerror}). "
            f"Put the project where every user may pass, or run it as an ordinary user, or allow it with: chmod o+x '{folder}'"
        ) from error
