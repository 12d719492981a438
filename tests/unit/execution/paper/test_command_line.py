"""What the command line says: accounts, and where the exchange listens, which is this machine only."""

from pathlib import Path

import pytest

from execution.paper.__main__ import read_settings
from execution.paper.exchange import ApiKey
from execution.paper.loopback import NotLoopbackError, check_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_the_exchange_refuses_to_listen_beyond_loopback(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        check_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_exchange_listens_on_loopback(host: str) -> None:
    assert check_loopback(host) == host


@pytest.mark.parametrize(
    "arguments",
    [
        ["--account", "nosecret"],
        ["--account", "key:secret:admin"],
        ["--speed", "0"],
        ["--replay", "no-such-file"],
        ["--host", "0.0.0.0"],
        ["--fee-asset", "okx=gold"],
    ],
)
def test_a_bad_command_line_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(arguments)
    assert "error:" in capsys.readouterr().err


def test_the_default_account_exists_without_being_named() -> None:
    settings, host, port = read_settings(["--state-dir", "somewhere"])
    assert (settings.accounts, settings.state_dir, host, port) == (
        {"paper-key": ApiKey(secret="paper-secret")},
        Path("somewhere"),
        "127.0.0.1",
        8900,
    )


def test_a_key_may_be_given_the_right_to_withdraw() -> None:
    settings, _, _ = read_settings(["--account", "desk:hush", "--account", "rich:hush:withdraw"])
    assert {key: account.can_withdraw for key, account in settings.accounts.items()} == {"desk": False, "rich": True}
