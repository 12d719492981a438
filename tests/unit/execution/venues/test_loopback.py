"""A paper venue's addresses stay on this machine."""

import pytest

from execution.venues.ccxt.loopback import NotLoopback, require_all_loopback, require_loopback


@pytest.mark.parametrize("url", ["http://127.0.0.1:8900", "http://localhost/x", "ws://[::1]:1/stream", "http://127.8.9.1/"])
def test_loopback_addresses_pass(url: str) -> None:
    assert require_loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.binance.com/api/v3",
        "http://127.0.0.1@api.binance.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.nip.io/",
        "http://0.0.0.0:8900",
        "http://10.1.2.3",
        "//127.0.0.1x",
        "127.0.0.1:8900",
        "",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(NotLoopback):
        require_loopback(url)


def test_the_whole_tree_is_walked() -> None:
    good = "http://127.0.0.1:1"
    require_all_loopback({"api": {"public": good, "ws": {"spot": good, "list": [good]}}, "none": None})
    with pytest.raises(NotLoopback):
        require_all_loopback({"api": {"public": good, "ws": {"ws-api": {"spot": "wss://ws-api.binance.com/ws-api/v3"}}}})
    with pytest.raises(NotLoopback):
        require_all_loopback({"api": good, "test": {"public": [good, "https://testnet.binance.vision"]}})
