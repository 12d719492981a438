"""Orders, holdings and public data through ccxt's own okx, as it comes."""

import hashlib
import hmac
from base64 import b64encode
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from execution.paper.catalogue import listings_of
from execution.paper.credentials import PASSPHRASE
from execution.paper.process import PaperProcess
from tests.integration.paper.asking import control, eventually, fresh_id
from tests.integration.paper.okx.conftest import KEY, SECRET, SPOT, SWAP, WITHDRAWING_KEY, code_of, open_client

BOTH = pytest.mark.parametrize("symbol", [SPOT, SWAP])


def amount(symbol: str) -> float:
    """Return 0.01 BTC in ccxt's unit: one contract of the swap."""
    return 1 if symbol == SWAP else 0.01


async def price(client: Any, symbol: str, share: float) -> float:
    """Return a share of the best bid, on the tick."""
    bid = (await client.fetch_order_book(symbol, 1))["bids"][0][0]
    return float(client.price_to_precision(symbol, bid * share))


async def send(client: Any, symbol: str, side: str = "buy", share: float | None = 0.97, **params: Any) -> Any:
    """Place a limit order at a share of the best bid, or a market order; return the venue's record of it."""
    limit = None if share is None else await price(client, symbol, share)
    given = {"clOrdId": fresh_id(), **params}
    order = await client.create_order(symbol, "market" if limit is None else "limit", side, amount(symbol), limit, given)
    assert order["info"]["clOrdId"] == given["clOrdId"]
    return (await client.fetch_order(None, symbol, {"clOrdId": given["clOrdId"]}))["info"]


async def test_every_listing_comes_with_its_terms(client: Any) -> None:
    listed = listings_of("okx")
    assert len(client.markets) == len(listed) == 50
    for listing in listed.values():
        market = client.market(f"{listing.base}/{listing.quote}" + ("" if listing.symbol.endswith("USDT") else f":{listing.quote}"))
        size = Decimal(str(market["contractSize"] or 1))
        assert Decimal(str(market["precision"]["price"])) == listing.tick
        assert Decimal(str(market["precision"]["amount"])) * size == listing.lot
        assert Decimal(str(market["limits"]["amount"]["min"])) * size == listing.quantity(listing.minimum_lots)
        assert size == listing.contract_size
        assert market["active"]


@BOTH
async def test_public_data(client: Any, symbol: str) -> None:
    book = await client.fetch_order_book(symbol, 50)
    assert len(book["bids"]) == len(book["asks"]) == 50
    assert book["bids"][0][0] < book["asks"][0][0]
    await send(client, symbol, share=None)
    assert (await client.fetch_trades(symbol, limit=5))[-1]["symbol"] == symbol
    ticker = await client.fetch_ticker(symbol)
    assert (ticker["symbol"], ticker["bid"] < ticker["ask"]) == (symbol, True)
    assert (await client.fetch_ohlcv(symbol, "1m"))[-1][5] > 0
    assert abs(await client.fetch_time() - client.milliseconds()) < 5000
    assert (await client.fetch_status())["status"] == "ok"


async def test_a_swap_tells_mark_and_funding(client: Any) -> None:
    rate = await client.fetch_funding_rate(SWAP)
    assert rate["fundingTimestamp"] > client.milliseconds()
    assert rate["interval"] == "8h"
    assert await client.fetch_funding_rate_history(SWAP) == []
    assert (await client.fetch_mark_price(SWAP))["markPrice"] > 0


@BOTH
async def test_a_market_order_fills_and_pays_the_takers_fee(client: Any, symbol: str) -> None:
    order = await send(client, symbol, share=None)
    assert (order["state"], order["accFillSz"]) == ("filled", client.amount_to_precision(symbol, amount(symbol)))
    (trade,) = [one for one in await client.fetch_my_trades(symbol) if one["order"] == order["ordId"]][:1]
    assert (trade["takerOrMaker"], trade["fee"]["currency"], trade["info"]["clOrdId"]) == ("taker", "USDT", order["clOrdId"])
    assert trade["fee"]["cost"] > 0
    assert (await client.fetch_order_trades(order["ordId"], symbol))[0]["order"] == order["ordId"]


