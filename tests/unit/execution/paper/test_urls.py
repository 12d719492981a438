"""No address that ccxt knows leads off this machine."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import ccxt.pro
import pytest

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
