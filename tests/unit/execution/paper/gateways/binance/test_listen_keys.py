"""How long a listen key is valid."""

import pytest

from execution.paper.gateways.binance.errors import ApiError
from execution.paper.gateways.binance.listen_keys import VALID_MS, ListenKeys

NOW = 1_700_000_000_000


def test_asking_again_returns_the_same_key_and_extends_it() -> None:
    keys = ListenKeys()
    first = keys.open("one", NOW)
    assert keys.open("one", NOW + 1) is first
    assert first.valid_until_ms == NOW + 1 + VALID_MS


def test_each_account_has_a_key_of_its_own() -> None:
    keys = ListenKeys()
    assert keys.open("one", NOW).text != keys.open("two", NOW).text


def test_a_key_is_found_by_its_text_while_it_is_in_force() -> None:
    keys = ListenKeys()
    key = keys.open("one", NOW)
    assert keys.find(key.text) is key
    assert keys.find("another") is None
    keys.close("one")
    assert keys.find(key.text) is None


def test_a_key_that_nobody_extends_expires_after_an_hour() -> None:
    keys = ListenKeys()
    key = keys.open("one", NOW)
    assert keys.take_expired(NOW + VALID_MS - 1) == []
    assert keys.take_expired(NOW + VALID_MS) == [key]
    assert keys.find(key.text) is None


def test_a_key_that_does_not_exist_cannot_be_extended() -> None:
    with pytest.raises(ApiError) as refused:
        ListenKeys().extend("one", NOW)
    assert refused.value.code == -1125
