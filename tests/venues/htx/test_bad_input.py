"""Bad input: a clear message, and no order at the venue."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from aiohttp import web
from pytest_django import Settings
from redis import Redis

from execution.domain.venue_orders import Acknowledged, OrderType, Rejected, Unknown
from execution.models import Venue
from execution.venues import registry, session
from execution.venues.ccxt.client import CcxtClient
from execution.venues.ccxt.exchange import make_exchange
from execution.venues.dialect import KeyRights, Verdict
from execution.venues.session import run
from tests.integration.venues.proxy import BackgroundLoop
from tests.venues.htx.conftest import KEY, REFUSALS, store_keys
from tests.venues.htx.exchange import HtxError
from tests.venues.htx.server import HtxServer
from tests.venues.htx.test_htx import acknowledged, cancelled, looked_up, order, resting

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _closed(settings: Settings, redis: Redis) -> Iterator[None]:
    settings.VENUE_TIMEOUT_SECONDS = 2.0
    yield
    session.close()


class Books:
    """A rate budget and an observer that keep what they were told."""

    def __init__(self, *, has_room: bool = True) -> None:
        self.has_room = has_room
        self.asked: list[str] = []
        self.blocked: list[float] = []
        self.observed: list[tuple[str, str]] = []

    async def acquire(self, venue: str, kind: str, weight: int | None = None) -> bool:
        self.asked.append(kind)
        return self.has_room or kind in {"cancel", "lookup"}

    async def block(self, venue: str, seconds: float) -> None:
        self.blocked.append(seconds)

    async def observe(self, venue: str, *, kind: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.observed.append((kind, outcome))


async def no_clock(venue: str) -> None:
    return None


async def make_client(row: Venue, books: Books, *, rights: KeyRights | None = None, is_live: bool = False) -> CcxtClient:
    dialect = registry.dialect_of("htx", {code: Verdict(word) for code, word in REFUSALS.items()})

    async def tell(exchange: object) -> KeyRights | None:
        return rights

    dialect.key_rights = tell  # type: ignore[method-assign]
    return CcxtClient(
        make_exchange(registry.account_of(row), dialect),
        dialect,
        venue="htx",
        timeout_seconds=10.0,
        maker_fee_bps=Decimal(0),
        taker_fee_bps=Decimal(0),
        observe=books.observe,
        budget=books,
        read_clock=no_clock,
        is_live=is_live,
    )


def made(row: Venue, books: Books, *, rights: KeyRights | None = None, is_live: bool = False) -> CcxtClient:
    client = run(make_client(row, books, rights=rights, is_live=is_live))
    session.on_close(client.close)
    return client


def refused(outcome: object, code: str, *words: str) -> None:
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == code
    for word in words:
        assert word in outcome.reason


def test_a_wrong_secret_is_named_and_no_order_arrives(row: Venue, htx: HtxServer) -> None:
    store_keys_again(row, KEY, "wrong")
    refused(run(registry.client(row).place(order())), "api-signature-not-valid", "Signature not valid: Verification failure")
    assert htx.orders == []


def test_a_wrong_key_is_named_and_no_order_arrives(row: Venue, htx: HtxServer) -> None:
    store_keys_again(row, "wrong", "wrong")
    refused(run(registry.client(row).place(order())), "api-signature-not-valid", "Incorrect Access key")
    assert htx.orders == []


def test_with_a_wrong_key_a_lookup_proves_nothing(row: Venue) -> None:
    store_keys_again(row, "wrong", "wrong")
    client = registry.client(row)
    assert isinstance(looked_up(client), Unknown)
    assert isinstance(cancelled(client), Unknown)


def test_where_nothing_listens_nothing_is_sent(row: Venue) -> None:
    row.base_url = NOWHERE
    client = registry.client(row)
    refused(run(client.place(order())), "not_sent", "htx does not tell what it trades", NOWHERE)
    assert isinstance(looked_up(client), Unknown)


@pytest.mark.parametrize(("status", "text"), [(200, "<html>A shop</html>"), (404, "Not Found"), (200, "{}"), (200, "[]"), (503, "")])
def test_a_server_that_speaks_something_else_gets_no_order(row: Venue, status: int, text: str) -> None:
    posts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        posts.extend([request.path] if request.method == "POST" else [])
        return web.Response(status=status, text=text, content_type="text/html")

    with serving(answer) as url:
        row.base_url = url
        refused(run(registry.client(row).place(order())), "not_sent", "htx does not tell what it trades")
    assert posts == []


def test_a_redirect_is_not_followed(row: Venue, htx: HtxServer) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        arrived.append(request.path)
        return web.json_response({"status": "ok", "data": "1"})

    with serving(elsewhere) as url:
        htx.redirects_orders_to = url
        outcome = run(registry.client(row).place(order()))
    assert isinstance(outcome, Unknown), outcome
    assert "redirect" in outcome.reason
    assert "AccessKeyId" not in outcome.reason
    assert arrived == []


def test_a_symbol_that_is_delisted_gets_no_order(row: Venue, htx: HtxServer) -> None:
    htx.core.delist("BTCUSDT")
    refused(run(registry.client(row).place(order())), "not_sent", "BTCUSDT is not traded on htx")
    assert htx.orders == []


def test_a_symbol_that_was_never_listed_gets_no_order(row: Venue, htx: HtxServer) -> None:
    refused(run(registry.client(row).place(order(symbol="DOGEUSDT"))), "not_sent", "DOGEUSDT is not traded on htx")
    assert htx.orders == []


def test_a_symbol_that_is_delisted_meanwhile_is_refused_by_the_venue(row: Venue, htx: HtxServer) -> None:
    client = registry.client(row)
    run(client.listings())
    htx.core.delist("BTCUSDT")
    refused(run(client.place(order())), "base-symbol-trade-disabled", "Trading is disabled")
    assert htx.core.venue.orders(htx.core.account) == []


@pytest.mark.parametrize(
    "change", [{"quantity": Decimal("0.0000015")}, {"quantity": Decimal("0.0000001")}, {"price": Decimal("60000.001")}, {"price": None}]
)
def test_what_is_off_the_grid_is_not_sent(row: Venue, htx: HtxServer, change: dict[str, object]) -> None:
    refused(run(registry.client(row).place(order(**change))), "not_sent_off_grid")
    assert htx.orders == []


def test_a_market_buy_that_the_venue_takes_by_value_only_is_not_sent(row: Venue, htx: HtxServer) -> None:
    refused(run(registry.client(row).place(order(order_type=OrderType.MARKET, price=None))), "not_sent", "price")
    assert htx.orders == []


@pytest.mark.parametrize("is_live", [False, True])
def test_a_key_that_may_withdraw_places_nothing_but_cancels_and_looks_up(row: Venue, htx: HtxServer, is_live: bool) -> None:
    acknowledged(run(registry.client(row).place(resting())))
    client = made(row, Books(), rights=KeyRights(can_trade=True, can_withdraw=True), is_live=is_live)
    refused(run(client.place(order("dmhtx2"))), "not_sent_key_refused", "may withdraw", "only read and trade")
    assert len(htx.orders) == 1
    assert isinstance(looked_up(client), Acknowledged)
    assert isinstance(cancelled(client), Acknowledged)


def test_a_live_venue_that_cannot_tell_what_the_key_may_do_gets_no_order(row: Venue, htx: HtxServer) -> None:
    refused(run(made(row, Books(), is_live=True).place(order())), "not_sent_key_refused", "does not tell what its API key may do")
    assert htx.orders == []


def test_without_room_in_the_rate_budget_nothing_is_placed_but_cancels_and_lookups_leave(row: Venue, htx: HtxServer) -> None:
    acknowledged(run(registry.client(row).place(resting())))
    books = Books(has_room=False)
    client = made(row, books)
    refused(run(client.place(order("dmhtx2"))), "not_sent_rate_budget", "the rate budget of htx")
    assert len(htx.orders) == 1
    assert isinstance(looked_up(client), Acknowledged)
    assert isinstance(cancelled(client), Acknowledged)


def test_a_rate_limit_leaves_the_order_open_and_is_told_to_the_budget(row: Venue, htx: HtxServer) -> None:
    books = Books()
    client = made(row, books)

    def limited(body: object) -> object:
        raise HtxError("base-request-exceed-frequency-limit", "Frequency of requests has exceeded the limit")

    htx.core.place = limited  # type: ignore[assignment, method-assign]
    assert isinstance(run(client.place(order())), Unknown)
    assert books.blocked == [10.0]


def test_every_call_is_observed_with_its_outcome_and_what_was_not_sent_is_not(row: Venue, htx: HtxServer) -> None:
    books = Books()
    client = made(row, books)
    run(client.place(resting()))
    run(client.place(order(quantity=Decimal(900))))
    run(client.place(order(quantity=Decimal("0.0000015"))))
    looked_up(client)
    looked_up(client, "nobody")
    cancelled(client)
    assert books.observed == [
        ("place", "acknowledged"),
        ("place", "rejected"),
        ("lookup", "acknowledged"),
        ("lookup", "not_found"),
        ("cancel", "acknowledged"),
    ]


def store_keys_again(row: Venue, key: str, secret: str) -> None:
    row.credential.delete()
    row.refresh_from_db()
    store_keys(row, key, secret)


class serving:  # noqa: N801 - read as a word
    """Serve one answer to everything on loopback, for a while."""

    def __init__(self, handler: object) -> None:
        self._handler = handler
        self._loop = BackgroundLoop()

    def __enter__(self) -> str:
        url: str = self._loop.run(self._start())
        return url

    async def _start(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handler)  # type: ignore[arg-type]
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def __exit__(self, *error: object) -> None:
        self._loop.run(self._runner.cleanup())
        self._loop.close()
