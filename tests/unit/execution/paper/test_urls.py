"""No address that ccxt knows leads off this machine, and the exchange listens nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import ccxt.pro
import pytest

from execution.paper.__main__ import read_settings
from execution.paper.server import check_loopback
from execution.paper.urls import NotLoopbackError, ccxt_options, ccxt_urls

BASE = "http://127.0.0.1:8900"


def leaves(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    else:
        yield str(tree)


def keys(tree: object, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from keys(value, f"{path}/{name}")
    else:
        yield path


def test_every_address_that_ccxt_knows_is_overridden_with_a_loopback_one() -> None:
    assert set(keys(ccxt.pro.binance().urls["api"])) <= set(keys(ccxt_urls(BASE, "okx")))


def test_a_client_made_with_the_recipe_holds_loopback_addresses_only() -> None:
    client = ccxt.pro.binance({**ccxt_options(), "urls": {"api": ccxt_urls(BASE, "bybit")}})
    assert {urlsplit(address).hostname for address in leaves(client.urls["api"])} == {"127.0.0.1"}


def test_the_book_stream_path_contains_stream_as_ccxt_wants_it() -> None:
    assert "/stream" in str(ccxt_urls(BASE, "binance")["ws"]["spot"])  # type: ignore[index]


def test_a_base_address_off_this_machine_is_refused() -> None:
    with pytest.raises(NotLoopbackError):
        ccxt_urls("https://api.binance.com", "binance")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_the_exchange_refuses_to_listen_beyond_loopback(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        check_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_exchange_listens_on_loopback(host: str) -> None:
    assert check_loopback(host) == host


@pytest.mark.parametrize(
    "arguments",
    [["--account", "nosecret"], ["--speed", "0"], ["--replay", "no-such-file"], ["--host", "0.0.0.0"], ["--fee-asset", "okx=gold"]],
)
def test_a_bad_command_line_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(arguments)
    assert "error:" in capsys.readouterr().err


def test_the_default_account_exists_without_being_named() -> None:
    settings, host, port = read_settings(["--state-dir", "somewhere"])
    assert (settings.accounts, settings.state_dir, host, port) == ({"paper-key": "paper-secret"}, Path("somewhere"), "127.0.0.1", 8900)
