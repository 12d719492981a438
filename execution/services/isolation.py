"""One bad row never stops the others: a batch that fails is done again item by item, and what fails alone is told and left out."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R")


def one_by_one(items: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]], *, what: str) -> list[R]:
    """Return what `work` makes of all items or, when that fails, of each alone. It must be one transaction: all or nothing.

    Nothing is put off here: a row whose lease is not handed back is tried again when the lease has run out.

    Raises:
        OperationalError, InterfaceError: the database does not answer, which is no item's fault.
    """
    try:
        return list(work(items))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("failed_alone" if len(items) == 1 else "batch_failed", what=what, items=[str(item) for item in items])
    if len(items) == 1:
        return []
    return [result for item in items for result in one_by_one([item], work, what=what)]
