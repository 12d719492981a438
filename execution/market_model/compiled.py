"""How this package compiles its kernels."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _sources_stamp() -> tuple[str, int]:
    """Return what identifies the text of all kernels of this package together."""
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join(texts)).hexdigest(), len(texts)


_STAMP = _sources_stamp()


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel that other kernels call."""
    return cast(Kernel, numba.njit(function, nogil=True, error_model="numpy"))


def entry(function: Kernel) -> Kernel:
    """Compile a kernel that Python calls, and keep the machine code on disk.

    Numba looks only at the file of the entry itself when it judges whether a kept copy is still good; the kernels it
    calls sit in other files. Their text therefore belongs to the stamp, or an edited model would go on running as it was.
    """
    dispatcher = numba.njit(function, nogil=True, error_model="numpy", cache=True)
    dispatcher._cache._cache_file._source_stamp = _STAMP
    return cast(Kernel, dispatcher)
