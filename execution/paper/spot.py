"""Spot money: a buyer locks quote and fee, a seller base; what a price better than the limit saves is freed at once."""

from execution.paper.accounts import Account, Order, Trade
from execution.paper.engine import Fill, Incoming, Side
from execution.paper.ledger import PPM
from execution.paper.listings import Kind, Listing
from execution.paper.orders import OrderKind
from execution.paper.pair import Pair
from execution.paper.profiles import FeeAsset, VenueProfile
from execution.paper.refusals import Reason, Refused


class SpotLedger:
    """The spot money of one venue."""

    def __init__(self, profile: VenueProfile) -> None:
        self._fees = profile.fees[Kind.SPOT]
        self._fee_asset = profile.fee_asset

    def reserve(self, account: Account, order: Order, incoming: Incoming, pair: Pair) -> None:
        """Lock what the order may have to pay, fee included."""
        if order.reduce_only:
            raise Refused(Reason.REDUCE_ONLY)
        if not account.lock(order, *self._needed(order, incoming, pair)):
            raise Refused(Reason.INSUFFICIENT)

    def hold(self, account: Account, order: Order, pair: Pair) -> None:
        """Do nothing: all is locked since `reserve`."""

    def overtaken(self, account: Account, order: Order, pair: Pair) -> list[Order]:
        """Return nothing: spot orders do not end one another."""
        return []

    def realised(self, account: Account, order: Order, pair: Pair, fill: Fill) -> int:
        """Return 0: there are no positions."""
        return 0

    def commission(self, order: Order, pair: Pair, fill: Fill, *, is_maker: bool) -> tuple[int, str]:
        """Return the fee: of the received asset or of the quote, as the venue is set."""
        listing = pair.listing
        rate = self._fees.maker_ppm if is_maker else self._fees.taker_ppm
        in_base = self._fee_asset is FeeAsset.RECEIVED and order.side is Side.BUY
        received = fill.quantity * (listing.base_atoms_per_lot if in_base else fill.price * listing.quote_atoms_per_unit)
        return received * rate // PPM, listing.base if in_base else listing.quote

    def settle(self, account: Account, order: Order, pair: Pair, trade: Trade) -> None:
        """Exchange base and quote, then free what the rest of the order does not need."""
        listing = pair.listing
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
        account.release(order, _locked_asset(order, listing), self._still_needed(order, listing))

    def restore(self, account: Account, pair: Pair, trade: Trade) -> None:
        """Move the money of a trade of an earlier run; nothing was locked."""
        listing = pair.listing
        account.receive(listing.base, trade.side * trade.quantity * listing.base_atoms_per_lot)
        account.receive(listing.quote, -trade.side * trade.quantity * trade.price * listing.quote_atoms_per_unit)
        account.receive(trade.commission_asset, -trade.commission)

    def release(self, account: Account, order: Order, pair: Pair) -> None:
        """Free what the order locks."""
        account.release(order, _locked_asset(order, pair.listing), 0)

    def touched(self, order: Order, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return base and quote."""
        return (pair.listing.base, pair.listing.quote), ()

    def _needed(self, order: Order, incoming: Incoming, pair: Pair) -> tuple[str, int]:
        lots, units = order.quantity, order.quantity * order.price
        if order.kind is OrderKind.MARKET:
            lots, units = pair.book.fillable(incoming)
        if order.side is Side.SELL:
            return pair.listing.base, lots * pair.listing.base_atoms_per_lot
        return pair.listing.quote, self._with_fee(units * pair.listing.quote_atoms_per_unit)

    def _still_needed(self, order: Order, listing: Listing) -> int:
        if not order.is_open:
            return 0
        if order.kind is OrderKind.MARKET:
            return order.locked
        if order.side is Side.SELL:
            return order.remaining * listing.base_atoms_per_lot
        return self._with_fee(order.remaining * order.price * listing.quote_atoms_per_unit)

    def _with_fee(self, atoms: int) -> int:
        if self._fee_asset is not FeeAsset.QUOTE:
            return atoms
        return atoms + atoms * max(self._fees.maker_ppm, self._fees.taker_ppm) // PPM


def _locked_asset(order: Order, listing: Listing) -> str:
    return listing.quote if order.side is Side.BUY else listing.base
