"""What a venue keeps: its pairs, its accounts, and what queries are told of them (which may be wrong on demand)."""

from collections.abc import Iterable
from dataclasses import replace

from execution.paper.accounts import Account, Balance, Order, Trade, Wallet
from execution.paper.behaviour import Behaviour
from execution.paper.listings import Kind, Listing
from execution.paper.pair import PARTS, Pair
from execution.paper.perpetual import Margin, PerpetualLedger
from execution.paper.positions import Position
from execution.paper.profiles import QUOTE, VenueProfile
from execution.paper.refusals import Reason, Refused


class Records:
    """The reading half of a venue."""

    def __init__(self, profile: VenueProfile, listings: Iterable[Listing]) -> None:
        self.profile = profile
        self.behaviour = Behaviour()
        self.pairs = {one.symbol: Pair(one, self.behaviour, part=number % PARTS) for number, one in enumerate(listings)}
        self.accounts: dict[str, Account] = {}
        # a venue without perpetuals has no fees for them either, and its ledger nothing to do
        self.perpetual = PerpetualLedger(profile.fees.get(Kind.PERPETUAL, profile.fees[Kind.SPOT]), self.pairs, QUOTE)

    # listings and accounts

    def pair(self, symbol: str) -> Pair:
        """Return a listed pair.

        Raises:
            Refused: UNKNOWN_SYMBOL.
        """
        if symbol not in self.pairs:
            raise Refused(Reason.UNKNOWN_SYMBOL)
        return self.pairs[symbol]

    def pairs_of(self, kind: Kind) -> list[Pair]:
        """Return the pairs of one kind."""
        return [pair for pair in self.pairs.values() if pair.listing.kind is kind]

    def make_account(self, key: str, balances: dict[Kind, dict[str, int]]) -> Account:
        """Return an account with wallets as the venue keeps them: one for both kinds, or one for each."""
        wallets = {kind: {asset: Balance(atoms) for asset, atoms in balances.get(kind, {}).items()} for kind in Kind}
        if self.profile.is_unified:
            wallets[Kind.PERPETUAL] = wallets[Kind.SPOT]
        return Account(key, wallets)

    # what queries are told

    def find(self, account: Account, symbol: str | None, order_id: int | None, client_id: str | None) -> Order | None:
        """Return the account's order with an id, or the newest with a client id; a symbol of None means any."""
        order = account.orders.get(order_id) if order_id is not None else account.newest(symbol, client_id or "")
        if order is None or symbol not in {None, order.symbol} or self._is_hidden(order):
            return None
        return order

    def orders(self, account: Account, symbol: str | None = None) -> list[Order]:
        """Return the account's orders, oldest first."""
        return self._told(account.orders.values(), symbol)

    def open_orders(self, account: Account, symbol: str | None = None) -> list[Order]:
        """Return the account's open orders, oldest first."""
        return self._told(account.open_orders.values(), symbol)

    def trades(self, account: Account, symbol: str | None = None) -> list[Trade]:
        """Return the account's trades, oldest first."""
        hidden = {order.order_id for order in account.orders.values() if self._is_hidden(order)} if self._hides else set()
        return [trade for trade in account.trades if symbol in {None, trade.symbol} and trade.order_id not in hidden]

    def wallet(self, account: Account, kind: Kind) -> Wallet:
        """Return the balances that the venue reports."""
        wallet = account.wallet(kind)
        drifts = {symbol: lots for symbol, lots in self.behaviour.position_drift.items() if symbol in self.pairs}
        for symbol, lots in drifts.items():
            listing = self.pairs[symbol].listing
            if listing.kind is Kind.SPOT and wallet is account.wallet(Kind.SPOT):
                known = account.balance(listing.base)
                wallet = {**wallet, listing.base: Balance(known.free + lots * listing.base_atoms_per_lot, known.locked)}
        return wallet

    def positions(self, account: Account) -> list[Position]:
        """Return the open positions that the venue reports, as copies."""
        found = [replace(position) for position in account.positions.values()]
        for symbol, lots in self.behaviour.position_drift.items():
            if symbol in self.pairs and self.pairs[symbol].listing.kind is Kind.PERPETUAL:
                found = [item for item in found if item.symbol != symbol]
                known = account.position(symbol)
                cost = known.cost_units + lots * self.pairs[symbol].mark_price()
                found.append(replace(known, lots=known.lots + lots, cost_units=cost))
        return [position for position in found if position.lots]

    def margin(self, account: Account) -> Margin:
        """Return the state of the account's margin for perpetuals."""
        return self.perpetual.margin(account)

    def next_funding_ms(self, now_ms: int) -> int:
        """Return when perpetuals pay next."""
        return now_ms + self.profile.funding_interval_ms - now_ms % self.profile.funding_interval_ms

    @property
    def _hides(self) -> bool:
        return self.behaviour.hidden_until_ms > 0

    def _is_hidden(self, order: Order) -> bool:
        """Tell whether queries do not know an order; the fault takes its time limit back by itself when it ends."""
        return self._hides and self.behaviour.hides(order.created_ms, order.created_ms)

    def _told(self, orders: Iterable[Order], symbol: str | None) -> list[Order]:
        return [order for order in orders if symbol in {None, order.symbol} and not self._is_hidden(order)]
