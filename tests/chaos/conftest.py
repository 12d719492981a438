"""A whole desk to be knocked about, which ends with the tests that do so: beside others it would take their time."""

from collections.abc import Iterator

import pytest

from dipmaster.addresses import var_dir
from tests.live import LiveDesk, start


@pytest.fixture(scope="module")
def live_desk() -> Iterator[LiveDesk]:
    with start(var_dir() / "live") as running:
        yield running
