"""Where recordings are, if they are here."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("MARKET_DATA", Path(__file__).parents[6] / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path | None:
    """The folder of recorded market data; none, said aloud, where there is none."""
    if DATA.is_dir():
        return DATA
    print(f"no recorded market data at {DATA}: what is compared with recordings is not compared (MARKET_DATA names another folder)")
    return None
