"""Our dialect over real sockets: what it sends, finds and reads, through the exchange object that the desk makes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ccxt.async_support
import ccxt.pro
import pytest
import pytest_asyncio

from dipmaster.domain.instruments import parse_symbol
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.paper.process import PaperProcess
from execution.venues.bybit import DIALECT
from execution.venues.ccxt.exchange import VenueAccount, make_exchange, refusal_of
from execution.venues.dialect import AccountNews, KeyRights, Verdict
from tests.integration.paper.asking import control, eventually, fresh_id
from tests.integration.paper.bybit.conftest import KEY, SECRET, WITHDRAWING_KEY

SYMBOLS = ("BTCUSDT", "BTCUSDT-PERP")
BOTH = pytest.mark.parametrize("symbol", SYMBOLS)


def account(exchange: PaperProcess, *, key: str = KEY, timeout_seconds: float = 5.0) -> VenueAccount:
    return VenueAccount(
        name="bybit",
        ccxt_id="bybit",
        base_url=f"{exchange.base_url}/bybit",
        api_key=key,
        api_secret=SECRET,
        timeout_seconds=timeout_seconds,
    )


@pytest_asyncio.fixture
async def desk(exchange: PaperProcess) -> AsyncIterator[Any]:
    made = make_exchange(account(exchange), DIALECT)
    await made.load_markets()
    yield made
    for symbol in SYMBOLS:
        await made.cancel_all_orders(parse_symbol(symbol).ccxt_symbol)
    await made.close()


def an_order(symbol: str, price: Decimal | None, **changes: Any) -> NewOrder:
    fields: dict[str, Any] = {
        "symbol": symbol,
        "side": Side.BUY,
        "order_type": OrderType.MARKET if price is None else OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal("0.01"),
        "price": price,
        "client_order_id": fresh_id(),
    }
    return NewOrder(**fields | changes)


async def send(desk: Any, order: NewOrder) -> VenueOrder:
    """Send an order as the desk's client does."""
    name, price = parse_symbol(order.symbol).ccxt_symbol, None if order.price is None else f"{order.price:f}"
    params = DIALECT.create_params(order)
    answer = await desk.create_order(name, order.order_type.value, order.side.value, f"{order.quantity:f}", price, params)
    return DIALECT.read_created(answer, order, exchange=desk, venue="bybit")


async def touch(desk: Any, symbol: str, share: str) -> Decimal:
    book = await desk.fetch_order_book(parse_symbol(symbol).ccxt_symbol, 1)
    return (Decimal(book["asks"][0][0]) * Decimal(share)).quantize(Decimal("0.1"))


async def find(desk: Any, order: NewOrder, venue_order_id: str | None = None) -> VenueOrder | None:
    return await DIALECT.find(desk, symbol=order.symbol, client_order_id=order.client_order_id, venue_order_id=venue_order_id)


@BOTH
async def test_an_order_is_acknowledged_found_cancelled_and_found_again(desk: Any, symbol: str) -> None:
    order = an_order(symbol, await touch(desk, symbol, "0.9"))
    created = await send(desk, order)
    assert (created.status, created.filled_quantity) == (VenueOrderStatus.OPEN, 0)
    assert await find(desk, order) == created
    await DIALECT.cancel(desk, symbol=symbol, client_order_id=order.client_order_id, venue_order_id=None)
    found = await find(desk, order, created.venue_order_id)
    assert found is not None
    assert found.status is VenueOrderStatus.CANCELLED


@BOTH
async def test_every_execution_of_an_order_is_read(desk: Any, symbol: str) -> None:
    order = an_order(symbol, None, quantity=Decimal(30))
    await send(desk, order)
    found = await find(desk, order)
    assert found is not None
    executions = await DIALECT.executions_of(desk, found, venue="bybit", symbol=symbol)
    assert sum(item.quantity for item in executions) == found.filled_quantity > 0
    assert len(executions) > 1
    assert {(item.client_order_id, item.venue_order_id, item.side) for item in executions} == {
        (order.client_order_id, found.venue_order_id, Side.BUY)
    }
    assert {item.fee_currency for item in executions} == {"USDT"}
    recent = await DIALECT.executions_since(desk, venue="bybit", symbol=symbol, since=datetime.now(UTC) - timedelta(days=20))
    assert set(executions) <= set(recent)
    assert list(recent) == sorted(recent, key=lambda item: (item.traded_at, item.trade_id))


@BOTH
async def test_an_order_that_never_was_is_denied_everywhere(desk: Any, symbol: str) -> None:
    assert await find(desk, an_order(symbol, None), "123456") is None


