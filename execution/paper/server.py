"""Run the paper exchange: one aiohttp application and one loop that lets the market's time pass."""

import asyncio
import contextlib
import gc
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from execution.paper.clock import now_ms
from execution.paper.control import Control
from execution.paper.exchange import Exchange, Settings
from execution.paper.faults import Faults
from execution.paper.gateways import gateway_of
from execution.paper.gateways.base import Core
from execution.paper.latency import Latency
from execution.paper.loopback import check_loopback
from execution.paper.pair import PARTS
from execution.paper.randomness import generator
from execution.paper.venue import Venue

TICK_SECONDS = 0.05
LONGEST_STEP_SECONDS = 0.5
KEEP_EVERY = 100  # ticks


class PaperServer:
    """The exchange with its gateways."""

    def __init__(self, settings: Settings) -> None:
        self.exchange = Exchange(settings, now_ms=now_ms())
        self.cores = {name: self._core(venue) for name, venue in self.exchange.venues.items()}
        self.gateways = {name: gateway_of(name)(core) for name, core in self.cores.items()}

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=2**20, middlewares=[self._apply_faults])
        Control(self.exchange, {name: core.faults for name, core in self.cores.items()}).add_routes(app.router)
        for gateway in self.gateways.values():
            gateway.add_routes(app.router)
        app.on_shutdown.append(self._close_sockets)
        return app

    async def run_market(self) -> None:
        """Let the market's time pass, in ticks, and publish what happened: parts of the venues one after another, never in step."""
        loop = asyncio.get_running_loop()
        tick, due, before = 0, loop.time(), loop.time()
        turns = [(name, part) for part in range(PARTS) for name in self.gateways]
        slot = TICK_SECONDS / len(turns)
        while True:
            tick += 1
            self.exchange.market.advance(now_ms(), min(loop.time() - before, LONGEST_STEP_SECONDS))
            before = loop.time()
            for name, part in turns:
                due = max(due + slot, loop.time() - slot)  # late turns are not made up for in a burst
                await asyncio.sleep(max(0.0, due - loop.time()))
                self._take_turn(name, tick, part)
            if tick % KEEP_EVERY == 0:
                self.exchange.keep_prices()

    def _take_turn(self, name: str, tick: int, part: int) -> None:
        core, gateway = self.cores[name], self.gateways[name]
        self.exchange.step_venue(name, now_ms(), part)
        core.faults.refresh()
        gateway.deliver(core.venue.take_events())
        gateway.publish(now_ms(), tick, part)

    def _core(self, venue: Venue) -> Core:
        seed, name = self.exchange.settings.seed, venue.profile.name
        return Core(
            exchange=self.exchange,
            venue=venue,
            latency=Latency(venue.profile.acknowledgement_ms, generator(seed, "latency", name)),
            faults=Faults(venue.behaviour, clock=time.monotonic, now_ms=now_ms, random=generator(seed, "faults", name)),
        )

    @web.middleware
    async def _apply_faults(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Pass a venue's requests through its faults; the control endpoints have none."""
        name, _, path = request.path.removeprefix("/").partition("/")
        gateway = self.gateways.get(name)
        if gateway is None:
            return await handler(request)
        operation = gateway.operation(request.method, f"/{path}")
        return await self.cores[name].faults.handle(request, operation, lambda: handler(request), gateway.refusal)

    async def _close_sockets(self, app: web.Application) -> None:
        for gateway in self.gateways.values():
            await gateway.close()


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT."""
    server = PaperServer(settings)
    gc.collect()
    gc.freeze()  # a full collection over all books stops the market for tens of milliseconds
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
