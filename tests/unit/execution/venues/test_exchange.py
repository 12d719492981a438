"""What is kept of a venue's answer, what leaves, and how clocks are followed: ccxt's own classes with our seams."""

from typing import Any

import pytest
from ccxt.base.errors import BaseError, ExchangeError

from execution.venues.ccxt.exchange import Guard, VenueAccount, departures, make_exchange, refusal_of, wait_of
from execution.venues.ccxt.loopback import NotLoopback
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import Verdict

ACCOUNT = VenueAccount(
    name="htx", ccxt_id="htx", base_url="http://127.0.0.1:9", api_key="the key", api_secret="the secret", timeout_seconds=1.0
)


class Deadline(UnifiedDialect):
    """A dialect with a header."""

    def headers(self, exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
        return {"Deadline": f"{method} {now_ms + int(timeout_seconds * 1000)}"}


class Wire:
    """Stands where ccxt would open a socket: keeps what would leave."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.sent: list[tuple[str, str, Any]] = []
        self.options = {"timeDifference": -250}
        self.timeout = 1000
        self.urls: dict[str, Any] = {}
        self.timeout_on_exit = 250

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> None:
        self.sent.append((method, url, headers))

    def milliseconds(self) -> int:
        return 1_000_000

    def handle_errors(self, status: int, *answer: Any) -> None:
        if status == 400:
            raise ExchangeError("refused")

    def handle_http_status_code(self, status: int, *answer: Any) -> None:
        if status >= 400:
            raise ExchangeError(f"status {status}")


class Library:
    """Where the classes come from."""

    htx = Wire


def wire() -> Any:
    return make_exchange(ACCOUNT, Deadline("htx", {"17": Verdict.NO_EFFECT}), library=Library)


def answered(exchange: Any, status: int, headers: dict[str, str], body: str) -> BaseError:
    with pytest.raises(BaseError) as raised:
        exchange.handle_errors(status, "reason", "http://127.0.0.1:9/x", "POST", headers, body, None, None, None)
    return raised.value


async def test_a_request_carries_the_dialects_headers_at_the_venues_time_and_is_noted() -> None:
    exchange = wire()
    left: list[str] = []
    token = departures.set(left)
    await exchange.fetch("http://127.0.0.1:9/x", "POST", {"Own": "1"}, "{}")
    departures.reset(token)
    assert exchange.sent == [("POST", "http://127.0.0.1:9/x", {"Own": "1", "Deadline": "POST 1001250"})]
    assert left == ["POST"]


async def test_an_address_elsewhere_is_refused_before_anything_leaves() -> None:
    exchange = wire()
    left: list[str] = []
    token = departures.set(left)
    with pytest.raises(NotLoopback):
        await exchange.fetch("https://api.huobi.pro/v1/order/orders/place", "POST")
    departures.reset(token)
    assert (exchange.sent, left) == ([], [])


def test_the_venues_words_come_with_ccxts_exception() -> None:
    refusal = refusal_of(answered(wire(), 400, {}, '{"code": 17, "msg": "too small"}'))
    assert refusal is not None
    assert (refusal.code, refusal.message, refusal.verdict) == ("17", "too small", Verdict.NO_EFFECT)


def test_a_status_that_ccxt_refuses_by_itself_has_them_too() -> None:
    refusal = refusal_of(answered(wire(), 403, {}, '{"code": 17, "msg": "too small"}'))
    assert refusal is not None
    assert refusal.verdict is Verdict.NO_EFFECT


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (418, {"retry-after": "300"}, 300.0),
        (429, {}, 10.0),
        (418, {}, 120.0),
        (429, {"Retry-After": "Sat, 21 Nov 2026 12:00:00 GMT"}, 10.0),
        (429, {"Retry-After": "-5"}, 0.0),
    ],
)
def test_a_rate_limit_says_how_long_to_wait(status: int, headers: dict[str, str], seconds: float) -> None:
    error = answered(wire(), status, headers, "<html>")
    refusal = refusal_of(error)
    assert refusal is not None
    assert refusal.verdict is Verdict.RATE_LIMITED
    assert wait_of(error) == seconds


def test_an_answer_that_refuses_nothing_passes() -> None:
    assert wire().handle_errors(200, "OK", "http://127.0.0.1:9/x", "GET", {}, "{}", {}, None, None) is None


def test_numbers_stay_text_and_nothing_is_sent_twice() -> None:
    config = wire().config
    assert config["number"] is str
    assert config["options"]["maxRetriesOnFailure"] == 0
    assert config["timeout"] == config["options"]["recvWindow"] == 1000


def test_secrets_show_in_no_representation() -> None:
    assert "the key" not in repr(ACCOUNT)
    assert "the secret" not in repr(ACCOUNT)


def test_a_paper_class_is_guarded() -> None:
    assert isinstance(wire(), Guard)