@BOTH
async def test_a_used_id_and_a_late_cancel_are_to_be_looked_up(desk: Any, symbol: str) -> None:
    order = an_order(symbol, await touch(desk, symbol, "0.9"))
    await send(desk, order)
    with pytest.raises(ccxt.async_support.BaseError) as again:
        await send(desk, order)
    await DIALECT.cancel(desk, symbol=symbol, client_order_id=order.client_order_id, venue_order_id=None)
    with pytest.raises(ccxt.async_support.BaseError) as late:
        await DIALECT.cancel(desk, symbol=symbol, client_order_id=order.client_order_id, venue_order_id=None)
    verdicts = [refusal.verdict for error in (again, late) if (refusal := refusal_of(error.value)) is not None]
    assert verdicts == [Verdict.DUPLICATE, Verdict.NO_SUCH_ORDER]


@BOTH
async def test_a_post_only_order_that_would_take_ends_without_a_fill(desk: Any, symbol: str) -> None:
    order = an_order(symbol, await touch(desk, symbol, "1.01"), time_in_force=TimeInForce.POST_ONLY)
    await send(desk, order)
    found = await find(desk, order)
    assert found is not None
    assert found.status in {VenueOrderStatus.CANCELLED, VenueOrderStatus.REJECTED}
    assert found.filled_quantity == 0


async def test_an_order_that_arrives_after_we_stopped_waiting_is_refused(exchange: PaperProcess) -> None:
    impatient = make_exchange(account(exchange, timeout_seconds=1.5), DIALECT)
    impatient.timeout = 20_000  # this once we stay, to see what the venue answers
    try:
        await impatient.load_markets()
        order = an_order("BTCUSDT", await touch(impatient, "BTCUSDT", "0.9"))
        late = {"venue": "bybit", "fault": "latency", "milliseconds": 2500, "operations": ["create"], "count": 1}
        control(exchange.base_url, "POST", "faults", late)
        with pytest.raises(ccxt.async_support.InvalidNonce) as refused:
            await send(impatient, order)
        refusal = refusal_of(refused.value)
        assert refusal is not None
        assert (refusal.code, refusal.verdict) == ("10002", Verdict.NO_EFFECT)
        assert await find(impatient, order) is None
    finally:
        await impatient.close()


async def test_the_account_is_read_exactly(desk: Any) -> None:
    await send(desk, an_order("BTCUSDT-PERP", None))
    (position,) = await DIALECT.positions(desk)
    assert (position.symbol, position.quantity > 0, position.entry_price > 0) == ("BTCUSDT-PERP", True, True)
    balances = await DIALECT.balances(desk)
    assert balances["BTC"] > 0
    assert abs(await DIALECT.server_time(desk) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_keys_rights_are_told(exchange: PaperProcess, desk: Any) -> None:
    assert await DIALECT.key_rights(desk) == KeyRights(can_trade=True, can_withdraw=False)
    other = make_exchange(account(exchange, key=WITHDRAWING_KEY), DIALECT)
    try:
        assert await DIALECT.key_rights(other) == KeyRights(can_trade=True, can_withdraw=True)
    finally:
        await other.close()


async def test_the_private_stream_tells_of_orders_and_executions(exchange: PaperProcess, desk: Any) -> None:
    news: list[AccountNews] = []

    class Library:
        """The library's streaming class, its frames shown to the reader first, as the feed does."""

        class bybit(ccxt.pro.bybit):  # noqa: N801 - ccxt's own name
            def handle_message(self, client: Any, message: Any) -> None:
                told = reader.read(message)
                if told is None:
                    super().handle_message(client, message)
                else:
                    news.append(told)

    streaming = make_exchange(account(exchange), DIALECT, library=Library)
    try:
        await streaming.load_markets()
        reader = DIALECT.account_reader(streaming, venue="bybit", symbols=SYMBOLS)
        await reader.subscribe()
        orders = [an_order(symbol, None) for symbol in SYMBOLS]
        for order in orders:
            await send(desk, order)

        async def has_arrived() -> bool:
            executed = {(item.symbol, item.client_order_id) for told in news for item in told.executions}
            named = {client_id for told in news for client_id in told.client_order_ids}
            wanted = {(order.symbol, order.client_order_id) for order in orders}
            return wanted <= executed and {order.client_order_id for order in orders} <= named

        assert await eventually(has_arrived)
        assert not any(told.lost for told in news)
    finally:
        await streaming.close()
