"""Which desk runs in a folder: `var/desk.lock` says whether, `var/desk.json` says where."""

import json
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from dipmaster.embedded.locks import AlreadyLockedError, exclusive

_PROBE_SECONDS = 1.0  # a second desk's look at the lock holds it for an instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDesk:
    """A desk that is ready: its supervisor's process id and its addresses."""

    pid: int
    address: str
    paper_url: str
    started_at: str


def hold(var: Path) -> AbstractContextManager[int]:
    """Hold the folder's lock while a desk runs there; AlreadyLockedError when one does."""
    return exclusive(var / "desk.lock", timeout_seconds=_PROBE_SECONDS)


def is_held(var: Path) -> bool:
    """Tell whether a desk runs there, or is starting; a killed one holds nothing."""
    if not (var / "desk.lock").exists():
        return False
    try:
        with exclusive(var / "desk.lock", timeout_seconds=0):
            return False
    except AlreadyLockedError:
        return True


def running(var: Path) -> RunningDesk | None:
    """Return the desk that is ready there, None while there is none."""
    path = var / "desk.json"
    if not is_held(var) or not path.exists():
        return None
    return RunningDesk(**json.loads(path.read_text()))


def write(var: Path, desk: RunningDesk) -> None:
    """Say where the desk is; replaced in one step, so that a reader never sees half of it."""
    unfinished = var / "desk.json.new"
    unfinished.write_text(json.dumps(asdict(desk), indent=1) + "\n")
    unfinished.replace(var / "desk.json")


def remove(var: Path) -> None:
    """Take the file away: nothing runs any more, or not yet."""
    (var / "desk.json").unlink(missing_ok=True)
