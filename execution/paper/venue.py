"""One paper venue: its pairs, its accounts, and what it does with an order. No I/O: time comes in, events go out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from execution.paper.accounts import Account, FundingPayment, Order, Status, Trade
from execution.paper.engine import Duration, Fill, Incoming, Outcome, Side
from execution.paper.events import Change, Event, HoldingsEvent, OrderEvent
from execution.paper.identifiers import Sequence as Identifiers
from execution.paper.ledger import Ledger
from execution.paper.listings import ATOMS, Kind, Listing
from execution.paper.orders import OrderKind, Request, check_filters
from execution.paper.pair import FundingRate, Pair, Print
from execution.paper.positions import Position
from execution.paper.profiles import ClientIds, VenueProfile, initial_balances
from execution.paper.records import Records
from execution.paper.refusals import Reason, Refused
from execution.paper.spot import SpotLedger

MAXIMUM_OPEN_ORDERS = 200  # of one account in one symbol
UNLIMITED_LOTS = 10**15


class Venue(Records):
    """A venue under one name: what its accounts and its market do to the records; `events` are for its private streams."""

    def __init__(
        self, profile: VenueProfile, listings: Iterable[Listing], *, now_ms: int, journal: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__(profile, listings)
        self.events: list[Event] = []
        self.order_ids = Identifiers(now_ms)
        self.trade_ids = Identifiers(now_ms)
        self.hear_takers: Callable[[Pair, Sequence[Trade]], None] = lambda pair, trades: None
        self._journal = journal
        self._ledgers: dict[Kind, Ledger] = {Kind.SPOT: SpotLedger(profile), Kind.PERPETUAL: self.perpetual}
        self._funded_ms = now_ms
        self._owners: dict[int, Order] = {}

    def open_account(self, key: str) -> Account:
        """Return the account of a key, with the initial balances when it is new."""
        if key not in self.accounts:
            amounts = initial_balances(self.profile, {pair.listing.base for pair in self.pairs.values()})
            atoms = {kind: {asset: int(amount * ATOMS) for asset, amount in wallet.items()} for kind, wallet in amounts.items()}
            self.accounts[key] = self.make_account(key, atoms)
            self._journal({"type": "account", "key": key, "balances": atoms})
        return self.accounts[key]

    def take_events(self) -> list[Event]:
        """Return the events since the last call, for the gateway's private streams."""
        events, self.events = self.events, []
        return events

    # what accounts ask for

    def place(self, account: Account, request: Request, now_ms: int) -> tuple[Order, list[Trade]]:
        """Take a new order: refuse it, or match it and return its record and its fills.

        Raises:
            Refused: nothing has happened.
        """
        pair = self.pair(request.symbol)
        pair.wake()
        if not pair.is_trading:
            raise Refused(Reason.NOT_TRADING)
        check_filters(request, pair.listing, market_price=pair.reference_price())
        self._check_open_orders(account, request)
        order = self._new_order(account, request, now_ms)
        incoming = self._incoming(order, pair)
        try:
            self._reserve(account, order, incoming, pair)
            trades = self._match(account, order, pair, incoming, now_ms)
        except Refused as refused:
            self._refuse(order, refused.reason)
            raise
        if trades:
            self.hear_takers(pair, trades)
        return order, trades

    def cancel(self, account: Account, order: Order | None, now_ms: int, *, note: str = "") -> Order:
        """Cancel an open order of the account; `note` is the gateway's own and stays with the order.

        Raises:
            Refused: UNKNOWN_ORDER, ORDER_ENDED.
        """
        if order is None or order.account != account.key:
            raise Refused(Reason.UNKNOWN_ORDER)
        if order.is_open and self.behaviour.is_racing_cancels:
            self._fill_whole(order, now_ms)
        if not order.is_open:
            raise Refused(Reason.ORDER_ENDED)
        self.pairs[order.symbol].book.cancel(order.order_id)
        order.cancel_note = note
        self._finish(order, Status.CANCELLED, now_ms)
        return order

    def set_leverage(self, account: Account, symbol: str, leverage: int) -> None:
        """Change the leverage of a perpetual.

        Raises:
            Refused: UNKNOWN_SYMBOL, LEVERAGE, INSUFFICIENT.
        """
        pair = self.pair(symbol)
        if pair.listing.kind is not Kind.PERPETUAL:
            raise Refused(Reason.UNKNOWN_SYMBOL)
        self.perpetual.set_leverage(account, pair, leverage)
        self._journal({"type": "leverage", "account": account.key, "symbol": symbol, "leverage": leverage})
        self.events.append(HoldingsEvent(account=account.key, assets=(pair.listing.quote,), symbols=(symbol,)))

    # what the market does

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

    def pay_funding(self, now_ms: int) -> None:
        """Pay the perpetuals' funding when an interval has ended since the last call."""
        interval = self.profile.funding_interval_ms
        if now_ms // interval == self._funded_ms // interval:
            return
        self._funded_ms = now_ms
        for pair in self.pairs_of(Kind.PERPETUAL):
            pair.funding_rates.append(FundingRate(now_ms, pair.funding_rate_e8, pair.mark_price()))
            for account in self.accounts.values():
                if (position := account.positions.get(pair.listing.symbol)) is not None and position.lots:
                    self._pay_funding(account, position, pair, now_ms)

    # restarts

    def restore(self, account: Account, order: Order) -> None:
        """Put a journalled order back into the records."""
        account.add_order(order)
        self.order_ids.skip_past(order.order_id)

    def restore_trade(self, trade: Trade) -> None:
        """Move a journalled trade's money again."""
        account, pair = self.accounts[trade.account], self.pairs[trade.symbol]
        self._ledgers[pair.listing.kind].restore(account, pair, trade)
        account.trades.append(trade)
        self.trade_ids.skip_past(trade.trade_id)

    def restore_funding(self, payment: FundingPayment) -> None:
        """Move a journalled payment's money again."""
        account, quote = self.accounts[payment.account], self.pairs[payment.symbol].listing.quote
        account.funding.append(payment)
        account.position(payment.symbol).funding_atoms += payment.atoms
        account.balance(quote, Kind.PERPETUAL).free += payment.atoms

    def expire_open_orders(self, now_ms: int) -> None:
        """Expire what was open when the exchange stopped."""
        for account in self.accounts.values():
            for order in list(account.open_orders.values()):
                self._finish(order, Status.EXPIRED, now_ms)
            for symbol in account.positions:
                self.perpetual.hold_margin(account, self.pairs[symbol])
        self.events.clear()

    # how it is done

    @property
    def _unfilled(self) -> Status:
        return Status.EXPIRED if self.profile.expires_unfilled else Status.CANCELLED

    def _reserve(self, account: Account, order: Order, incoming: Incoming, pair: Pair) -> None:
        ledger = self._ledgers[pair.listing.kind]
        ledger.reserve(account, order, incoming, pair)
        spends = self.profile.is_unified and pair.listing.kind is Kind.SPOT and order.side is Side.BUY
        if spends and self.perpetual.margin(account).available < 0:  # one wallet: positions' losses are not there to spend
            ledger.release(account, order, pair)
            raise Refused(Reason.INSUFFICIENT)

    def _pay_funding(self, account: Account, position: Position, pair: Pair, now_ms: int) -> None:
        payment = FundingPayment(
            account=account.key,
            symbol=position.symbol,
            atoms=self.perpetual.pay_funding(account, pair),
            lots=position.lots,
            mark_ticks=pair.mark_price(),
            rate_e8=pair.funding_rate_e8,
            time_ms=now_ms,
        )
        account.funding.append(payment)
        self._journal({"type": "funding", **asdict(payment)})
        event = HoldingsEvent(account=account.key, assets=(pair.listing.quote,), symbols=(position.symbol,), funding=payment)
        self.events.append(event)

    def _check_open_orders(self, account: Account, request: Request) -> None:
        if sum(order.symbol == request.symbol for order in account.open_orders.values()) >= MAXIMUM_OPEN_ORDERS:
            raise Refused(Reason.TOO_MANY_ORDERS)
        if request.client_id is None:
            return
        by_symbol = self.profile.client_ids is ClientIds.OPEN
        known = account.newest(request.symbol if by_symbol else None, request.client_id)
        if known is not None and (known.is_open or not by_symbol):
            raise Refused(Reason.DUPLICATE, client_id=request.client_id)

    def _new_order(self, account: Account, request: Request, now_ms: int) -> Order:
        order_id = self.order_ids.next()
        return Order(
            order_id=order_id,
            client_id=request.client_id or f"paper-{order_id}",
            account=account.key,
            symbol=request.symbol,
            side=request.side,
            kind=request.kind,
            duration=request.duration if request.kind is OrderKind.LIMIT else Duration.IOC,
            post_only=request.post_only,
            reduce_only=request.reduce_only,
            price=request.price if request.kind is OrderKind.LIMIT else 0,
            quantity=request.quantity,
            quote_atoms=request.quote_atoms,
            note=request.note,
            created_ms=now_ms,
            updated_ms=now_ms,
        )

    def _incoming(self, order: Order, pair: Pair) -> Incoming:
        by_budget = bool(order.quote_atoms)
        return Incoming(
            order_id=order.order_id,
            owner=order.account,
            side=order.side,
            quantity=UNLIMITED_LOTS if by_budget else order.quantity,
            limit=None if order.kind is OrderKind.MARKET else order.price,
            duration=order.duration,
            post_only=order.post_only,
            budget=order.quote_atoms // pair.listing.quote_atoms_per_unit if by_budget else None,
        )

    def _match(self, account: Account, order: Order, pair: Pair, incoming: Incoming, now_ms: int) -> list[Trade]:
        ledger, would_take = self._ledgers[pair.listing.kind], incoming.post_only and pair.book.crosses(incoming)
        if would_take and self.profile.refuses_post_only:
            ledger.release(account, order, pair)
            raise Refused(Reason.WOULD_TAKE)
        self._owners[order.order_id] = order
        overtaken = [] if would_take else ledger.overtaken(account, order, pair)
        account.add_order(order)
        ledger.hold(account, order, pair)
        self._report(order, Change.NEW)
        if would_take:
            self._finish(order, Status.CANCELLED, now_ms, reason=Reason.WOULD_TAKE)
            return []
        for other in overtaken:
            pair.book.cancel(other.order_id)
            self._finish(other, self._unfilled, now_ms, reason=Reason.REDUCE_ONLY)
        return self._accept(order, pair, pair.book.submit(self._thinned(incoming, pair)), now_ms)

    def _accept(self, order: Order, pair: Pair, outcome: Outcome, now_ms: int) -> list[Trade]:
        if order.quote_atoms:  # a budget buys what it buys: the last fill completes the order
            order.quantity = sum(fill.quantity for fill in outcome.fills)
        for maker_id in outcome.expired_makers:
            self._finish(self._owners[maker_id], Status.PREVENTED, now_ms)
        trades = self.apply_fills(pair, outcome.fills, now_ms)
        if order.is_open and not outcome.resting:
            self._finish(order, self._unfilled, now_ms)
        elif not trades:
            self._tell_holdings(order)
        return trades

    def _thinned(self, incoming: Incoming, pair: Pair) -> Incoming:
        """Let only a share of what could trade at once do so, while the venue is made to: the others' orders are just gone."""
        share = self.behaviour.fill_share
        if share is None or incoming.post_only or incoming.duration is Duration.FOK:
            return incoming
        lots = int(pair.book.fillable(incoming)[0] * share)
        if incoming.duration is Duration.GTC and incoming.limit is not None:
            pair.book.withdraw_background(incoming.side.opposite, incoming.limit, keep=lots)
            return incoming
        return replace(incoming, quantity=lots)

    def _fill_whole(self, order: Order, now_ms: int) -> None:
        """Let an open order trade what is left of it at its price."""
        pair = self.pairs[order.symbol]
        lots = pair.book.cancel(order.order_id)
        self.apply_fills(pair, (Fill(order.price, lots, order.side.opposite, None, order.order_id),), now_ms)

    def _settle(self, order: Order, pair: Pair, fill: Fill, trade_id: int, now_ms: int, *, is_maker: bool) -> Trade:
        """Move the money of one fill and report it."""
        account, ledger = self.accounts[order.account], self._ledgers[pair.listing.kind]
        commission, asset = ledger.commission(order, pair, fill, is_maker=is_maker)
        trade = Trade(
            trade_id=trade_id,
            order_id=order.order_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            price=fill.price,
            quantity=fill.quantity,
            commission=commission,
            commission_asset=asset,
            is_maker=is_maker,
            time_ms=now_ms,
            realised=ledger.realised(account, order, pair, fill),
        )
        self._count(account, order, trade)
        ledger.settle(account, order, pair, trade)
        account.trades.append(trade)
        self._journal({"type": "trade", **trade.record()})
        self._report(order, Change.TRADE, trade=trade)
        self._tell_holdings(order)
        return trade

    def _count(self, account: Account, order: Order, trade: Trade) -> None:
        order.executed += trade.quantity
        order.executed_units += trade.quantity * trade.price
        order.updated_ms = trade.time_ms
        order.status = Status.PARTIALLY_FILLED
        if order.executed == order.quantity:
            account.close(order, Status.FILLED)
            self._owners.pop(order.order_id)

    def _finish(self, order: Order, status: Status, now_ms: int, *, reason: Reason | None = None) -> None:
        account, pair = self.accounts[order.account], self.pairs[order.symbol]
        account.close(order, status)
        self._ledgers[pair.listing.kind].release(account, order, pair)
        self._owners.pop(order.order_id, None)
        order.updated_ms, order.reason = now_ms, reason
        self._report(order, Change(status))
        self._tell_holdings(order)

    def _refuse(self, order: Order, reason: Reason) -> None:
        order.status = Status.REJECTED
        self.events.append(OrderEvent(account=order.account, change=Change.REJECTED, order=order, reason=reason))

    def _report(self, order: Order, change: Change, *, trade: Trade | None = None) -> None:
        self._journal({"type": "order", **order.record()})
        event = OrderEvent(account=order.account, change=change, order=replace(order), trade=trade, reason=order.reason)
        self.events.append(event)

    def _tell_holdings(self, order: Order) -> None:
        pair = self.pairs[order.symbol]
        assets, symbols = self._ledgers[pair.listing.kind].touched(order, pair)
        self.events.append(HoldingsEvent(account=order.account, assets=assets, symbols=symbols))
