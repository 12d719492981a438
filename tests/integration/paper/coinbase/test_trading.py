"""ccxt's coinbase trades on the paper exchange over real sockets."""

import asyncio
from decimal import Decimal
from itertools import count
from typing import Any

import ccxt
import pytest

from execution.paper.process import PaperProcess

SYMBOL = "BTC/USDT"
_numbers = count(1)


async def touch(client: Any) -> tuple[float, float]:
    book = await client.fetch_order_book(SYMBOL, 1)
    return book["bids"][0][0], book["asks"][0][0]


async def limit(client: Any, multiple: float, *, amount: float = 0.01, **params: Any) -> tuple[str, str]:
    """Send a buy order at a multiple of the best ask; return our id and the venue's."""
    ours = f"test{next(_numbers)}"
    _, ask = await touch(client)
    price = client.price_to_precision(SYMBOL, ask * multiple)
    answer = await client.create_order(SYMBOL, "limit", "buy", amount, price, {"client_order_id": ours, **params})
    assert answer["clientOrderId"] == ours
    return ours, answer["id"]


async def test_markets_are_the_25_spot_products_with_their_increments_and_the_accounts_fees(client: Any) -> None:
    assert len(client.markets) == 25
    market = client.market(SYMBOL)
    assert (market["id"], market["precision"], market["limits"]["cost"]["min"]) == ("BTC-USDT", {"amount": 1e-06, "price": 0.01}, 1.0)
    assert (market["maker"], market["taker"]) == (0.0006, 0.0016)


async def test_a_market_order_of_a_size_fills_and_pays_the_taker_fee(client: Any) -> None:
    ours = f"test{next(_numbers)}"
    size = {"order_configuration": {"market_market_ioc": {"base_size": "0.01"}}, "client_order_id": ours}
    answer = await client.create_order(SYMBOL, "market", "buy", 0.01, None, size)
    order = await client.fetch_order(answer["id"])
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.01, ours)
    trades = [trade for trade in await client.fetch_my_trades(SYMBOL) if trade["order"] == answer["id"]]
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.01)
    for trade in trades:
        assert (trade["takerOrMaker"], trade["fee"]["currency"]) == ("taker", "USDT")
        assert trade["fee"]["cost"] == pytest.approx(trade["cost"] * 0.0016, abs=1e-7)


async def test_a_market_order_of_an_amount_spends_it(client: Any) -> None:
    answer = await client.create_market_buy_order_with_cost(SYMBOL, 500, {"client_order_id": f"test{next(_numbers)}"})
    order = await client.fetch_order(answer["id"])
    assert order["status"] == "closed"
    assert 499 < float(order["info"]["filled_value"]) <= 500


async def test_the_balance_moves_by_exactly_the_fills(client: Any) -> None:
    async def owned(currency: str) -> Decimal:
        balance = await client.fetch_balance()
        return Decimal(str(balance[currency]["total"]))

    before = await owned("BTC"), await owned("USDT")
    _, order_id = await limit(client, 1.01, timeInForce="IOC")
    rows = [trade["info"] for trade in await client.fetch_my_trades(SYMBOL) if trade["order"] == order_id]
    bought = sum((Decimal(row["size"]) for row in rows), Decimal(0))
    paid = sum((Decimal(row["size"]) * Decimal(row["price"]) + Decimal(row["commission"]) for row in rows), Decimal(0))
    after = await owned("BTC"), await owned("USDT")
    assert after[0] - before[0] == bought == Decimal("0.01")
    assert abs(before[1] - after[1] - paid) < Decimal("0.0000001")


async def test_a_limit_order_rests_is_listed_and_is_cancelled(client: Any) -> None:
    ours, order_id = await limit(client, 0.9)
    assert [order["id"] for order in await client.fetch_open_orders(SYMBOL) if order["clientOrderId"] == ours] == [order_id]
    assert (await client.fetch_balance())["USDT"]["used"] > 0
    await client.cancel_order(order_id)
    assert (await client.fetch_order(order_id))["status"] == "canceled"
    assert order_id in {order["id"] for order in await client.fetch_canceled_orders(SYMBOL)}
    with pytest.raises(ccxt.BadRequest):
        await client.cancel_order(order_id)


