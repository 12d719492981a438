"""The money of perpetuals: cross margin in the quote asset, initial margin by leverage, profit settled in cash.

What a wallet holds back for a symbol is the larger of what its position and its orders would need if all buys traded and if
all sells traded (initial margin is cost over leverage), plus the fees and the loss against the mark price of every order of a
side that would open or add. An order is taken when the equity (cash and unrealised profit) covers all of that with it, so an
account's own trading cannot make what it has available negative; only the market can. Orders that only close are always
taken. Positions are not liquidated: the maintenance ratio is told, nothing is done about it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from execution.paper.accounts import Account, Order, Trade
from execution.paper.engine import Duration, Fill, Incoming, Side
from execution.paper.ledger import PPM
from execution.paper.listings import Kind, Listing
from execution.paper.orders import OrderKind
from execution.paper.pair import Pair
from execution.paper.positions import Position
from execution.paper.profiles import Fees
from execution.paper.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class Working:
    """What still works of an order; `units` is the most that it may cost, `limit_units` what it is worth at its limit.

    They differ for a sell that takes: its margin is that of the best bid, its worst price is its limit.
    """

    side: Side
    lots: int
    units: int
    limit_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """An account's state of margin in atoms of the quote asset."""

    cash: int
    unrealised: int
    initial: int
    maintenance: int

    @property
    def equity(self) -> int:
        """Return cash and unrealised profit."""
        return self.cash + self.unrealised

    @property
    def available(self) -> int:
        """Return what new orders may use."""
        return self.equity - self.initial

    @property
    def maintenance_ratio(self) -> Decimal:
        """Return maintenance margin over equity: a real venue liquidates at 1."""
        return (Decimal(self.maintenance) / self.equity).quantize(Decimal("1e-6")) if self.equity > 0 else Decimal(1)


