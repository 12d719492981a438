"""python -m analytics.lab.signals: how well each signal foretells the mid of recorded BTC and ETH books over 1, 5 and 10 s."""

import argparse
import sys
from collections.abc import Sequence

from analytics.lab.finding import YEAR, NoData, Session, data_folder, sessions
from analytics.lab.replay.comparison import MARKETS
from analytics.lab.replay.sources import open_recording
from analytics.lab.signals.foretelling import Found, foretell
from analytics.lab.signals.report import as_json, table
from analytics.lab.signals.shown import Shown, shown_of
from execution.domain.signals.micro_price import MicroPrice, fit_micro_price
from execution.domain.signals.signal import BadInput
from execution.paper.recording import RecordingError

TUNED_ON = "_202407"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the recordings of the data folder and print the table and the line `SIGNALS {json}`; 2 when there is nothing to measure."""
    argparse.ArgumentParser(prog="python -m analytics.lab.signals", description=__doc__).parse_args(arguments)
    try:
        found = _measure([one for one in sessions(data_folder() / "hftbacktest") if one.market in MARKETS and YEAR in one.name])
    except (NoData, RecordingError, BadInput) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not found:
        sys.stderr.write("Nothing was measured: there are no recordings of spot or USD-M of 2024, or they are too short.\n")
        return 2
    sys.stdout.write(f"{table(found)}\n{as_json(found)}\n")
    return 0


def _measure(recorded: Sequence[Session]) -> list[Found]:
    """Measure each market's July (which the micro-price is fitted on) and August apart, the coins together."""
    shown = {one.name: shown_of(open_recording(one.paths, market=one.market)) for one in recorded}
    fitted = {(one.market, one.symbol): _fit(shown[one.name]) for one in recorded if TUNED_ON in one.name}
    groups: dict[str, list[tuple[Shown, MicroPrice | None]]] = {}
    for one in recorded:
        month = "July 2024 (tuned on)" if TUNED_ON in one.name else "August 2024"
        groups.setdefault(f"{MARKETS[one.market]}, {month}", []).append((shown[one.name], fitted.get((one.market, one.symbol))))
    return [line for name, members in groups.items() for line in foretell(name, members)]


def _fit(shown: Shown) -> MicroPrice:
    return fit_micro_price(shown.quotes, tick=shown.tick)


if __name__ == "__main__":
    sys.exit(main())
