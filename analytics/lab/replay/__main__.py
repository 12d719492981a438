"""python -m analytics.lab.replay: what posting is worth on recorded books, beside an independent simulator's figures."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from analytics.lab.finding import YEAR, NoData, data_folder, sessions
from analytics.lab.replay.comparison import MARKETS, ORACLE, POLICIES, SIZES_BTC, WHOLE, compare
from analytics.lab.replay.report import as_json, table, tactics_json, tactics_table
from analytics.lab.replay.sources import open_recording
from analytics.lab.replay.tactics import ABLATIONS, CONTENDERS, compare_tactics
from analytics.lab.replay.tape import Tape
from execution.paper.recording import RecordingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Work the policies and print the table and the line `REPLAY {json}`, or `TACTICS {json}`; 2 when there is nothing to replay."""
    options = _parser().parse_args(arguments)
    try:
        told = _tactics(options) if options.tactics or options.ablations else _policies(options)
    except (NoData, RecordingError, ValueError) as error:
        _progress(str(error))
        return 2
    if not told:
        _progress("Nothing was worked: the recordings are shorter than an order and its end, 126 s.")
        return 2
    sys.stdout.write(told)
    return 0


def _policies(options: argparse.Namespace) -> str:
    rows = compare(
        _tapes(options),
        policies=(*POLICIES, *WHOLE) if options.whole else POLICIES,
        sizes=options.sizes,
        every_seconds=options.every,
        oracle={} if options.recording else ORACLE,
        tell=_progress,
    )
    return f"{table(rows)}\n{as_json(rows)}\n" if rows else ""


def _tactics(options: argparse.Namespace) -> str:
    contenders = (*CONTENDERS, *ABLATIONS) if options.ablations else CONTENDERS
    rows = compare_tactics(_tapes(options), sizes=options.sizes, every_seconds=options.every, contenders=contenders, tell=_progress)
    return f"{tactics_table(rows)}\n{tactics_json(rows)}\n" if rows else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analytics.lab.replay", description=__doc__)
    parser.add_argument("--recording", type=Path, nargs="+", help="Consecutive files of one symbol, instead of the data folder's.")
    parser.add_argument("--market", choices=sorted(MARKETS), default="spot", help="Whose fees the recording's are (usdm 2/5, spot 10/10).")
    parser.add_argument("--sizes", type=_size, nargs="+", default=list(SIZES_BTC), help="Sizes in BTC, or the recording's coin.")
    parser.add_argument("--every", type=_seconds, default=5.0, help="Seconds from one start time to the next.")
    parser.add_argument("--whole", action="store_true", help="Also join with the whole order at once.")
    parser.add_argument("--tactics", action="store_true", help="The product's tactics instead, at the fees of perpetuals and spot.")
    parser.add_argument("--ablations", action="store_true", help="The same, and the default tactic with each of its rules off in turn.")
    return parser


def _tapes(options: argparse.Namespace) -> list[Tape]:
    if options.recording:
        return [open_recording(options.recording, market=options.market)]
    found = [session for session in sessions(data_folder() / "hftbacktest") if session.market in MARKETS and YEAR in session.name]
    if not found:
        raise NoData(f"{data_folder()} has no recordings of spot or USD-M of 2024.")
    return [open_recording(session.paths, market=session.market) for session in found]


def _size(text: str) -> float:
    size = float(text)
    if not 0 < size < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no size")
    return size


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not from 0.1 to 3600 seconds")
    return seconds


def _progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
