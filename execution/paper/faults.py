"""Faults on demand: what a venue's sockets and its core do wrong, for how many requests or how long.

A fault is asked for through the control endpoint (`execution.paper.control`) and ends by itself after `count` requests or
frames, or after `seconds`, whichever comes first. Faults of requests are applied around the gateway's handler (`middleware`),
faults of streams in `sockets.Outbox`, faults of the core through `behaviour.Behaviour`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from aiohttp import web
from numpy.random import Generator

from execution.paper.behaviour import Behaviour
from execution.paper.fault_rules import REQUEST_FAULTS, Fault, Rule

if TYPE_CHECKING:
    from execution.paper.sockets import Outbox

ATTEMPTS_BEFORE_BAN = 3
RETRY_AFTER_SECONDS = 1
Answer = Callable[[], Awaitable[web.StreamResponse]]


class Faults:
    """The faults in force on one venue; `clock` is a monotonic clock in seconds, `now_ms` the exchange's own."""

    def __init__(self, behaviour: Behaviour, *, clock: Callable[[], float], now_ms: Callable[[], int], random: Generator) -> None:
        self.behaviour = behaviour
        self.rules: list[Rule] = []
        self._clock, self._now_ms, self._random = clock, now_ms, random
        self._sockets: set[Outbox] = set()
        self._refused = 0

    def add(self, rule: Rule) -> None:
        """Put a fault in force; cutting the streams happens at once."""
        if rule.seconds is not None:
            rule.until = self._clock() + rule.seconds
        if rule.fault in {Fault.DISCONNECT, Fault.DOWN}:
            for socket in list(self._sockets):
                if rule.fault is Fault.DOWN or not rule.stream or socket.is_private is (rule.stream == "private"):
                    socket.cut()
        if rule.fault is Fault.DISCONNECT:
            return
        if rule.fault is Fault.FORGOTTEN:
            self.behaviour.hidden_since_ms = self._now_ms()
        self.rules.append(rule)
        self.refresh()

    def clear(self) -> None:
        """End every fault."""
        self.rules.clear()
        self._refused = 0
        self.refresh()

    def refresh(self) -> None:
        """Drop what has ended and tell the core what is in force; called with every market step too."""
        now = self._clock()
        self.rules = [rule for rule in self.rules if (not rule.until or now < rule.until) and (rule.count is None or rule.count > 0)]
        core = {rule.fault: rule for rule in self.rules}
        behaviour = self.behaviour
        partial, skew = core.get(Fault.PARTIAL_FILL), core.get(Fault.CLOCK_SKEW)
        behaviour.fill_share = partial.share if partial else None
        behaviour.is_racing_cancels = Fault.CANCEL_FILL_RACE in core
        behaviour.clock_skew_ms = int(skew.milliseconds) if skew else 0
        hidden = core.get(Fault.FORGOTTEN)
        behaviour.hidden_until_ms = self._now_ms() + int(1000 * (hidden.until - now)) if hidden else 0
        behaviour.crossed = {rule.symbol for rule in self.rules if rule.fault is Fault.CROSSED}
        behaviour.position_drift = {rule.symbol: rule.lots for rule in self.rules if rule.fault is Fault.POSITION_DRIFT}

    def add_socket(self, socket: "Outbox") -> None:
        """Know a socket, to cut it on demand."""
        self._sockets.add(socket)

    def remove_socket(self, socket: "Outbox") -> None:
        """Forget a socket."""
        self._sockets.discard(socket)

    def copies(self, *, is_private: bool) -> int:
        """Return how often the next data frame of a stream is sent: 0 when it is lost, 2 when it is doubled."""
        if self._take((Fault.SILENT, Fault.GAP), is_private=is_private):
            return 0
        return 2 if self._take((Fault.DUPLICATE,), is_private=is_private) else 1

    def holds_back(self, *, is_private: bool) -> bool:
        """Tell whether the next data frame of a stream leaves after the one that follows it."""
        return self._take((Fault.OUT_OF_ORDER,), is_private=is_private) is not None

    def _take(self, faults: Iterable[Fault], *, is_private: bool) -> Rule | None:
        return self._find(
            lambda rule: rule.fault in faults and rule.stream in {"", "private" if is_private else "public"},
        )

    def _find(self, fits: Callable[[Rule], bool]) -> Rule | None:
        """Return the first fault in force that fits, and count it."""
        if not self.rules:
            return None
        now = self._clock()
        for rule in self.rules:
            if not fits(rule) or (rule.until and now >= rule.until) or rule.count == 0:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            if rule.count is not None:
                rule.count -= 1
            return rule
        return None

    async def handle(
        self,
        request: web.Request,
        operation: str,
        answer: Answer,
        refusal: Callable[[str, str, int], web.Response],
    ) -> web.StreamResponse:
        """Answer a request, or do with it what a fault says. `refusal(code, message, status)` speaks the venue's own way."""
        slow = self._find(lambda rule: rule.fault is Fault.LATENCY and operation in rule.operations)
        if slow is not None:
            await asyncio.sleep(slow.milliseconds / 1000 * (1 + float(self._random.exponential())))
        rule = self._find(lambda rule: rule.fault in REQUEST_FAULTS and operation in rule.operations)
        if rule is None:
            return await answer()
        if rule.fault is Fault.REJECT:
            return refusal(rule.code, rule.message, rule.status)
        if rule.fault is Fault.RATE_LIMIT:
            return self._limited(refusal)
        if rule.fault in {Fault.DOWN, Fault.DROP_REQUEST}:
            return _gone(request)
        return await _spoil(request, rule, answer)

    def _limited(self, refusal: Callable[[str, str, int], web.Response]) -> web.Response:
        """Refuse with 429, and with 418 (a ban) who goes on asking."""
        self._refused += 1
        status = 429 if self._refused <= ATTEMPTS_BEFORE_BAN else 418
        response = refusal("", "Too many requests.", status)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


async def _spoil(request: web.Request, rule: Rule, answer: Answer) -> web.StreamResponse:
    """Carry the request out, unless it is to have no effect, and spoil the answer."""
    response = await answer() if rule.has_effect else web.Response(text="{}", content_type="application/json")
    if rule.fault is Fault.DROP_REPLY:
        return _gone(request)
    if rule.fault is Fault.SERVER_ERROR:
        return web.Response(text="<html><body><h1>503 Service Unavailable</h1></body></html>", status=503, content_type="text/html")
    if rule.fault is Fault.HTML:
        return web.Response(text="<html><body>Checking your browser</body></html>", content_type="text/html")
    if rule.fault is Fault.HANG:
        await asyncio.sleep(rule.milliseconds / 1000 or 30.0)
        return _gone(request)
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    return web.Response(body=body[: len(body) // 2], status=response.status, content_type="application/json")


def _gone(request: web.Request) -> web.Response:
    """Break the connection: the client gets no answer at all."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