@BOTH
async def test_a_limit_order_rests_is_listed_and_cancelled(client: Any, symbol: str) -> None:
    order = await send(client, symbol)
    assert order["state"] == "live"
    assert order["clOrdId"] in {one["clientOrderId"] for one in await client.fetch_open_orders(symbol)}
    await client.cancel_order(None, symbol, {"clOrdId": order["clOrdId"]})
    with pytest.raises(ccxt.OrderNotFound) as refused:
        await client.cancel_order(None, symbol, {"clOrdId": order["clOrdId"]})
    assert code_of(refused.value) == "51400"
    assert order["clOrdId"] in {one["clientOrderId"] for one in await client.fetch_canceled_orders(symbol)}


@BOTH
@pytest.mark.parametrize(
    ("share", "time_in_force", "ends"),
    [
        (1.01, "PO", ("canceled", "31")),
        (0.97, "PO", ("live", "")),
        (1.01, "IOC", ("filled", "")),
        (0.97, "IOC", ("canceled", "14")),
        (1.01, "FOK", ("filled", "")),
        (0.97, "FOK", ("canceled", "13")),
    ],
)
async def test_times_in_force(client: Any, symbol: str, share: float, time_in_force: str, ends: tuple[str, str]) -> None:
    order = await send(client, symbol, share=share, timeInForce=time_in_force)
    assert (order["state"], order["cancelSource"]) == ends


async def test_reduce_only_closes_and_never_opens(client: Any) -> None:
    await client.set_leverage(10, SWAP)
    await send(client, SWAP, share=None)
    (position,) = await client.fetch_positions([SWAP])
    assert (position["side"], position["leverage"], position["contractSize"]) == ("long", 10, 0.01)
    with pytest.raises(ccxt.ExchangeError) as refused:
        await send(client, SWAP, share=None, reduceOnly=True)
    assert code_of(refused.value) == "51170"
    await client.create_order(SWAP, "market", "sell", position["contracts"], None, {"reduceOnly": True})
    assert await client.fetch_positions([SWAP]) == []
    with pytest.raises(ccxt.ExchangeError) as refused:
        await send(client, SWAP, "sell", share=None, reduceOnly=True)
    assert code_of(refused.value) == "51169"


async def test_a_cost_buys_what_it_buys(client: Any) -> None:
    order = await client.create_market_buy_order_with_cost(SPOT, 1000)
    told = (await client.fetch_order(order["id"], SPOT))["info"]
    assert (told["tgtCcy"], told["sz"], told["state"]) == ("quote_ccy", "1000", "filled")
    assert 0.01 < float(told["accFillSz"]) < 0.02


@BOTH
async def test_a_client_id_in_use_is_refused(client: Any, symbol: str) -> None:
    order = await send(client, symbol)
    with pytest.raises(ccxt.InvalidOrder) as refused:
        await send(client, symbol, clOrdId=order["clOrdId"])
    assert code_of(refused.value) == "51016"


async def test_many_orders_are_placed_and_cancelled_at_once(client: Any) -> None:
    limit = await price(client, SPOT, 0.97)
    wanted = [{"symbol": SPOT, "type": "limit", "side": "buy", "amount": 0.01, "price": limit} for _ in range(3)]
    orders = await client.create_orders(wanted)
    cancelled = await client.cancel_orders([order["id"] for order in orders], SPOT)
    assert [order["info"]["sCode"] for order in cancelled] == ["0"] * 3


async def test_silence_is_armed_and_disarmed(client: Any) -> None:
    armed = await client.cancel_all_orders_after(10_000)
    assert int(armed["data"][0]["triggerTime"]) > client.milliseconds()
    assert (await client.cancel_all_orders_after(0))["data"][0]["triggerTime"] == "0"


async def test_an_unknown_order_is_denied(client: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound) as refused:
        await client.fetch_order(None, SPOT, {"clOrdId": "nobody"})
    assert code_of(refused.value) == "51603"