async def test_a_post_only_order_rests_or_is_refused(client: Any) -> None:
    _, order_id = await limit(client, 0.9, timeInForce="PO")
    order = await client.fetch_order(order_id)
    assert (order["status"], order["postOnly"]) == ("open", True)
    with pytest.raises(ccxt.ExchangeError, match="INVALID_LIMIT_PRICE_POST_ONLY"):
        await limit(client, 1.01, timeInForce="PO")


async def test_an_ioc_ends_at_once_whatever_it_filled(client: Any) -> None:
    _, order_id = await limit(client, 0.9, timeInForce="IOC")
    order = await client.fetch_order(order_id)
    assert (order["status"], order["filled"], order["timeInForce"]) == ("canceled", 0, "IOC")


async def test_a_fok_fills_whole_or_not_at_all(client: Any) -> None:
    _, order_id = await limit(client, 1.01, timeInForce="FOK")
    assert (await client.fetch_order(order_id))["status"] == "closed"
    _, order_id = await limit(client, 1.0001, timeInForce="FOK", amount=90)
    order = await client.fetch_order(order_id)
    assert (order["status"], order["filled"]) == ("canceled", 0)


async def test_a_reused_client_id_returns_the_first_order(client: Any) -> None:
    ours, order_id = await limit(client, 0.9)
    answer = await client.create_order(SYMBOL, "limit", "sell", 0.5, 200_000, {"client_order_id": ours})
    assert answer["id"] == order_id
    assert len([order for order in await client.fetch_orders(SYMBOL) if order["clientOrderId"] == ours]) == 1


async def test_an_order_beyond_the_balance_is_refused(client: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await limit(client, 0.9, amount=900)


async def test_an_unknown_order_is_denied(client: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="order with this orderID was not found"):
        await client.fetch_order("00000000-0000-0000-0000-000000000001")


async def test_market_data_is_told_without_a_key(exchange: PaperProcess) -> None:
    client = ccxt.pro.coinbase({"urls": {"api": {"rest": f"{exchange.base_url}/coinbase"}}, "enableRateLimit": False})
    try:
        await client.load_markets()
        ticker, trades, candles, now = await asyncio.gather(
            client.fetch_ticker(SYMBOL), client.fetch_trades(SYMBOL), client.fetch_ohlcv(SYMBOL), client.fetch_time()
        )
        assert ticker["bid"] < ticker["ask"]
        assert trades
        assert candles
        assert abs(now - client.milliseconds()) < 5000
    finally:
        await client.close()


async def test_a_wrong_secret_is_refused(exchange: PaperProcess, open_client: Any) -> None:
    async with open_client(exchange.base_url, secret="another") as client:
        with pytest.raises(ccxt.AuthenticationError, match="Unauthorized"):
            await client.fetch_portfolios()


async def test_a_token_for_another_request_is_refused(client: Any) -> None:
    token = client.create_auth_token(client.seconds(), "GET", client.urls["api"]["rest"] + "/api/v3/brokerage/accounts")
    client.headers = {**client.headers, "Authorization": f"Bearer {token}"}
    try:
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_portfolios()
    finally:
        del client.headers["Authorization"]


async def test_pages_are_turned_by_cursor(client: Any) -> None:
    for _ in range(3):
        await limit(client, 1.01, timeInForce="IOC")
    whole = {trade["id"] for trade in await client.fetch_my_trades(SYMBOL)}
    paged: set[str] = set()
    cursor = ""
    while True:
        answer = await client.v3PrivateGetBrokerageOrdersHistoricalFills({"limit": 2, **({"cursor": cursor} if cursor else {})})
        paged |= {fill["trade_id"] for fill in answer["fills"] if fill["product_id"] == "BTC-USDT"}
        cursor = answer["cursor"]
        if not cursor:
            break
    assert paged == whole
