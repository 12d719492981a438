"""OKX's trading endpoints: orders are placed and cancelled singly or in batches, each with a result of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from execution.paper.accounts import Account, Order
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx import errors
from execution.paper.gateways.okx.errors import ApiError, ItemError, Json
from execution.paper.gateways.okx.instruments import Instruments
from execution.paper.gateways.okx.orders import CLIENT_ID, read_order
from execution.paper.gateways.okx.wire import BY_USER, client_id_text
from execution.paper.listings import Kind, Listing
from execution.paper.orders import Request
from execution.paper.refusals import Reason, Refused

MOST_IN_BATCH = 20
Item = Mapping[str, Any]
ALL_FAILED, SOME_FAILED = ("1", "All operations failed"), ("2", "Bulk operation partially succeeded.")


class OrderCalls:
    """Placing and cancelling; `core.venue` decides, this reads and answers."""

    def __init__(self, core: Core, instruments: Instruments) -> None:
        self._venue, self._instruments = core.venue, instruments

    def place(self, account: Account, body: Any, now_ms: int, *, expires_ms: int | None) -> Json:
        """Place one order or up to MOST_IN_BATCH; none of them once the request's deadline has passed."""

        def one(item: Item) -> Json:
            if expires_ms is not None and now_ms > expires_ms:
                raise ItemError(*errors.PAST_DEADLINE)
            return self._place(account, item, now_ms)

        return _each(body, one, now_ms)

    def cancel(self, account: Account, body: Any, now_ms: int) -> Json:
        """Cancel one order or up to MOST_IN_BATCH."""
        return _each(body, lambda item: self._cancel(account, item, now_ms), now_ms)

    def find(self, account: Account, item: Item) -> Order | None:
        """Return the order that a request names: the venue's id goes before the client's.

        Raises:
            ItemError: it names none, or an unknown instrument.
        """
        pair = self._instruments.find(str(item.get("instId", "")))
        if pair is None:
            raise ItemError(*errors.NO_SUCH_INSTRUMENT)
        order_id, client_id = str(item.get("ordId") or ""), str(item.get("clOrdId") or "")
        if order_id:
            if not (order_id.isascii() and order_id.isdigit()):
                raise errors.parameter_error("ordId")
            return self._venue.find(account, pair.listing.symbol, int(order_id), None)
        if not client_id:
            raise ItemError("51003", "Either client order ID or order ID is required.")
        if not CLIENT_ID.match(client_id):
            raise errors.parameter_error("clOrdId")
        return self._venue.find(account, pair.listing.symbol, None, client_id)

    def _place(self, account: Account, item: Item, now_ms: int) -> Json:
        pair = self._instruments.find(str(item.get("instId", "")))
        request = None
        try:
            if pair is not None:
                pair.wake()
            request = read_order(item, self._instruments)
            order, _ = self._venue.place(account, request, now_ms)
        except Refused as refused:
            assert pair is not None  # an unknown instrument is an ItemError
            raise self._refusal(account, refused.reason, pair.listing, request) from refused
        return {"clOrdId": client_id_text(order), "ordId": str(order.order_id), "tag": str(item.get("tag") or "")}

    def _refusal(self, account: Account, reason: Reason, listing: Listing, request: Request | None) -> ItemError:
        """Return OKX's words; it has several for sizes and for reduce-only orders."""
        if reason is Reason.QUANTITY_RANGE and request is not None and request.quantity > listing.maximum_lots:
            return ItemError(*(errors.TOO_MANY_CONTRACTS if listing.kind is Kind.PERPETUAL else errors.TOO_LARGE))
        if reason is Reason.REDUCE_ONLY and request is not None:
            held = account.position(listing.symbol).lots
            if held:
                return ItemError(*(errors.WOULD_ADD if held * request.side > 0 else errors.CLOSES_TOO_MUCH))
        is_base = request is not None and listing.kind is Kind.SPOT and request.side < 0
        return errors.item_error(reason, listing.kind, listing.base if is_base else listing.quote)

    def _cancel(self, account: Account, item: Item, now_ms: int) -> Json:
        try:
            order = self._venue.cancel(account, self.find(account, item), now_ms, note=BY_USER)
        except Refused as refused:
            raise ItemError(*errors.NOT_CANCELLED) from refused
        return {"clOrdId": client_id_text(order), "ordId": str(order.order_id)}


def _each(body: Any, call: Callable[[Item], Json], now_ms: int) -> Json:
    """Carry out each item of a request and answer as OKX does: one code for all, and one for each."""
    items: Sequence[Any] = body if isinstance(body, list) else [body]
    if len(items) > MOST_IN_BATCH:
        raise ApiError("51111", f"Maximum {MOST_IN_BATCH} orders can be placed in bulk.")
    results = [_one(item, call, now_ms) for item in items]
    failed = sum(result["sCode"] != "0" for result in results)
    code, message = ("0", "") if not failed else ALL_FAILED if failed == len(results) else SOME_FAILED
    times = {"inTime": str(now_ms * 1000), "outTime": str(now_ms * 1000)}
    return {"code": code, "data": results, "msg": message, **times}


def _one(item: Any, call: Callable[[Item], Json], now_ms: int) -> Json:
    if not isinstance(item, dict):
        raise ApiError("50002", "JSON syntax error", 400)
    named = {"clOrdId": str(item.get("clOrdId") or ""), "ordId": "", "tag": str(item.get("tag") or "")}
    try:
        return {**call(item), "sCode": "0", "sMsg": "", "subCode": "", "ts": str(now_ms)}
    except ItemError as error:
        return {**named, "sCode": error.code, "sMsg": error.message, "subCode": error.sub_code, "ts": str(now_ms)}
