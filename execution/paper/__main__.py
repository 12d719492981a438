"""Start the paper exchange: python -m execution.paper --port 8900 --seed 7 --state-dir var/paper."""

import argparse
import sys
from pathlib import Path

import uvloop

from execution.paper.exchange import ApiKey, Settings
from execution.paper.loopback import check_loopback
from execution.paper.profiles import VENUES, FeeAsset
from execution.paper.recording import RecordingError
from execution.paper.server import serve

DEFAULT_ACCOUNT = "paper-key:paper-secret"


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    options = argparse.ArgumentParser(
        prog="python -m execution.paper", description="A paper exchange on loopback, speaking the venues' own protocols."
    )
    options.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    options.add_argument("--port", type=int, default=8900, help="port, 0 picks a free one")
    options.add_argument("--seed", type=int, default=7, help="seed of the market model")
    options.add_argument("--state-dir", type=Path, default=Path("var/paper"), help="directory of the journals")
    options.add_argument(
        "--account",
        action="append",
        metavar="KEY:SECRET[:withdraw]",
        help=f"API key and secret, and whether it may withdraw; repeatable (default {DEFAULT_ACCOUNT})",
    )
    options.add_argument("--replay", nargs="+", type=Path, default=[], metavar="FILE", help="recorded messages to use as the market")
    options.add_argument("--replay-venue", choices=sorted(VENUES), default="binance", help="venue of the recording")
    options.add_argument("--speed", type=float, default=1.0, help="multiple of the recorded speed")
    options.add_argument(
        "--fee-asset", action="append", default=[], metavar="VENUE=quote|received", help="asset that a venue takes its commission in"
    )
    return options


def read_settings(arguments: list[str]) -> tuple[Settings, str, int]:
    """Return settings, host and port from the command line."""
    options = parser()
    chosen = options.parse_args(arguments)
    accounts = dict(_read_account(item, options) for item in chosen.account or [DEFAULT_ACCOUNT])
    if chosen.speed <= 0:
        options.error("--speed must be positive")
    for path in chosen.replay:
        if not path.is_file():
            options.error(f"{path} does not exist")
    try:
        fees = {name: FeeAsset(asset) for name, _, asset in (item.partition("=") for item in chosen.fee_asset)}
        host = check_loopback(chosen.host)
    except ValueError as error:  # an unknown fee asset, or a host beyond loopback
        options.error(str(error))
    settings = Settings(
        state_dir=chosen.state_dir,
        seed=chosen.seed,
        accounts=accounts,
        replay=tuple(chosen.replay),
        replay_venue=chosen.replay_venue,
        speed=chosen.speed,
        fee_assets=fees,
    )
    return settings, host, chosen.port


def _read_account(text: str, options: argparse.ArgumentParser) -> tuple[str, ApiKey]:
    key, secret, *rights = text.split(":")[:3] if text.count(":") in {1, 2} else ("", "")
    if not key or not secret or rights not in ([], ["withdraw"]):
        options.error("--account takes KEY:SECRET or KEY:SECRET:withdraw")
    return key, ApiKey(secret=secret, can_withdraw=bool(rights))


def main() -> None:
    """Run until told to stop."""
    settings, host, port = read_settings(sys.argv[1:])
    try:
        uvloop.run(serve(settings, host=host, port=port))
    except RecordingError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
