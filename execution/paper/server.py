"""Run the paper exchange: one aiohttp application and one loop that lets the market's time pass."""

import asyncio
import contextlib
import ipaddress
import signal
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from execution.paper.background import generator
from execution.paper.calls import Calls
from execution.paper.clock import now_ms
from execution.paper.exchange import Exchange, Settings
from execution.paper.latency import Latency
from execution.paper.rest import RestApi
from execution.paper.streams import MarketStreams
from execution.paper.urls import NotLoopbackError
from execution.paper.websocket_api import WebSocketApi

TICK_SECONDS = 0.05
LONGEST_STEP_SECONDS = 0.5
DEPTH_EVERY, TICKER_EVERY, KEEP_EVERY = 2, 20, 100  # ticks


def check_loopback(host: str) -> str:
    """Return the host when it is a loopback address."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopbackError(f"the paper exchange listens on loopback only, not on {host}")
    return host


class PaperServer:
    """The exchange with its sockets."""

    def __init__(self, settings: Settings) -> None:
        self.exchange = Exchange(settings, now_ms=now_ms())
        venues = self.exchange.venues
        self._calls = {name: Calls(self.exchange, venue) for name, venue in venues.items()}
        self._latencies = {
            name: Latency(venue.profile.acknowledgement_ms, generator(settings.seed, "latency", name)) for name, venue in venues.items()
        }
        self._streams = {name: MarketStreams(venue) for name, venue in venues.items()}
        self._user = {name: WebSocketApi(self.exchange, self._calls[name], self._latencies[name]) for name in venues}

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=2**20)
        RestApi(self.exchange, self._calls, self._latencies, self._deliver).add_routes(app.router)
        for name, streams in self._streams.items():
            app.router.add_get(f"/{name}/stream", streams.serve)
            app.router.add_get(f"/{name}/stream/{{tail:.*}}", streams.serve)
            app.router.add_get(f"/{name}/ws-api/v3", self._user[name].serve)
        app.on_shutdown.append(self._close_sockets)
        return app

    async def _close_sockets(self, app: web.Application) -> None:
        for streams in self._streams.values():
            await streams.close()
        for user in self._user.values():
            await user.close()

    async def run_market(self) -> None:
        """Let the market's time pass, in ticks, and publish what happened."""
        loop = asyncio.get_running_loop()
        tick, before = 0, loop.time()
        while True:
            await asyncio.sleep(max(0.0, before + TICK_SECONDS - loop.time()))
            now = loop.time()
            self.exchange.market.step(now_ms(), min(now - before, LONGEST_STEP_SECONDS))
            before, tick = now, tick + 1
            self._deliver()
            for streams in self._streams.values():
                streams.publish(now_ms(), with_depth=tick % DEPTH_EVERY == 0, with_ticker=tick % TICKER_EVERY == 0)
            if tick % KEEP_EVERY == 0:
                self.exchange.keep_prices()

    def _deliver(self) -> None:
        for user in self._user.values():
            user.deliver()


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT."""
    server = PaperServer(settings)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, check_loopback(host), port)
    await site.start()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    bound = runner.addresses[0][1]
    sys.stdout.write(f"paper exchange listening on http://{host}:{bound}\n")
    sys.stdout.flush()
    try:
        await _until(server.run_market, stop)
    finally:
        await runner.cleanup()
        server.exchange.close()


async def _until(work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run work until it fails, which is raised, or until told to stop."""
    working, stopping = asyncio.ensure_future(work()), asyncio.ensure_future(stop.wait())
    done, pending = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    if working in done:
        working.result()
