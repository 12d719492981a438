"""Unmodified ccxt trades USD-M perpetuals on the paper exchange over real sockets."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


async def best(client: Any, symbol: str = BTC) -> tuple[float, float]:
    book = await client.fetch_order_book(symbol, 5)
    return book["bids"][0][0], book["asks"][0][0]


async def far_bid(client: Any, *, amount: float = 0.01, **params: Any) -> Any:
    """Rest a buy four percent below the market."""
    bid, _ = await best(client)
    return await client.create_order(BTC, "limit", "buy", amount, round(bid * 0.96, 1), params)


async def refusal(call: Any) -> int:
    """Return the venue's own code behind ccxt's exception."""
    with pytest.raises(ccxt.BaseError) as raised:
        await call
    text = str(raised.value)
    return int(text[text.index('"code":') + 7 : text.index(",", text.index('"code":'))])


async def code_of(client: Any, *order: Any, **params: Any) -> int:
    return await refusal(client.create_order(*order, params))


async def position(client: Any, symbol: str = BTC) -> Any:
    found = await client.fetch_positions([symbol])
    return found[0] if found else None


async def test_spot_and_perpetual_of_a_name_are_two_markets_of_one_object(binance: Any) -> None:
    spot, perpetual = binance.market("BTC/USDT"), binance.market(BTC)
    assert (spot["id"], spot["type"], perpetual["id"], perpetual["type"]) == ("BTCUSDT", "spot", "BTCUSDT", "swap")
    assert perpetual["linear"]
    assert perpetual["contractSize"] == 1
    assert len([market for market in binance.markets.values() if market["swap"]]) == 25


async def test_a_market_order_opens_a_position_and_pays_its_fee_in_the_margin_asset(binance: Any) -> None:
    order = await binance.create_order(BTC, "market", "buy", 0.1)
    assert (order["status"], order["filled"]) == ("closed", 0.1)
    held = await position(binance)
    assert (held["side"], held["contracts"]) == ("long", 0.1)
    trades = [trade for trade in await binance.fetch_my_trades(BTC) if trade["order"] == order["id"]]
    assert sum(Decimal(trade["info"]["qty"]) for trade in trades) == Decimal("0.1")
    for trade in trades:
        exact = Decimal(trade["info"]["quoteQty"]) * 5 / 10_000
        assert trade["fee"]["currency"] == "USDT"
        assert abs(exact - Decimal(trade["info"]["commission"])) < Decimal("1e-8")


async def test_a_limit_order_rests_is_found_and_is_cancelled(binance: Any) -> None:
    order = await far_bid(binance, clientOrderId="usdm-rest-1")
    assert [item["id"] for item in await binance.fetch_open_orders(BTC)] == [order["id"]]
    assert (await binance.fetch_order(order["id"], BTC))["status"] == "open"
    assert (await binance.fetch_order(None, BTC, {"origClientOrderId": "usdm-rest-1"}))["id"] == order["id"]
    assert (await binance.cancel_order(None, BTC, {"origClientOrderId": "usdm-rest-1"}))["status"] == "canceled"
    assert (await binance.fetch_order(order["id"], BTC))["status"] == "canceled"
    assert order["id"] in [item["id"] for item in await binance.fetch_orders(BTC)]


async def test_a_perpetuals_order_is_none_of_spots(binance: Any) -> None:
    await far_bid(binance)
    assert await binance.fetch_open_orders("BTC/USDT") == []


async def test_an_order_that_has_ended_cannot_be_cancelled_again(binance: Any) -> None:
    order = await far_bid(binance)
    await binance.cancel_order(order["id"], BTC)
    assert await refusal(binance.cancel_order(order["id"], BTC)) == -2011


async def test_an_unknown_order_is_denied(binance: Any) -> None:
    assert await refusal(binance.fetch_order("1", BTC)) == -2013


async def test_a_post_only_order_that_would_take_is_refused(binance: Any) -> None:
    _, ask = await best(binance)
    assert await code_of(binance, BTC, "limit", "buy", 0.01, ask + 50, postOnly=True) == -5022
    assert await binance.fetch_open_orders(BTC) == []


async def test_a_post_only_order_that_rests_says_so(binance: Any) -> None:
    order = await far_bid(binance, timeInForce="PO")
    assert (order["status"], order["postOnly"], order["info"]["timeInForce"]) == ("open", True, "GTX")


async def test_what_an_immediate_order_leaves_expires(binance: Any) -> None:
    bid, _ = await best(binance)
    order = await binance.create_order(BTC, "limit", "buy", 0.01, round(bid * 0.96, 1), {"timeInForce": "IOC"})
    assert (order["status"], order["filled"]) == ("expired", 0)


async def test_a_fill_or_kill_order_that_cannot_fill_is_refused_and_never_was_one(binance: Any) -> None:
    bid, _ = await best(binance)
    before = len(await binance.fetch_orders(BTC))
    assert await code_of(binance, BTC, "limit", "buy", 0.01, round(bid * 0.96, 1), timeInForce="FOK") == -5021
    assert len(await binance.fetch_orders(BTC)) == before


async def test_a_fill_or_kill_order_that_can_fill_does(binance: Any) -> None:
    _, ask = await best(binance)
    order = await binance.create_order(BTC, "limit", "buy", 0.01, round(ask * 1.01, 1), {"timeInForce": "FOK"})
    assert (order["status"], order["filled"]) == ("closed", 0.01)


async def test_reduce_only_is_refused_without_a_position_and_closes_one(binance: Any) -> None:
    assert await code_of(binance, ETH, "market", "sell", 0.1, None, reduceOnly=True) == -2022
    await binance.create_order(ETH, "market", "buy", 0.1)
    await binance.create_order(ETH, "market", "sell", 0.1, None, {"reduceOnly": True})
    assert await position(binance, ETH) is None


async def test_a_short_position_is_negative_and_shown_so(binance: Any) -> None:
    await binance.create_order(ETH, "market", "sell", 0.2)
    held = await position(binance, ETH)
    assert (held["side"], held["contracts"], held["info"]["positionAmt"]) == ("short", 0.2, "-0.200")


async def test_a_client_id_belongs_to_one_open_order(binance: Any) -> None:
    await far_bid(binance, clientOrderId="usdm-twice")
    bid, _ = await best(binance)
    assert await code_of(binance, BTC, "limit", "buy", 0.01, round(bid * 0.96, 1), clientOrderId="usdm-twice") == -4116


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "8000"}, -2019),
        ({"quantity": "0.001"}, -4164),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "99999"}, -4005),
        ({"price": "50000.15"}, -4014),
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"positionSide": "LONG"}, -4061),
    ],
)
async def test_each_refusal_has_its_own_code(binance: Any, change: dict[str, str], code: int) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "50000.0"}
    assert await refusal(binance.fapiPrivatePostOrder({**order, **change})) == code


async def test_a_price_too_far_beyond_the_mark_is_refused(binance: Any) -> None:
    _, ask = await best(binance)
    assert await code_of(binance, BTC, "limit", "buy", 0.01, round(ask * 1.2, 1)) == -4016


async def test_leverage_is_set_within_what_the_symbol_allows(binance: Any) -> None:
    assert (await binance.set_leverage(10, ETH))["leverage"] == 10
    await binance.create_order(ETH, "market", "buy", 0.1)
    (row,) = [row for row in await binance.fapiPrivateV2GetPositionRisk({"symbol": "ETHUSDT"})]
    assert row["leverage"] == "10"
    assert await refusal(binance.fapiPrivatePostLeverage({"symbol": "ETHUSDT", "leverage": 500})) == -4028


async def test_the_wallet_tells_what_positions_bind(binance: Any) -> None:
    before = (await binance.fetch_balance({"type": "swap"}))["USDT"]
    await binance.create_order(BTC, "market", "buy", 0.1)
    after = (await binance.fetch_balance({"type": "swap"}))["USDT"]
    assert after["used"] > before["used"]
    assert after["free"] < before["free"]


async def test_modes_that_need_no_change_say_so(binance: Any) -> None:
    with pytest.raises(ccxt.MarginModeAlreadySet):
        await binance.set_margin_mode("cross", BTC)
    assert await refusal(binance.set_position_mode(False, BTC)) == -4059
    assert (await binance.fetch_position_mode(BTC))["hedged"] is False


async def test_brackets_fees_and_funding_are_told(binance: Any) -> None:
    tiers = await binance.fetch_leverage_tiers([BTC])
    assert tiers[BTC][0]["maxLeverage"] == 125
    fee = await binance.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)
    funding = await binance.fetch_funding_rate(BTC)
    assert abs(funding["fundingRate"]) < 0.01
    assert funding["fundingTimestamp"] > funding["timestamp"]
    bid, ask = await best(binance)
    assert bid * 0.99 < funding["markPrice"] < ask * 1.01


async def test_a_countdown_cancels_what_is_open_when_it_runs_out(binance: Any, eventually: Any) -> None:
    order = await far_bid(binance)
    await binance.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": 200})

    async def is_cancelled() -> bool:
        return (await binance.fetch_order(order["id"], BTC))["status"] == "canceled"

    await eventually(is_cancelled)


async def test_a_countdown_that_is_stopped_cancels_nothing(binance: Any, eventually: Any) -> None:
    order, other = (
        await far_bid(binance),
        await binance.create_order(ETH, "limit", "buy", 0.1, round((await best(binance, ETH))[0] * 0.96, 2)),
    )
    await binance.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": 100})
    await binance.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": 0})
    await binance.fapiPrivatePostCountdownCancelAll({"symbol": "ETHUSDT", "countdownTime": 200})

    async def is_cancelled() -> bool:
        return (await binance.fetch_order(other["id"], ETH))["status"] == "canceled"

    await eventually(is_cancelled)
    assert (await binance.fetch_order(order["id"], BTC))["status"] == "open"


async def test_the_key_may_trade_and_not_withdraw(binance: Any) -> None:
    rights = await binance.sapiGetAccountApiRestrictions()
    assert (rights["enableSpotAndMarginTrading"], rights["enableFutures"], rights["enableWithdrawals"]) == (True, True, False)


async def test_a_wrong_secret_and_an_unknown_key_are_refused(open_binance: Any) -> None:
    async with open_binance(secret="wrong") as client:
        assert await refusal(client.fapiPrivateV3GetAccount()) == -1022
    async with open_binance(key="nobody") as client:
        assert await refusal(client.fapiPrivateV3GetAccount()) == -2015


async def test_a_stale_request_is_refused(binance: Any) -> None:
    binance.options["timeDifference"] = 20_000
    assert await refusal(binance.fapiPrivateV3GetAccount()) == -1021
    binance.options["timeDifference"] = 0
