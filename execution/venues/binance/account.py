"""Binance's private streams: spot over the WebSocket API, USD-M by a listen key that is kept alive.

ccxt cannot keep a listen key alive in an object that trades spot too: its timer forgets that the key is a futures one.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from ccxt.base.errors import BaseError

from dipmaster.domain.instruments import Instrument, InstrumentKind, parse_symbol
from execution.venues.binance.orders import Raw, read_report, report_client_order_id
from execution.venues.ccxt.answers import mapping
from execution.venues.dialect import AccountNews

log = structlog.get_logger()
KEEP_ALIVE_SECONDS = 20 * 60  # a listen key is valid for an hour
RETRY_SECONDS = 60
OF_NO_INTEREST = frozenset(
    {
        "outboundAccountPosition",
        "balanceUpdate",
        "externalLockUpdate",
        "ACCOUNT_UPDATE",
        "ACCOUNT_CONFIG_UPDATE",
        "MARGIN_CALL",
        "TRADE_LITE",  # a trade's first word, without the fee: ORDER_TRADE_UPDATE follows
    }
)
ENDED = {
    "eventStreamTerminated": "the venue ended the account's stream",
    "listenKeyExpired": "the listen key has expired",
    "serverShutdown": "the venue's server is about to shut down",
}


class BinanceAccountReader:
    """The private streams of one account: one socket for spot, one for USD-M."""

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        self._instruments: dict[tuple[InstrumentKind, str], Instrument] = {}
        for symbol in symbols:
            instrument = parse_symbol(symbol)
            self._instruments[instrument.kind, str(exchange.market_id(instrument.ccxt_symbol))] = instrument
        self._keeping: asyncio.Task[None] | None = None

    async def subscribe(self) -> None:
        """Subscribe on the socket of each kind of instrument that is traded."""
        kinds = {kind for kind, _ in self._instruments}
        if InstrumentKind.SPOT in kinds:
            await self._exchange.authenticate({"type": "spot"})
        if InstrumentKind.PERPETUAL in kinds:
            await self._listen_to_futures()

    def read(self, message: Any) -> AccountNews | None:
        """Read one decoded frame; answers to requests are left to ccxt."""
        if not isinstance(message, dict):
            return None
        event = message.get("event", message)
        kind = event.get("e") if isinstance(event, dict) else None
        if kind == "executionReport":
            return self._news(InstrumentKind.SPOT, event)
        if kind == "ORDER_TRADE_UPDATE":
            return self._news(InstrumentKind.PERPETUAL, mapping(event.get("o")))
        if kind in ENDED:
            return AccountNews(lost=ENDED[kind])
        return AccountNews() if kind in OF_NO_INTEREST else None

    def _news(self, kind: InstrumentKind, report: Raw) -> AccountNews:
        instrument = self._instruments.get((kind, str(report.get("s"))))
        if instrument is None:
            log.warning("report_of_unknown_symbol", venue=self._venue, kind=kind.value, symbol=report.get("s"))
            return AccountNews()
        execution = read_report(report, venue=self._venue, symbol=instrument.symbol, quote=instrument.quote)
        client_order_id = "" if report.get("x") == "NEW" else report_client_order_id(report)  # its acknowledgement tells as much
        return AccountNews(executions=(execution,) if execution else (), client_order_ids=(client_order_id,) if client_order_id else ())

    async def _listen_to_futures(self) -> None:
        answer = mapping(await self._exchange.fapiPrivatePostListenKey())
        client = self._exchange.client(self._exchange.get_private_ws_url("linear", str(answer["listenKey"])))
        ended = client.future("ended")  # ccxt rejects or cancels every future of a client whose socket ends
        await client.connect(self._exchange.session)
        self._keeping = asyncio.create_task(self._keep_alive(ended))

    async def _keep_alive(self, ended: "asyncio.Future[Any]") -> None:
        """Extend the listen key until the socket ends; a key that cannot be extended ends the stream with `listenKeyExpired`."""
        pause = KEEP_ALIVE_SECONDS
        while not (await asyncio.wait({ended}, timeout=pause))[0]:
            pause = KEEP_ALIVE_SECONDS
            try:
                await self._exchange.fapiPrivatePutListenKey()
            except BaseError as error:
                pause = RETRY_SECONDS
                log.warning("listen_key_not_extended", venue=self._venue, error=type(error).__name__)
        if not ended.cancelled():
            ended.exception()  # looked at: why the socket ended is the connection's to tell