async def test_the_venues_record_is_the_clients(client: Any, exchange: PaperProcess) -> None:
    order = await send(client, SWAP, share=None)
    record = control(exchange.base_url, "GET", "orders?venue=okx")[KEY]
    (witness,) = [one for one in record["orders"] if one["client_id"] == order["clOrdId"]]
    assert (witness["symbol"], Decimal(witness["executed"])) == ("BTCUSDT-PERP", Decimal(order["accFillSz"]) * Decimal("0.01"))
    balance = await client.fetch_balance()
    assert balance["BTC"]["total"] > 0


async def test_fees_and_currencies_are_told(client: Any) -> None:
    assert [(await client.fetch_trading_fee(symbol))["taker"] for symbol in (SPOT, SWAP)] == [0.001, 0.0005]
    assert "BTC" in await client.fetch_currencies()


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"apiKey": "nobody"}, "50111"), ({"secret": "wrong"}, "50113"), ({"password": "wrong"}, "50105")],
)
async def test_a_wrong_key_is_refused(exchange: PaperProcess, changes: dict[str, str], code: str) -> None:
    async with open_client(exchange.base_url, **changes) as client:
        with pytest.raises(ccxt.AuthenticationError) as refused:
            await client.fetch_balance()
    assert code_of(refused.value) == code


@pytest.mark.parametrize(("key", "rights"), [(KEY, "read_only,trade"), (WITHDRAWING_KEY, "read_only,withdraw,trade")])
async def test_what_a_key_may_do(exchange: PaperProcess, key: str, rights: str) -> None:
    async with open_client(exchange.base_url, key=key) as client:
        (account,) = await client.fetch_accounts()
    assert account["info"]["perm"] == rights


async def test_a_clock_that_is_off_is_refused_and_corrected(exchange: PaperProcess) -> None:
    fault = {"venue": "okx", "fault": "clock_skew", "milliseconds": 60_000, "seconds": 60}
    control(exchange.base_url, "POST", "faults", fault)
    try:
        async with open_client(exchange.base_url) as client:
            with pytest.raises(ccxt.InvalidNonce) as refused:
                await client.fetch_balance()
            assert code_of(refused.value) == "50102"
            await client.load_time_difference()
            assert (await client.fetch_balance())["USDT"]["total"] > 0
    finally:
        control(exchange.base_url, "DELETE", "faults")


async def test_an_order_past_its_deadline_is_not_placed(client: Any) -> None:
    """`expTime` is no part of what is signed: it is sent as ccxt's own extra header."""
    late = fresh_id()
    client.headers = {"expTime": str(client.milliseconds() - 1000)}
    with pytest.raises(ccxt.ExchangeError) as refused:
        await send(client, SPOT, clOrdId=late)
    assert code_of(refused.value) == "50036"
    client.headers = {"expTime": str(client.milliseconds() + 60_000)}
    assert (await send(client, SPOT))["state"] == "live"
    client.headers = {}
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order(None, SPOT, {"clOrdId": late})


async def test_a_body_that_is_no_json_is_refused(client: Any, exchange: PaperProcess) -> None:
    stamp, path = client.iso8601(client.milliseconds()), "/api/v5/trade/order"
    signature = b64encode(hmac.new(SECRET.encode(), f"{stamp}POST{path}{{".encode(), hashlib.sha256).digest()).decode()
    signed = {"OK-ACCESS-KEY": KEY, "OK-ACCESS-SIGN": signature, "OK-ACCESS-TIMESTAMP": stamp, "OK-ACCESS-PASSPHRASE": PASSPHRASE}
    with pytest.raises(ccxt.BadRequest) as refused:
        await client.fetch(f"{exchange.base_url}/okx{path}", "POST", signed, "{")
    assert code_of(refused.value) == "50002"


async def test_a_reject_on_demand_speaks_the_venues_words(client: Any, exchange: PaperProcess) -> None:
    fault = {"venue": "okx", "fault": "reject", "code": "51008", "message": "no money", "operations": ["create"], "count": 1}
    control(exchange.base_url, "POST", "faults", fault)
    with pytest.raises(ccxt.InsufficientFunds):
        await send(client, SPOT)
    assert await eventually(lambda: send(client, SPOT))