class PerpetualLedger:
    """The margin accounts of one venue."""

    def __init__(self, fees: Fees, pairs: Mapping[str, Pair], quote: str) -> None:
        self._fees, self._pairs, self._quote = fees, pairs, quote

    # what an order needs

    def reserve(self, account: Account, order: Order, incoming: Incoming, pair: Pair) -> None:
        """Take the order when it only closes, or when the equity covers it too."""
        working = self._incoming(order, incoming, pair)
        closing = self._lots(account, order.symbol, order.side) + working.lots
        if closing <= account.position(order.symbol).closable(order.side):
            return
        if order.reduce_only:
            raise Refused(Reason.REDUCE_ONLY)
        others = sum(item.margin_atoms for item in account.positions.values() if item.symbol != order.symbol)
        state = self.margin(account)
        if state.equity < others + self._required(account, pair, [*self._resting(account, order.symbol), working]):
            raise Refused(Reason.INSUFFICIENT)

    def hold(self, account: Account, order: Order, pair: Pair) -> None:
        """Hold back what the symbol needs now."""
        self.hold_margin(account, pair)

    def hold_margin(self, account: Account, pair: Pair) -> None:
        """Move between free and held back what the symbol needs more or less than before."""
        position, balance = account.position(pair.listing.symbol), account.balance(self._quote, Kind.PERPETUAL)
        needed = self._required(account, pair, self._resting(account, position.symbol))
        balance.free -= needed - position.margin_atoms
        balance.locked += needed - position.margin_atoms
        position.margin_atoms = needed

    def release(self, account: Account, order: Order, pair: Pair) -> None:
        """Hold back what the symbol needs without the order, which has ended."""
        self.hold(account, order, pair)

    def overtaken(self, account: Account, order: Order, pair: Pair) -> list[Order]:
        """Return the reduce-only orders that would no longer only close beside a new order: the newest first."""
        orders = [item for item in account.open_orders.values() if (item.symbol, item.side) == (order.symbol, order.side)]
        lots = order.quantity + sum(item.remaining for item in orders)
        excess = lots - account.position(order.symbol).closable(order.side)
        found = []
        for item in reversed(orders):
            if excess > 0 and item.reduce_only:
                found.append(item)
                excess -= item.remaining
        return found

    # what a trade moves

    def commission(self, order: Order, pair: Pair, fill: Fill, *, is_maker: bool) -> tuple[int, str]:
        """Return the fee in the quote asset."""
        rate = self._fees.maker_ppm if is_maker else self._fees.taker_ppm
        return fill.quantity * fill.price * pair.listing.quote_atoms_per_unit * rate // PPM, self._quote

    def realised(self, account: Account, order: Order, pair: Pair, fill: Fill) -> int:
        """Apply a fill to the position and return the atoms that it realised."""
        position = account.position(order.symbol)
        atoms = position.trade(order.side, fill.quantity, fill.price) * pair.listing.quote_atoms_per_unit
        position.realised_atoms += atoms
        return atoms

    def settle(self, account: Account, order: Order, pair: Pair, trade: Trade) -> None:
        """Pay fee and realised profit in cash."""
        account.balance(self._quote, Kind.PERPETUAL).free += trade.realised - trade.commission
        self.hold(account, order, pair)

    def restore(self, account: Account, pair: Pair, trade: Trade) -> None:
        """Move the money of a trade of an earlier run."""
        position = account.position(trade.symbol)
        atoms = position.trade(trade.side, trade.quantity, trade.price) * _atoms(pair.listing)
        position.realised_atoms += atoms
        account.balance(self._quote, Kind.PERPETUAL).free += atoms - trade.commission

    def touched(self, order: Order, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the quote asset and the symbol."""
        return (self._quote,), (order.symbol,)

    # the account

    def set_leverage(self, account: Account, pair: Pair, leverage: int) -> None:
        """Change the leverage of a symbol.

        Raises:
            Refused: LEVERAGE, or INSUFFICIENT for what is open.
        """
        if not 1 <= leverage <= pair.listing.max_leverage:
            raise Refused(Reason.LEVERAGE)
        position = account.position(pair.listing.symbol)
        before, position.leverage = position.leverage, leverage
        needed = self._required(account, pair, self._resting(account, position.symbol))
        if needed > position.margin_atoms and self.margin(account).available < needed - position.margin_atoms:
            position.leverage = before
            raise Refused(Reason.INSUFFICIENT)
        self.hold_margin(account, pair)

    def margin(self, account: Account) -> Margin:
        """Return the account's margin at mark prices."""
        balance = account.balance(self._quote, Kind.PERPETUAL)
        positions = [(item, self._pairs[item.symbol]) for item in account.positions.values()]
        return Margin(
            cash=balance.free + sum(item.margin_atoms for item, _ in positions),
            unrealised=sum(item.unrealised_units(pair.mark_price()) * _atoms(pair.listing) for item, pair in positions),
            initial=sum(item.margin_atoms for item, _ in positions),
            maintenance=sum(_maintenance(item, pair) for item, pair in positions),
        )

    def pay_funding(self, account: Account, pair: Pair) -> int:
        """Pay one interval's funding in cash and return the atoms received, negative when paid."""
        position = account.position(pair.listing.symbol)
        units = position.lots * pair.mark_price()
        size = abs(units) * _atoms(pair.listing) * abs(pair.funding_rate_e8) // 10**8
        received = -size if units * pair.funding_rate_e8 > 0 else size
        position.funding_atoms += received
        account.balance(self._quote, Kind.PERPETUAL).free += received
        return received

    # how it is done

    def _lots(self, account: Account, symbol: str, side: Side) -> int:
        return sum(item.lots for item in self._resting(account, symbol) if item.side is side)

    def _resting(self, account: Account, symbol: str) -> list[Working]:
        """Return what works on for longer than the moment, at its limit or, for sells, at what it was reserved at."""
        return [
            Working(order.side, order.remaining, order.remaining * max(order.price, order.reserve_ticks), order.remaining * order.price)
            for order in account.open_orders.values()
            if order.symbol == symbol and order.duration is Duration.GTC
        ]

    def _incoming(self, order: Order, incoming: Incoming, pair: Pair) -> Working:
        """Return a new order at the worst price it may trade at now: for a sell that is the highest, the best bid."""
        if order.kind is OrderKind.MARKET:
            lots, units = pair.book.fillable(incoming)
            return Working(order.side, lots, units, units)
        if order.side is Side.SELL:
            order.reserve_ticks = pair.book.bids.best or 0
        highest = max(order.price, order.reserve_ticks)
        return Working(order.side, order.quantity, order.quantity * highest, order.quantity * order.price)

    def _required(self, account: Account, pair: Pair, working: Iterable[Working]) -> int:
        """Return what a symbol's position and orders hold back, atoms."""
        position, orders = account.position(pair.listing.symbol), list(working)
        exposure = max(_exposure(position, [item for item in orders if item.side is side], side) for side in Side)
        margin = -(-exposure * _atoms(pair.listing) // position.leverage)
        opening = [item for item in orders if self._opens(position, orders, item.side)]
        return margin + sum(self._extra(item, pair) for item in opening)

    def _opens(self, position: Position, orders: Iterable[Working], side: Side) -> bool:
        return sum(item.lots for item in orders if item.side is side) > position.closable(side)

    def _extra(self, item: Working, pair: Pair) -> int:
        """Return an order's fee and its loss against the mark price if it traded now."""
        rate = max(self._fees.maker_ppm, self._fees.taker_ppm)
        atoms = item.units * _atoms(pair.listing)
        loss = max(0, item.side * (item.limit_units - item.lots * pair.mark_price()))
        return -(-atoms * rate // PPM) + loss * _atoms(pair.listing)


def _exposure(position: Position, orders: list[Working], side: Side) -> int:
    """Return the units at stake when all orders of one side have traded: they close first, the highest price opens."""
    lots, closable = sum(item.lots for item in orders), position.closable(side)
    held = abs(position.cost_units)
    if not closable:
        return held + sum(item.units for item in orders)
    kept = held * max(0, closable - lots) // closable
    highest = max((-(-item.units // item.lots) for item in orders if item.lots), default=0)
    return kept + max(0, lots - closable) * highest


def _maintenance(position: Position, pair: Pair) -> int:
    """Return the maintenance margin: half the initial margin at the highest leverage, of the notional at mark."""
    return abs(position.lots) * pair.mark_price() * _atoms(pair.listing) // (2 * pair.listing.max_leverage)


def _atoms(listing: Listing) -> int:
    return listing.quote_atoms_per_unit
