"""A small HTX: its spot REST protocol over the paper core's matching, for the test that adds a venue by data alone.

Facts: HTX's public API documentation as ccxt 4.5's htx class uses it (signature version 2, answers with HTTP 200 and `status`),
and HTX's announcement of 2021-04-27: client order ids are not checked for uniqueness, the newest order counts.
"""

import time
from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account, Order, Status, Trade
from execution.paper.engine import Duration, Side
from execution.paper.listings import ATOMS, Kind, Listing
from execution.paper.orders import OrderKind, Request, read_price, read_quantity
from execution.paper.profiles import ClientIds, FeeAsset, Fees, VenueProfile
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

Json = dict[str, Any]
PROFILE = VenueProfile(
    name="htx",
    fees={Kind.SPOT: Fees(maker_ppm=2000, taker_ppm=2000)},
    acknowledgement_ms=0,
    depth_scale=1,
    activity_scale=1,
    requote_scale=1,
    price_delay_seconds=0.0,
    refuses_post_only=False,
    client_ids=ClientIds.OPEN,
    is_unified=False,
    expires_unfilled=False,
    fee_asset=FeeAsset.RECEIVED,
)
LISTINGS = tuple(
    Listing(
        symbol=f"{base}USDT",
        base=base,
        quote="USDT",
        kind=Kind.SPOT,
        price_decimals=2,
        lot_decimals=lot_decimals,
        minimum_lots=10,
        maximum_quantity=Decimal(1000),
        minimum_notional=Decimal(10),
    )
    for base, lot_decimals in (("BTC", 6), ("ETH", 4))
)
STATES = {
    Status.NEW: "submitted",
    Status.PARTIALLY_FILLED: "partial-filled",
    Status.FILLED: "filled",
    Status.CANCELLED: "canceled",
    Status.PREVENTED: "canceled",
}
CODES = {
    Reason.UNKNOWN_SYMBOL: ("base-symbol-error", "The symbol is invalid"),
    Reason.NOT_TRADING: ("base-symbol-trade-disabled", "Trading is disabled for this symbol"),
    Reason.PRICE_GRID: ("order-orderprice-precision-error", "order price precision error, scale: `2`"),
    Reason.QUANTITY_GRID: ("order-orderamount-precision-error", "order amount precision error"),
    Reason.QUANTITY_RANGE: ("order-limitorder-amount-min-error", "limit order amount error, min: `0.00001`"),
    Reason.NOTIONAL: ("order-value-min-error", "Order total cannot be lower than: 10 USDT"),
    Reason.INSUFFICIENT: ("account-frozen-balance-insufficient-error", "trade account balance is not enough, left: `0`"),
    Reason.UNKNOWN_ORDER: ("base-record-invalid", "record invalid"),
    Reason.ORDER_ENDED: ("order-orderstate-error", "Incorrect order state"),
}


