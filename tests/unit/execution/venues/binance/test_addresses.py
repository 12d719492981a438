"""Every address that ccxt's binance knows is replaced, and spot and USD-M are found where the venue has them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import ccxt.pro
import pytest

from execution.venues.binance import DIALECT

BASE = "http://127.0.0.1:8900/binance"


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


def test_every_address_that_ccxt_knows_is_replaced() -> None:
    assert set(keys(ccxt.pro.binance().urls["api"])) <= set(keys(DIALECT.urls(BASE)["api"]))


def test_all_addresses_lead_to_the_venue() -> None:
    assert {urlsplit(address).netloc for address in leaves(DIALECT.urls(BASE))} == {"127.0.0.1:8900"}


def test_ccxt_takes_the_spot_stream_for_one_and_the_linear_one_for_none() -> None:
    streams = DIALECT.urls(BASE)["api"]["ws"]
    assert "/stream" in streams["spot"]
    assert "/stream" not in streams["linear"]


@pytest.mark.parametrize(("category", "path"), [("public", "/binance/public/ws"), ("private", "/binance/private/ws")])
def test_ccxt_makes_the_linear_sockets_paths_of_it(category: str, path: str) -> None:
    client = ccxt.pro.binance()
    client.urls = DIALECT.urls(BASE)
    assert urlsplit(client.get_ws_url("linear", category)).path == path
