"""Unmodified ccxt trades on the paper exchange over real sockets: the core as seen through Binance's spot protocol."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import ccxt
import pytest

from execution.paper.process import PaperProcess, start

BTC, ETH, SOL = "BTC/USDT", "ETH/USDT", "SOL/USDT"
VENUES = ("binance", "okx", "bybit", "coinbase")


async def best(client: Any, symbol: str = BTC) -> tuple[float, float]:
    book = await client.fetch_order_book(symbol, 5)
    return book["bids"][0][0], book["asks"][0][0]


async def far_bid(client: Any, *, amount: float = 0.01, **params: Any) -> Any:
    """Rest a buy ten percent below the market."""
    bid, _ = await best(client)
    return await client.create_order(BTC, "limit", "buy", amount, round(bid * 0.9, 2), params)


async def test_the_catalogue_is_listed_with_its_increments(client: Any) -> None:
    found = {
        symbol: (market["precision"]["price"], market["precision"]["amount"], market["limits"]["cost"]["min"], market["active"])
        for symbol, market in client.markets.items()
        if market["spot"]
    }
    assert len(found) == 25
    assert [found[symbol] for symbol in (BTC, ETH, SOL)] == [(0.01, 0.00001, 5, True), (0.01, 0.0001, 5, True), (0.01, 0.001, 5, True)]


@pytest.mark.parametrize("symbol", [BTC, ETH, SOL])
async def test_a_book_is_sorted_and_uncrossed(client: Any, symbol: str) -> None:
    book = await client.fetch_order_book(symbol, 100)
    bids, asks = [level[0] for level in book["bids"]], [level[0] for level in book["asks"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


async def test_the_venue_tells_its_fees(client: Any) -> None:
    fees = await client.fetch_trading_fees()
    assert (fees[BTC]["maker"], fees[BTC]["taker"]) == (0.001, 0.001)


async def test_a_market_order_fills_with_its_trades_and_a_fee_in_quote(client: Any) -> None:
    order = await client.create_order(BTC, "market", "buy", 0.5)
    assert (order["status"], order["filled"]) == ("closed", 0.5)
    fills = order["info"]["fills"]
    assert sum(Decimal(fill["qty"]) for fill in fills) == Decimal("0.5")
    assert {fill["commissionAsset"] for fill in fills} == {"USDT"}
    for fill in fills:
        exact = Decimal(fill["price"]) * Decimal(fill["qty"]) / 1000
        assert 0 <= exact - Decimal(fill["commission"]) < Decimal("1e-8")


async def test_a_market_order_by_cost_spends_no_more_than_its_budget(client: Any) -> None:
    order = await client.create_market_buy_order_with_cost(BTC, 1000)
    assert order["status"] == "closed"
    assert 999 < order["cost"] <= 1000


async def test_a_limit_order_rests_is_found_and_is_cancelled(client: Any) -> None:
    order = await far_bid(client, clientOrderId="rest-1")
    assert [item["id"] for item in await client.fetch_open_orders(BTC)] == [order["id"]]
    assert (await client.fetch_order(order["id"], BTC))["status"] == "open"
    assert (await client.fetch_order(None, BTC, {"origClientOrderId": "rest-1"}))["id"] == order["id"]
    assert (await client.cancel_order(order["id"], BTC))["status"] == "canceled"
    assert (await client.fetch_order(order["id"], BTC))["status"] == "canceled"


async def test_a_marketable_limit_order_fills_partly_and_rests_with_the_remainder(client: Any) -> None:
    book = await client.fetch_order_book(SOL, 1000)
    top = sum(level[1] for level in book["asks"] if level[0] <= book["asks"][0][0])
    order = await client.create_order(SOL, "limit", "buy", round(top * 3, 3), book["asks"][0][0])
    assert order["status"] == "open"
    assert 0 < order["filled"] < order["amount"]
    await client.cancel_order(order["id"], SOL)


async def test_a_post_only_order_rests_below_the_ask_and_is_refused_at_it(client: Any) -> None:
    bid, ask = await best(client)
    resting = await client.create_order(BTC, "limit", "buy", 0.01, round(bid * 0.99, 2), {"postOnly": True})
    assert resting["postOnly"] is True
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await client.create_order(BTC, "limit", "buy", 0.01, round(ask * 1.01, 2), {"postOnly": True})


async def test_an_immediate_or_cancel_order_expires_what_it_cannot_trade(client: Any) -> None:
    book = await client.fetch_order_book(SOL, 1000)
    top = book["asks"][0][1]
    order = await client.create_order(SOL, "limit", "buy", round(top * 5, 3), book["asks"][0][0], {"timeInForce": "IOC"})
    assert order["status"] == "expired"
    assert 0 < order["filled"] < order["amount"]


async def test_a_fill_or_kill_order_trades_all_or_nothing(client: Any) -> None:
    bid, ask = await best(client)
    killed = await client.create_order(BTC, "limit", "buy", 100, round(ask * 1.0001, 2), {"timeInForce": "FOK"})
    assert (killed["status"], killed["filled"]) == ("expired", 0)
    filled = await client.create_order(BTC, "limit", "sell", 0.01, round(bid * 0.999, 2), {"timeInForce": "FOK"})
    assert (filled["status"], filled["filled"]) == ("closed", 0.01)


async def test_cancelling_a_filled_or_unknown_order_is_refused(client: Any) -> None:
    filled = await client.create_order(BTC, "market", "sell", 0.01)
    for order_id in (filled["id"], "123"):
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.cancel_order(order_id, BTC)


async def test_an_unknown_order_does_not_exist(client: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        await client.fetch_order("123", BTC)


async def test_a_duplicate_client_order_id_is_refused_while_the_first_is_open(client: Any) -> None:
    await far_bid(client, clientOrderId="twice")
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        await far_bid(client, clientOrderId="twice")
    assert len(await client.fetch_open_orders(BTC)) == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"quantity": "0.000011", "price": "50000"}, "LOT_SIZE"),
        ({"quantity": "0.00009", "price": "50000"}, "NOTIONAL"),
        ({"quantity": "0.01", "price": "50000.001"}, "PRICE_FILTER"),
        ({"quantity": "0.01", "price": "5000"}, "PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "0.01"}, "-1102"),
    ],
)
async def test_a_raw_order_off_the_filters_is_refused(client: Any, params: dict[str, str], code: str) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", **params}
    with pytest.raises(ccxt.BaseError, match=code):
        await client.private_post_order(order)


async def test_an_order_beyond_the_balance_is_refused(client: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(BTC, "limit", "sell", 101, round((await best(client))[1] * 1.05, 2))
    with pytest.raises(ccxt.InsufficientFunds):
        await far_bid(client, amount=500)


async def test_an_unknown_symbol_is_refused(client: Any) -> None:
    with pytest.raises(ccxt.BadSymbol, match="-1121"):
        await client.public_get_depth({"symbol": "NOUSDT"})


async def test_my_trades_and_balances_agree_with_the_orders(exchange: PaperProcess, open_client: Any, tmp_path: Path) -> None:
    fresh = start(tmp_path, seed=1)
    try:
        async with open_client(fresh.base_url) as client:
            before = await client.fetch_balance()
            orders = [
                await client.create_order(ETH, "market", side, amount) for side, amount in (("buy", 2.5), ("sell", 1.0), ("buy", 0.3))
            ]
            trades, after = await client.fetch_my_trades(ETH), await client.fetch_balance()
    finally:
        assert fresh.stop() == 0
    assert {trade["order"] for trade in trades} == {order["id"] for order in orders}
    signed = [(1 if trade["side"] == "buy" else -1, trade["info"]) for trade in trades]
    base = sum(sign * Decimal(info["qty"]) for sign, info in signed)
    quote = sum(-sign * Decimal(info["quoteQty"]) - Decimal(info["commission"]) for sign, info in signed)
    change = {asset: free(after, asset) - free(before, asset) for asset in ("ETH", "USDT")}
    assert change == {"ETH": base, "USDT": quote}


def free(balance: Any, asset: str) -> Decimal:
    return next(Decimal(item["free"]) for item in balance["info"]["balances"] if item["asset"] == asset)


async def test_all_open_orders_of_a_symbol_are_cancelled_at_once(client: Any) -> None:
    for _ in range(3):
        await far_bid(client)
    await client.cancel_all_orders(BTC)
    assert await client.fetch_open_orders(BTC) == []


async def test_bad_credentials_are_refused_with_their_codes(exchange: PaperProcess, open_client: Any) -> None:
    async with open_client(exchange.base_url, secret="wrong") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await client.fetch_balance()
    async with open_client(exchange.base_url, key="unknown") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.fetch_balance()


async def test_a_late_request_is_refused(client: Any) -> None:
    client.options["timeDifference"] = 60_000
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        await client.fetch_balance()
    client.options["timeDifference"] = 0


async def test_a_second_account_sees_nothing_of_the_first(open_client: Any, tmp_path: Path) -> None:
    process = start(tmp_path, seed=2, accounts=["desk-a:secret-a", "desk-b:secret-b"])
    try:
        async with (
            open_client(process.base_url, key="desk-a", secret="secret-a") as a,
            open_client(process.base_url, key="desk-b", secret="secret-b") as b,
        ):
            order = await far_bid(a)
            assert await b.fetch_open_orders(BTC) == []
            with pytest.raises(ccxt.OrderNotFound):
                await b.cancel_order(order["id"], BTC)
    finally:
        assert process.stop() == 0


async def test_a_restart_expires_open_orders_and_never_repeats_an_id(open_client: Any, tmp_path: Path) -> None:
    first = start(tmp_path, seed=4)
    async with open_client(first.base_url) as client:
        resting, filled = await far_bid(client), await client.create_order(BTC, "market", "buy", 0.2)
        trades = await client.fetch_my_trades(BTC)
        balance = await client.fetch_balance()
    first.kill()
    second = start(tmp_path, seed=4)
    try:
        async with open_client(second.base_url) as client:
            assert (await client.fetch_order(resting["id"], BTC))["status"] == "expired"
            assert [trade["id"] for trade in await client.fetch_my_trades(BTC)] == [trade["id"] for trade in trades]
            assert (await client.fetch_balance())["total"] == balance["total"]
            later = await client.create_order(BTC, "market", "buy", 0.2)
            known = {int(trade["id"]) for trade in trades}
            new = {int(trade["id"]) for trade in await client.fetch_my_trades(BTC)} - known
    finally:
        assert second.stop() == 0
    assert int(later["id"]) > int(filled["id"])
    assert min(new) > max(known)


async def test_the_control_endpoint_shows_the_venues_own_record(exchange: PaperProcess, client: Any) -> None:
    order = await client.create_order(BTC, "market", "buy", 0.01)
    async with aiohttp.ClientSession(exchange.base_url) as session:
        status = await (await session.get("/control/status")).json()
        record = await (await session.get("/control/orders", params={"venue": "binance"})).json()
        refused = await session.get("/control/orders", params={"venue": "kraken"})
    assert status["seed"] == 7
    assert set(status["venues"]) == set(VENUES)
    assert order["id"] in {item["order_id"] for item in record["paper-key"]["orders"]}
    assert order["id"] in {item["order_id"] for item in record["paper-key"]["trades"]}
    assert refused.status == 400


async def test_an_unserved_endpoint_says_so_instead_of_answering_nonsense(exchange: PaperProcess) -> None:
    async with aiohttp.ClientSession(exchange.base_url) as session:
        wallet = await session.get("/binance/sapi/v1/capital/config/getall")
        futures = await session.get("/binance/unserved/fapiPublic/exchangeInfo")
    assert (wallet.status, futures.status) == (404, 404)


async def test_many_orders_at_once_all_get_an_answer(client: Any) -> None:
    bid, _ = await best(client)
    sent = [client.create_order(BTC, "limit", "buy", 0.001, round(bid * 0.9 - step, 2)) for step in range(50)]
    orders = await asyncio.gather(*sent)
    assert len({order["id"] for order in orders}) == 50
    assert {order["status"] for order in orders} == {"open"}
