"""`python -m dipmaster.embedded start|stop|status`."""

import argparse
import sys

from dipmaster.addresses import var_dir
from dipmaster.embedded import services
from dipmaster.embedded.errors import EmbeddedError


def main(arguments: list[str]) -> int:
    """Run one of the three; status answers 0 when both services answer, else 1."""
    parser = argparse.ArgumentParser(prog="python -m dipmaster.embedded", description="PostgreSQL and Redis from pip wheels, under var/.")
    parser.add_argument("action", choices=["start", "stop", "status"])
    action = parser.parse_args(arguments).action
    try:
        if action == "start":
            services.start(var_dir())
        elif action == "stop":
            services.stop(var_dir())
        return _print_status(expected=action != "stop")
    except EmbeddedError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1


def _print_status(*, expected: bool) -> int:
    lines = services.status(var_dir())
    for line in lines:
        kind = "embedded" if line.is_embedded else "not ours"
        print(f"{line.service:<11} {'answers' if line.is_answering else 'does not answer':<16} {kind:<9} {line.address}")  # noqa: T201
    return 0 if all(line.is_answering == expected or not line.is_embedded for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
