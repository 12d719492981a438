"""Run a program that must not outlive its parent: `python attached.py PARENT_PID PROGRAM [ARGUMENT...]`.

A script on its own, importing nothing of the project, so that it costs milliseconds. On Linux the kernel sends SIGTERM when the parent
dies, also by kill -9; elsewhere the program just runs. The request survives the exec below.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the request
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main()
