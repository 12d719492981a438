"""One paper venue: its pairs, its accounts, and what it does with an order. No I/O: time comes in, events go out."""

from collections.abc import Callable, Iterable
from typing import Any

from execution.paper import wire
from execution.paper.accounts import Account, Balance, Order, Trade
from execution.paper.engine import Duration, Fill, Incoming, Outcome, Side
from execution.paper.errors import (
    DUPLICATE,
    INSUFFICIENT,
    INVALID_SYMBOL,
    MARKET_CLOSED,
    UNKNOWN_CANCEL,
    UNKNOWN_ORDER,
    WOULD_TAKE,
    filter_failure,
    missing,
    rejected,
)
from execution.paper.identifiers import Sequence
from execution.paper.listings import ATOMS, INITIAL_BALANCES, FeeAsset, Listing, VenueProfile
from execution.paper.orders import Request, check_filters
from execution.paper.pair import Pair, Print

MAXIMUM_OPEN_ORDERS = 200
UNLIMITED_LOTS = 10**15
PPM = 1_000_000


class Venue:
    """A venue under one name; `events` collects (account key, event) for the user streams."""

    def __init__(
        self, profile: VenueProfile, listings: Iterable[Listing], *, now_ms: int, journal: Callable[[dict[str, Any]], None]
    ) -> None:
        self.profile = profile
        self.pairs = {listing.symbol: Pair(listing) for listing in listings}
        self.accounts: dict[str, Account] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.order_ids = Sequence(now_ms)
        self.trade_ids = Sequence(now_ms)
        self._journal = journal
        self._owners: dict[int, Order] = {}

    def open_account(self, key: str) -> Account:
        """Return the account of a key, with the initial balances when it is new."""
        if key not in self.accounts:
            balances = {asset: Balance(int(amount * ATOMS)) for asset, amount in INITIAL_BALANCES.items()}
            self.accounts[key] = Account(key, balances)
            self._journal({"type": "account", "key": key, "balances": {asset: item.free for asset, item in balances.items()}})
        return self.accounts[key]

    def pair(self, symbol: str | None) -> Pair:
        """Return a listed pair."""
        if not symbol:
            raise missing("symbol")
        if symbol not in self.pairs:
            raise INVALID_SYMBOL
        return self.pairs[symbol]

    def place(self, account: Account, request: Request, now_ms: int) -> tuple[Order, list[Trade]]:
        """Take a new order: refuse it, or match it and return its record and its fills."""
        pair = self.pair(request.symbol)
        if not pair.is_trading:
            raise MARKET_CLOSED
        check_filters(request, pair.listing, average_price=pair.reference_price())
        self._check_open_orders(account, request)
        order = self._new_order(account, request, now_ms)
        incoming = _incoming(order, request, pair.listing)
        if not account.lock(order, *self._needed(order, incoming, pair)):
            self._refuse(order, pair, "INSUFFICIENT_BALANCES", now_ms)
            raise rejected(INSUFFICIENT)
        outcome = pair.book.submit(incoming)
        if outcome.would_take:
            account.release(order, self._locked_asset(order), 0)
            self._refuse(order, pair, "WOULD_MATCH_IMMEDIATELY", now_ms)
            raise rejected(WOULD_TAKE)
        return order, self._accept(account, order, pair, outcome, now_ms)

    def cancel(self, account: Account, order: Order | None, cancel_id: str, now_ms: int) -> Order:
        """Cancel an open order of the account."""
        if order is None or not order.is_open or order.account != account.key:
            raise UNKNOWN_CANCEL
        self.pairs[order.symbol].book.cancel(order.order_id)
        order.cancel_id = cancel_id
        self._finish(order, "CANCELED", "CANCELED", now_ms)
        return order

    def find(self, account: Account, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
        """Return the account's order with an id, or the newest with a client id."""
        if order_id is not None:
            order = account.orders.get(order_id)
            return order if order is not None and order.symbol == symbol else None
        return account.by_client_id.get((symbol, client_id or ""))

    def query(self, account: Account, symbol: str, order_id: int | None, client_id: str | None) -> Order:
        """Return an order or refuse with Binance's words."""
        order = self.find(account, symbol, order_id, client_id)
        if order is None:
            raise UNKNOWN_ORDER
        return order

    def apply_fills(self, pair: Pair, fills: Iterable[Fill], now_ms: int) -> list[Trade]:
        """Print fills on the tape and settle the own orders in them; return the taker's trades."""
        taken = []
        for fill in fills:
            trade_id = self.trade_ids.next()
            pair.print_trade(Print(trade_id, fill.price, fill.quantity, fill.taker_side is Side.SELL, now_ms))
            if fill.maker_id is not None:
                self._settle(self._owners[fill.maker_id], pair, fill, trade_id, now_ms, is_maker=True)
            if fill.taker_id is not None:
                taken.append(self._settle(self._owners[fill.taker_id], pair, fill, trade_id, now_ms, is_maker=False))
        return taken

    def restore(self, account: Account, order: Order) -> None:
        """Put a journalled order back into the records."""
        account.add_order(order)
        self.order_ids.skip_past(order.order_id)

    def expire_open_orders(self, now_ms: int) -> None:
        """Expire what was open when the exchange stopped."""
        for account in self.accounts.values():
            for order in list(account.open_orders.values()):
                self._finish(order, "EXPIRED", "EXPIRED", now_ms)
        self.events.clear()

    def _check_open_orders(self, account: Account, request: Request) -> None:
        if len(account.open_orders) >= MAXIMUM_OPEN_ORDERS:
            raise filter_failure("MAX_NUM_ORDERS")
        if request.client_id is None:
            return
        known = account.by_client_id.get((request.symbol, request.client_id))
        if known is not None and known.is_open:
            raise rejected(DUPLICATE)

    def _new_order(self, account: Account, request: Request, now_ms: int) -> Order:
        order_id = self.order_ids.next()
        return Order(
            order_id=order_id,
            client_id=request.client_id or f"paper-{order_id}",
            account=account.key,
            symbol=request.symbol,
            side=request.side,
            kind=request.kind,
            duration=request.duration,
            price=request.price,
            quantity=request.quantity,
            quote_quantity=request.quote_atoms,
            created_ms=now_ms,
            updated_ms=now_ms,
        )

    def _locked_asset(self, order: Order) -> str:
        listing = self.pairs[order.symbol].listing
        return listing.quote if order.side is Side.BUY else listing.base

    def _needed(self, order: Order, incoming: Incoming, pair: Pair) -> tuple[str, int]:
        """Return the asset and the atoms that the order may have to pay, fee included."""
        lots, units = order.quantity, order.quantity * order.price
        if order.kind == "MARKET":
            lots, units = pair.book.fillable(incoming)
        if order.side is Side.SELL:
            return pair.listing.base, lots * pair.listing.base_atoms_per_lot
        return pair.listing.quote, self._with_fee(units * pair.listing.quote_atoms_per_unit)

    def _with_fee(self, atoms: int) -> int:
        if self.profile.fee_asset is not FeeAsset.QUOTE:
            return atoms
        return atoms + atoms * max(self.profile.maker_ppm, self.profile.taker_ppm) // PPM

    def _accept(self, account: Account, order: Order, pair: Pair, outcome: Outcome, now_ms: int) -> list[Trade]:
        self._owners[order.order_id] = order
        account.add_order(order)
        if order.quote_quantity:  # a budget buys what it buys: the last fill completes the order
            order.quantity = sum(fill.quantity for fill in outcome.fills)
        self._report(order, "NEW", now_ms)
        for maker_id in outcome.expired_makers:
            self._finish(self._owners[maker_id], "EXPIRED_IN_MATCH", "TRADE_PREVENTION", now_ms)
        trades = self.apply_fills(pair, outcome.fills, now_ms)
        if order.is_open and not outcome.resting:
            self._finish(order, "EXPIRED", "EXPIRED", now_ms)
        elif not trades:
            self._positions(order, now_ms)
        return trades

    def _settle(self, order: Order, pair: Pair, fill: Fill, trade_id: int, now_ms: int, *, is_maker: bool) -> Trade:
        """Move the money of one fill and report it."""
        account, listing = self.accounts[order.account], pair.listing
        trade = self._trade(order, listing, fill, trade_id=trade_id, now_ms=now_ms, is_maker=is_maker)
        self._pay(account, order, listing, trade)
        order.executed += fill.quantity
        order.executed_units += fill.quantity * fill.price
        order.updated_ms = now_ms
        order.status = "PARTIALLY_FILLED"
        if order.executed == order.quantity:
            account.close(order, "FILLED")
            self._owners.pop(order.order_id)
        account.release(order, self._locked_asset(order), self._still_needed(order, listing))
        account.trades.append(trade)
        self._journal({"type": "trade", **trade.record()})
        self._report(order, "TRADE", now_ms, trade=trade)
        self._positions(order, now_ms)
        return trade

    def _trade(self, order: Order, listing: Listing, fill: Fill, *, trade_id: int, now_ms: int, is_maker: bool) -> Trade:
        rate = self.profile.maker_ppm if is_maker else self.profile.taker_ppm
        in_base = self.profile.fee_asset is FeeAsset.RECEIVED and order.side is Side.BUY
        received = fill.quantity * (listing.base_atoms_per_lot if in_base else fill.price * listing.quote_atoms_per_unit)
        return Trade(
            trade_id=trade_id,
            order_id=order.order_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            price=fill.price,
            quantity=fill.quantity,
            commission=received * rate // PPM,
            commission_asset=listing.base if in_base else listing.quote,
            is_maker=is_maker,
            time_ms=now_ms,
        )

    def _pay(self, account: Account, order: Order, listing: Listing, trade: Trade) -> None:
        base = trade.quantity * listing.base_atoms_per_lot
        quote = trade.quantity * trade.price * listing.quote_atoms_per_unit
        base_fee = trade.commission if trade.commission_asset == listing.base else 0
        quote_fee = trade.commission if trade.commission_asset == listing.quote else 0
        if order.side is Side.BUY:
            account.pay(order, listing.quote, quote + quote_fee)
            account.receive(listing.base, base - base_fee)
        else:
            account.pay(order, listing.base, base)
            account.receive(listing.quote, quote - quote_fee)

    def _still_needed(self, order: Order, listing: Listing) -> int:
        if not order.is_open:
            return 0
        if order.kind == "MARKET":
            return order.locked
        if order.side is Side.SELL:
            return order.remaining * listing.base_atoms_per_lot
        return self._with_fee(order.remaining * order.price * listing.quote_atoms_per_unit)

    def _finish(self, order: Order, status: str, execution: str, now_ms: int) -> None:
        account = self.accounts[order.account]
        account.close(order, status)
        account.release(order, self._locked_asset(order), 0)
        self._owners.pop(order.order_id, None)
        order.updated_ms = now_ms
        self._report(order, execution, now_ms)
        self._positions(order, now_ms)

    def _refuse(self, order: Order, pair: Pair, reason: str, now_ms: int) -> None:
        order.status = "REJECTED"
        report = wire.execution_report(order, pair.listing, "REJECTED", now_ms=now_ms, reason=reason)
        self.events.append((order.account, report))

    def _report(self, order: Order, execution: str, now_ms: int, *, trade: Trade | None = None) -> None:
        listing = self.pairs[order.symbol].listing
        self._journal({"type": "order", **order.record()})
        self.events.append((order.account, wire.execution_report(order, listing, execution, now_ms=now_ms, trade=trade)))

    def _positions(self, order: Order, now_ms: int) -> None:
        listing = self.pairs[order.symbol].listing
        event = wire.position_event(self.accounts[order.account], (listing.base, listing.quote), now_ms)
        self.events.append((order.account, event))


def _incoming(order: Order, request: Request, listing: Listing) -> Incoming:
    by_budget = bool(request.quote_atoms)
    return Incoming(
        order_id=order.order_id,
        owner=order.account,
        side=order.side,
        quantity=UNLIMITED_LOTS if by_budget else order.quantity,
        limit=None if order.kind == "MARKET" else order.price,
        duration=Duration.IOC if order.kind == "MARKET" else order.duration,
        post_only=order.kind == "LIMIT_MAKER",
        budget=request.quote_atoms // listing.quote_atoms_per_unit if by_budget else None,
    )
