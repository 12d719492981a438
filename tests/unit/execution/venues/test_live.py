"""What real money needs before anything is sent."""

import pytest

from execution.venues.dialect import KeyRights
from execution.venues.live import LiveModeRefused, fault_of_key, require_live

TRADES = KeyRights(can_trade=True, can_withdraw=False)


def test_live_trading_needs_the_servers_setting() -> None:
    with pytest.raises(LiveModeRefused, match="DIPMASTER_LIVE_TRADING=1"):
        require_live("okx", is_switched_on=False, has_keys=True)


def test_live_trading_needs_keys() -> None:
    with pytest.raises(LiveModeRefused, match="no API key"):
        require_live("okx", is_switched_on=True, has_keys=False)


def test_live_trading_passes_with_both() -> None:
    require_live("okx", is_switched_on=True, has_keys=True)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_key_that_may_withdraw_is_refused_on_paper_too(is_live: bool) -> None:
    fault = fault_of_key(KeyRights(can_trade=True, can_withdraw=True), venue="okx", is_live=is_live)
    assert fault == "the API key of okx may withdraw: replace it by one that may only read and trade"


@pytest.mark.parametrize("is_live", [True, False])
def test_a_key_that_only_trades_is_good(is_live: bool) -> None:
    assert fault_of_key(TRADES, venue="okx", is_live=is_live) == ""


def test_a_key_that_may_not_trade_is_named() -> None:
    assert "may not trade" in fault_of_key(KeyRights(can_trade=False, can_withdraw=False), venue="okx", is_live=False)


def test_a_venue_that_cannot_tell_is_good_enough_for_paper_only() -> None:
    assert fault_of_key(None, venue="htx", is_live=False) == ""
    assert "cannot withdraw" in fault_of_key(None, venue="htx", is_live=True)
