"""Any exchange of ccxt through its unified calls alone; the venues that the desk knows well override what they do otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ccxt.async_support as ccxt_rest
import ccxt.pro as ccxt_streams
from ccxt.base.decimal_to_precision import DECIMAL_PLACES, TICK_SIZE
from ccxt.base.errors import BaseError, OrderNotFound

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing, parse_symbol
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenuePosition
from execution.venues.ccxt import answers, history
from execution.venues.ccxt.addresses import moved
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.ccxt.contracts import contract_size
from execution.venues.ccxt.exchange import denies_the_order, refusal_of
from execution.venues.ccxt.watching import UnifiedAccountReader, UnifiedMarketReader
from execution.venues.dialect import AccountReader, KeyRights, MarketReader, Refusal, Verdict

CODE_FIELDS = ("code", "err-code", "err_code", "retCode", "error_code", "errorCode", "label", "error")
MESSAGE_FIELDS = ("msg", "message", "err-msg", "err_msg", "retMsg", "error_message", "error")
RATE_LIMITED = frozenset({418, 429})
NO_LARGEST = Decimal(10) ** 15  # where a venue names no largest order: more than anybody trades, and it fits the database
UNBOUNDED_SECONDS = 330.0
LOOK_BACK = timedelta(days=1)  # longer than any order of ours works


class UnifiedDialect:
    """Everything through ccxt's unified calls. What the venue's codes prove comes as data; a code that nobody explained proves nothing."""

    market_reader: type[MarketReader] = UnifiedMarketReader
    account_reader: type[AccountReader] = UnifiedAccountReader

    def __init__(self, ccxt_id: str, verdicts: Mapping[str, Verdict] | None = None) -> None:
        self.ccxt_id = ccxt_id
        self._verdicts = dict(verdicts or {})

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return ccxt's own tree of API addresses, all of them at `base_url`."""
        library = ccxt_streams if hasattr(ccxt_streams, self.ccxt_id) else ccxt_rest  # the streaming class knows the REST addresses too
        own = getattr(library, self.ccxt_id)().describe()["urls"]
        return {name: moved(own[name], base_url) for name in ("api", "hostnames") if name in own}

    def options(self) -> dict[str, Any]:
        """Return nothing: ccxt's own options."""
        return {}

    def headers(self, exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
        """Return nothing: no header is known everywhere."""
        return {}

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Find code and words in any of the fields that venues put them in."""
        if status in RATE_LIMITED:
            return Refusal(code=str(status), message=body[:200], verdict=Verdict.RATE_LIMITED)
        if not 200 <= status < 500 or status == 408:
            return None
        answer = answers.json_object(body)
        code = _first(answer, CODE_FIELDS)
        if not code:
            return None
        return Refusal(code=code, message=_first(answer, MESSAGE_FIELDS), verdict=self._verdicts.get(code, Verdict.OPEN))

    def create_params(self, order: NewOrder) -> dict[str, Any]:
        """Return our id and what the order is beside symbol, side, type, quantity and price, in ccxt's unified words."""
        params: dict[str, Any] = {"clientOrderId": order.client_order_id}
        if order.time_in_force is TimeInForce.POST_ONLY:
            params["postOnly"] = True
        elif order.order_type is OrderType.LIMIT and order.time_in_force is not TimeInForce.GTC:
            params["timeInForce"] = order.time_in_force.value
        if order.reduce_only:
            params["reduceOnly"] = True
        return params

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read an order's first state where the answer tells it; many venues only acknowledge."""
        told = answers.mapping(answer)
        if told.get("status") is None or told.get("filled") is None:
            return answers.read_acknowledgement(told, client_order_id=order.client_order_id)
        return answers.read_order(told, _market(exchange, order.symbol), client_order_id=order.client_order_id, is_named=True)

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by the venue's id, which every venue takes, or by ours."""
        params = {} if venue_order_id else {"clientOrderId": client_order_id}
        try:
            await exchange.cancel_order(venue_order_id, _name(symbol), params)
        except OrderNotFound as error:
            raise _denied(error) from error
        return None

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Look everywhere before saying that there is no such order: the places are not updated at the same moment."""
        market, name = _market(exchange, symbol), _name(symbol)
        found = await _status(exchange, venue_order_id, name, {}) if venue_order_id else None
        if found is not None:
            return answers.read_order(found, market, client_order_id=client_order_id, is_named=True)
        found = await _status(exchange, None, name, {"clientOrderId": client_order_id})
        found = found or await _listed(exchange, name, client_order_id)
        return None if found is None else answers.read_order(found, market, client_order_id=client_order_id)

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Ask for the order's own trades where the venue has such a call, else pick them from the account's."""
        if exchange.has["fetchOrderTrades"]:
            trades = answers.rows(await exchange.fetch_order_trades(order.venue_order_id, _name(symbol)))
        else:
            recent = await history.trades_since(exchange, _name(symbol), datetime.now(UTC) - LOOK_BACK)
            trades = [trade for trade in recent if str(trade["order"]) == order.venue_order_id]
        market = _market(exchange, symbol)
        read = [answers.read_trade(one, market, venue=venue, symbol=symbol, client_order_id=order.client_order_id) for one in trades]
        return tuple(sorted(read, key=lambda execution: execution.traded_at))

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Read the account's trades; each order that they belong to is asked for our id once."""
        trades = await history.trades_since(exchange, _name(symbol), since)
        ids = {order_id: await _our_id(exchange, order_id, _name(symbol)) for order_id in {str(trade["order"]) for trade in trades}}
        market = _market(exchange, symbol)
        return tuple(answers.read_trade(one, market, venue=venue, symbol=symbol, client_order_id=ids[str(one["order"])]) for one in trades)

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return the longest that signatures are known to be good for (HTX: five minutes), and the clocks' difference."""
        return UNBOUNDED_SECONDS

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Return nothing: ccxt has no unified call for it."""
        return None

    async def server_time(self, exchange: Any) -> datetime:
        """Ask the venue for its time."""
        return answers.moment(await exchange.fetch_time())

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return the totals of ccxt's default wallet."""
        return answers.read_balances(await exchange.fetch_balance())

    async def futures_balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return nothing: one wallet pays for all that its balances tell of."""
        return {}

    async def positions(self, exchange: Any) -> tuple[VenuePosition, ...]:
        """Return the open positions in linear perpetuals."""
        if not exchange.has["fetchPositions"] or not any(market["swap"] for market in exchange.markets.values()):
            return ()
        told = answers.rows(await exchange.fetch_positions())
        read = [answers.read_position(position, exchange.market(position["symbol"])) for position in told]
        return tuple(position for position in read if position is not None)

    def terms(self, exchange: Any, market: Any, *, venue: str, symbol: str, maker_fee_bps: Decimal, taker_fee_bps: Decimal) -> Listing:
        """Read tick, lot and limits of one of ccxt's markets."""
        size, lot = contract_size(market), _step(exchange, market, "amount")
        limits = market["limits"]
        largest = answers.optional_decimal(limits["amount"], "max")
        return Listing(
            venue=venue,
            symbol=symbol,
            tick=_step(exchange, market, "price"),
            lot=lot * size,
            min_quantity=(answers.optional_decimal(limits["amount"], "min") or lot) * size,
            max_quantity=NO_LARGEST if largest is None else largest * size,
            min_notional=answers.optional_decimal(limits["cost"], "min") or Decimal(0),
            maker_fee_bps=maker_fee_bps,
            taker_fee_bps=taker_fee_bps,
        )


def _first(answer: Any, names: tuple[str, ...]) -> str:
    """Return the first of these fields that is there, as text."""
    found = answer if isinstance(answer, dict) else {}
    return next((str(found[name]) for name in names if isinstance(found.get(name), (str, int)) and found[name] != ""), "")


def _name(symbol: str) -> str:
    return parse_symbol(symbol).ccxt_symbol


def _market(exchange: Any, symbol: str) -> Any:
    return exchange.market(_name(symbol))


def _denied(error: BaseError) -> BaseError:
    """Mark ccxt's own "not found": it is made from the venue's words, by ccxt's table of them."""
    refusal = refusal_of(error)
    if refusal is not None:
        error.refusal = replace(refusal, verdict=Verdict.NO_SUCH_ORDER)
    return error


async def _status(exchange: Any, order_id: str | None, name: str, params: dict[str, str]) -> Any | None:
    """Ask for one order; none when the venue's own words deny it."""
    try:
        return await exchange.fetch_order(order_id, name, params)
    except OrderNotFound as error:
        if refusal_of(error) is None:
            raise
    except BaseError as error:
        if not denies_the_order(error):
            raise
    return None


async def _listed(exchange: Any, name: str, client_order_id: str) -> Any | None:
    """Search the open orders, then the history, as far as the venue has them."""
    for call, is_offered in (
        (exchange.fetch_open_orders, exchange.has["fetchOpenOrders"]),
        (exchange.fetch_closed_orders, exchange.has["fetchClosedOrders"]),
        (exchange.fetch_orders, exchange.has["fetchOrders"]),
    ):
        if is_offered:
            for order in answers.rows(await call(name)):
                if order["clientOrderId"] == client_order_id:
                    return order
    return None


async def _our_id(exchange: Any, order_id: str, name: str) -> str | None:
    order = await _status(exchange, order_id, name, {})
    return None if order is None else order["clientOrderId"]


def _step(exchange: Any, market: Any, name: str) -> Decimal:
    """Return the smallest step of a price or an amount.

    Raises:
        UnreadableAnswer: ccxt does not know it, or counts significant digits, which is no grid.
    """
    precision = answers.optional_decimal(market["precision"], name)
    if precision is None or exchange.precisionMode not in (TICK_SIZE, DECIMAL_PLACES):
        raise UnreadableAnswer(f"{market['symbol']} is listed without a step of its {name}")
    return precision if exchange.precisionMode == TICK_SIZE else Decimal(1).scaleb(-int(precision))
