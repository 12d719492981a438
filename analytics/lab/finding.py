"""Find what was recorded: which files there are, of which symbol. Nothing is read here, and nothing loaded that reads."""

import os
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from dipmaster.addresses import var_dir

FOLDER_VARIABLE = "DIPMASTER_DATA"
BESIDE_THE_PROJECT = Path(__file__).resolve().parents[3] / "shared" / "data"
YEAR = "_2024"
CANDLE_FILES = "binance_usdm_{symbol}usdt_2025*_1m.parquet"
"""The year whose candles the model's volatility was calibrated on."""
_SUFFIXES = {"spot": "", "usdm": "-PERP"}
_NAMED = re.compile(r"^binance_(?P<market>spot|usdm|cm)_(?P<symbol>[a-z0-9_]+)_(?P<day>\d{8})\.jsonl\.gz$")
_OWN = re.compile(r"^(?P<name>[A-Za-z0-9_][A-Za-z0-9_-]{0,59})\.jsonl(\.gz)?$")


class NoData(FileNotFoundError):
    """The recordings are not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Consecutive files of one symbol: one recording."""

    market: str
    symbol: str
    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Return the name of its first file without endings."""
        return self.paths[0].name.partition(".")[0]


def data_folder() -> Path:
    """Return the folder of recorded data: the environment's DIPMASTER_DATA, else shared/data beside the project.

    Raises:
        NoData: there is none.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE, BESIDE_THE_PROJECT))
    if not (folder / "hftbacktest").is_dir():
        raise NoData(f"There are no recordings in {folder}: name a folder that has hftbacktest/ in it with {FOLDER_VARIABLE}.")
    return folder


def sessions(folder: Path) -> tuple[Session, ...]:
    """Return the recordings of a folder of Binance files, consecutive days of one symbol joined."""
    found: list[Session] = []
    last: tuple[str, str, date] | None = None
    named = sorted(
        (match["market"], match["symbol"], match["day"], path) for path in folder.iterdir() if (match := _NAMED.match(path.name))
    )
    for market, symbol, text, path in named:
        day = date.fromisoformat(text)
        if last == (market, symbol, day - timedelta(days=1)):
            found[-1] = Session(market=market, symbol=found[-1].symbol, paths=(*found[-1].paths, path))
        else:
            found.append(Session(market=market, symbol=symbol.upper(), paths=(path,)))
        last = (market, symbol, day)
    return tuple(found)


def recorded_sessions() -> dict[str, list[Session]]:
    """Return the recordings of the data folder that experiments run on, by symbol: BTCUSDT, BTCUSDT-PERP.

    Raises:
        NoData: there is no data folder.
    """
    found: dict[str, list[Session]] = {}
    for session in sessions(data_folder() / "hftbacktest"):
        if session.market in _SUFFIXES and YEAR in session.name:
            found.setdefault(session.symbol + _SUFFIXES[session.market], []).append(session)
    return found


def candle_files(symbol: str) -> list[Path]:
    """Return the files of a symbol's one-minute candles.

    Raises:
        NoData: there is no data folder.
    """
    return sorted((data_folder() / "candles_1m").glob(CANDLE_FILES.format(symbol=symbol.lower())))


def own_folder() -> Path:
    """Return where `manage.py record` keeps what a desk records."""
    return var_dir() / "recordings"


def own_recordings() -> dict[str, Path]:
    """Return the desk's own recordings by name, the file's name without its endings; files of other kinds or names are none."""
    folder = own_folder()
    if not folder.is_dir():
        return {}
    return {match["name"]: path for path in sorted(folder.iterdir()) if (match := _OWN.match(path.name)) and path.is_file()}
