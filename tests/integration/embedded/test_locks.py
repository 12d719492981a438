"""Locks between processes."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dipmaster.embedded.locks import AlreadyLockedError, exclusive

HOLD = """
import sys, time
from pathlib import Path
from dipmaster.embedded.locks import exclusive
with exclusive(Path(sys.argv[1]), timeout_seconds=0):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_is_held_by_one_process_and_free_when_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyLockedError, match="Another process"), exclusive(path, timeout_seconds=0.2):
            pass
        holder.kill()
    assert not psutil.pid_exists(holder.pid)
    with exclusive(path, timeout_seconds=0):
        pass
