"""Where recordings are, if they are here."""

import sys
from pathlib import Path

import pytest

from analytics.lab.finding import NoData, data_folder


@pytest.fixture(scope="session")
def data() -> Path | None:
    """The folder of recorded market data; none, said aloud, where there is none."""
    try:
        return data_folder()
    except NoData as absent:
        sys.stderr.write(f"Nothing is compared with recordings: {absent}\n")
        return None
