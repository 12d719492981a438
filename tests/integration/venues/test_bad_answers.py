"""Whatever is not the venue's own word proves nothing, and what really happened is found again."""

import asyncio

import pytest
from aiohttp import web

from execution.domain.venue_orders import Acknowledged, Rejected, Unknown, VenueOrderStatus
from execution.venues.protocol import VenueClient
from execution.venues.session import run
from tests.integration.venues.orders import crossing, resting
from tests.integration.venues.proxy import Proxy


async def hang(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    await asyncio.sleep(60)
    raise AssertionError("the client waited for a minute")


async def hang_up(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def break_off(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"symbol": "BTC')
    request.transport.close()
    return web.Response()


async def page(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.Response(text="<html><body>Scheduled maintenance</body></html>", content_type="text/html")


async def truncated(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.Response(text='{"symbol": "BTCUSDT", "orderId": 12', content_type="application/json")


async def empty(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.Response(text="", content_type="application/json")


async def without_id(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.json_response({"symbol": "BTCUSDT", "status": "NEW"})


async def list_answer(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.json_response([])


async def other_order(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    return web.json_response(
        {"symbol": "BTCUSDT", "orderId": 1, "clientOrderId": "somebody", "status": "FILLED", "executedQty": "1", "fills": []}
    )


def error(status: int, code: int, message: str):  # type: ignore[no-untyped-def]
    async def refuse(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
        return web.json_response({"code": code, "msg": message}, status=status)

    return refuse


BAD = {
    "hang": hang,
    "hang up": hang_up,
    "break off in the body": break_off,
    "a page with status 200": page,
    "truncated JSON": truncated,
    "an empty body": empty,
    "no order id": without_id,
    "a list": list_answer,
    "another order": other_order,
    "500": error(500, -1000, "An unknown error occurred while processing the request."),
    "503 with a code of the whitelist": error(503, -1013, "Filter failure: LOT_SIZE"),
    "502": error(502, -1001, "Internal error"),
    "timeout at the venue": error(400, -1007, "Timeout waiting for response from backend server. Send status unknown."),
    "unexpected response": error(400, -1006, "An unexpected response was received from the message bus."),
    "rate limit": error(429, -1003, "Too many requests."),
    "ban": error(418, -1003, "Way too much request weight used."),
    "a rejection in words nobody knows": error(400, -2010, "Something new."),
    "a code nobody knows": error(400, -9999, "Filter failure: PRICE_FILTER"),
    "forbidden page": error(403, 0, "WAF"),
}


@pytest.mark.parametrize("fault", BAD.values(), ids=BAD.keys())
def test_a_bad_answer_to_a_new_order_is_unknown(client: VenueClient, proxy: Proxy, order_id: str, fault: object) -> None:
    proxy.spoil("POST", "/order", fault)  # type: ignore[arg-type]
    outcome = run(client.place(crossing(order_id)))
    assert isinstance(outcome, Unknown), outcome
    assert outcome.reason
    assert len([method for method, _ in proxy.requests if method == "POST"]) == 1


@pytest.mark.parametrize("fault", [hang, hang_up, page, BAD["500"]])
def test_an_order_whose_answer_was_lost_is_found_with_its_executions(
    client: VenueClient, proxy: Proxy, order_id: str, fault: object
) -> None:
    proxy.spoil("POST", "/order", fault, reaches_venue=True)  # type: ignore[arg-type]
    assert isinstance(run(client.place(crossing(order_id))), Unknown)
    found = run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))
    assert isinstance(found, Acknowledged), found
    assert found.order.status is VenueOrderStatus.FILLED
    assert sum(execution.quantity for execution in found.order.executions) == found.order.filled_quantity


@pytest.mark.parametrize("fault", [hang, hang_up, page, truncated, without_id, BAD["500"], BAD["rate limit"]])
def test_a_bad_answer_to_a_cancellation_is_unknown(client: VenueClient, proxy: Proxy, order_id: str, fault: object) -> None:
    run(client.place(resting(order_id)))
    proxy.spoil("DELETE", "/order", fault)  # type: ignore[arg-type]
    assert isinstance(run(client.cancel(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None)), Unknown)


@pytest.mark.parametrize("fault", [hang, hang_up, page, truncated, without_id, BAD["500"], BAD["rate limit"]])
def test_a_bad_answer_to_a_lookup_is_unknown_and_never_not_found(client: VenueClient, proxy: Proxy, order_id: str, fault: object) -> None:
    proxy.spoil("GET", "/order", fault)  # type: ignore[arg-type]
    assert isinstance(run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None)), Unknown)


def test_an_order_that_the_status_does_not_know_yet_is_found_among_the_open_ones(client: VenueClient, proxy: Proxy, order_id: str) -> None:
    run(client.place(resting(order_id)))
    proxy.spoil("GET", "/order", error(400, -2013, "Order does not exist."))
    found = run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))
    assert isinstance(found, Acknowledged)
    assert found.order.status is VenueOrderStatus.OPEN


def test_an_order_that_the_status_does_not_know_yet_is_found_in_the_history(client: VenueClient, proxy: Proxy, order_id: str) -> None:
    run(client.place(crossing(order_id)))
    proxy.spoil("GET", "/order", error(400, -2013, "Order does not exist."))
    found = run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))
    assert isinstance(found, Acknowledged)
    assert found.order.status is VenueOrderStatus.FILLED
    assert found.order.executions


def test_a_lookup_is_unknown_while_the_executions_cannot_be_read(client: VenueClient, proxy: Proxy, order_id: str) -> None:
    run(client.place(crossing(order_id)))
    proxy.spoil("GET", "/myTrades", BAD["500"])
    assert isinstance(run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None)), Unknown)


def test_a_duplicate_that_cannot_be_looked_up_is_unknown(client: VenueClient, proxy: Proxy, order_id: str) -> None:
    run(client.place(resting(order_id)))
    proxy.spoil("GET", "/order", BAD["500"])
    assert isinstance(run(client.place(resting(order_id))), Unknown)


def test_a_venue_that_lists_nothing_leaves_the_order_unsent_and_is_asked_again(client: VenueClient, proxy: Proxy, order_id: str) -> None:
    proxy.spoil("GET", "/exchangeInfo", BAD["500"])
    outcome = run(client.place(resting(order_id)))
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == "not_sent"
    assert outcome.reason.startswith("NoMarkets: binance does not tell what it trades")
    assert not [method for method, _ in proxy.requests if method == "POST"]
    proxy.heal()
    assert isinstance(run(client.place(resting(order_id))), Acknowledged)