class HtxError(Exception):
    """What HTX answers instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def refused(reason: Refused) -> HtxError:
    return HtxError(*CODES[reason.reason])


def now_ms() -> int:
    return int(time.time() * 1000)


class HtxCore:
    """The venue with a market of its own: another account whose orders rest on both sides."""

    def __init__(self, key: str) -> None:
        self.venue = Venue(PROFILE, LISTINGS, now_ms=now_ms(), journal=lambda record: None)
        self.account = self.venue.open_account(key)
        self._maker, self._other = self.venue.open_account("maker"), self.venue.open_account("other")
        for base, mid in (("BTC", 60_000), ("ETH", 3_000)):
            pair = self.venue.pairs[f"{base}USDT"]
            pair.is_trading = True
            for number in range(1, 6):
                self.quote(f"{base}USDT", Side.SELL, Decimal(mid + 10 * number), Decimal("0.5"))
                self.quote(f"{base}USDT", Side.BUY, Decimal(mid - 10 * number), Decimal("0.5"))

    def quote(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Have the market's account send a limit order."""
        self._send(self._maker, symbol, side, price, quantity)

    def take(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Have somebody trade with the market's account."""
        self._send(self._other, symbol, side, price, quantity)

    def _send(self, account: Account, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> None:
        listing = self.venue.pairs[symbol].listing
        request = Request(symbol=symbol, side=side, kind=OrderKind.LIMIT, price=listing.ticks(price), quantity=listing.lots(quantity))
        self.venue.place(account, request, now_ms())

    def delist(self, symbol: str) -> None:
        """Close a market."""
        self.venue.pairs[symbol].is_trading = False

    def listing(self, name: str) -> Listing:
        """Return the listing that HTX calls `name`: btcusdt.

        Raises:
            HtxError: there is none.
        """
        pair = self.venue.pairs.get(name.upper())
        if pair is None:
            raise refused(Refused(Reason.UNKNOWN_SYMBOL))
        return pair.listing

    def place(self, body: Json) -> Order:
        """Place an order as `/v1/order/orders/place` takes it."""
        listing = self.listing(body["symbol"])
        side, _, kind = body["type"].partition("-")
        try:
            request = Request(
                symbol=listing.symbol,
                side=Side.BUY if side == "buy" else Side.SELL,
                kind=OrderKind.MARKET if kind == "market" else OrderKind.LIMIT,
                duration={"ioc": Duration.IOC, "limit-fok": Duration.FOK}.get(kind, Duration.GTC),
                post_only=kind == "limit-maker",
                price=read_price(Decimal(body["price"]), listing) if "price" in body else 0,
                quantity=0 if kind == "market" and side == "buy" else read_quantity(Decimal(body["amount"]), listing),
                quote_atoms=int(Decimal(body["amount"]) * ATOMS) if kind == "market" and side == "buy" else 0,
                note=body.get("client-order-id", ""),
            )
            return self.venue.place(self.account, request, now_ms())[0]
        except Refused as reason:
            raise refused(reason) from reason

    def cancel(self, order: Order | None) -> Order:
        """Cancel an order."""
        try:
            return self.venue.cancel(self.account, order, now_ms())
        except Refused as reason:
            raise refused(reason) from reason

    def find(self, order_id: str) -> Order | None:
        """Return an order by HTX's id."""
        return self.venue.find(self.account, None, int(order_id), None)

    def named(self, client_order_id: str) -> Order | None:
        """Return the newest order of a client id."""
        found = [order for order in self.venue.orders(self.account) if order.note == client_order_id]
        return found[-1] if found else None

    def order(self, order: Order) -> Json:
        """Write an order."""
        listing = self.venue.pairs[order.symbol].listing
        state = STATES[order.status]
        return {
            "id": order.order_id,
            "symbol": order.symbol.lower(),
            "account-id": 1,
            "client-order-id": order.note,
            "amount": listing.quantity_text(order.quantity, 18),
            "price": listing.price_text(order.price, 18),
            "created-at": order.created_ms,
            "type": order_type(order),
            "field-amount": listing.quantity_text(order.executed, 18),
            "field-cash-amount": listing.notional_text(order.executed_units, 18),
            "field-fees": "0.0",
            "finished-at": 0 if order.is_open else order.updated_ms,
            "source": "spot-api",
            "state": "partial-canceled" if state == "canceled" and order.executed else state,
            "canceled-at": order.updated_ms if state == "canceled" else 0,
        }

    def trade(self, trade: Trade) -> Json:
        """Write a match result: `id` counts HTX's records, `trade-id` names the trade."""
        listing = self.venue.pairs[trade.symbol].listing
        return {
            "symbol": trade.symbol.lower(),
            "fee-currency": trade.commission_asset.lower(),
            "source": "spot-api",
            "price": listing.price_text(trade.price),
            "created-at": trade.time_ms,
            "role": "maker" if trade.is_maker else "taker",
            "order-id": trade.order_id,
            "match-id": trade.trade_id,
            "trade-id": trade.trade_id,
            "filled-amount": listing.quantity_text(trade.quantity),
            "filled-fees": str(Decimal(trade.commission) / ATOMS),
            "filled-points": "0.0",
            "fee-deduct-currency": "",
            "fee-deduct-state": "done",
            "id": trade.trade_id * 10,
            "type": f"{'buy' if trade.side is Side.BUY else 'sell'}-limit",
        }

    def balances(self) -> list[Json]:
        """Write the account's balances, free and frozen."""
        return [
            {"currency": asset.lower(), "type": kind, "balance": str(Decimal(atoms) / ATOMS), "seq-num": "1"}
            for asset, balance in self.venue.wallet(self.account, Kind.SPOT).items()
            for kind, atoms in (("trade", balance.free), ("frozen", balance.locked))
        ]


def order_type(order: Order) -> str:
    side = "buy" if order.side is Side.BUY else "sell"
    if order.kind is OrderKind.MARKET:
        return f"{side}-market"
    if order.post_only:
        return f"{side}-limit-maker"
    return f"{side}-" + {Duration.IOC: "ioc", Duration.FOK: "limit-fok"}.get(order.duration, "limit")
