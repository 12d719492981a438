"""Accounts of the paper exchange: balances in atoms, orders and trades as the venue records them."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from execution.paper.engine import Duration, Side
from execution.paper.listings import Kind
from execution.paper.orders import OrderKind
from execution.paper.positions import Position
from execution.paper.refusals import Reason


class Status(StrEnum):
    """Where an order stands."""

    NEW = "new"
    PARTIALLY_FILLED = "partially filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PREVENTED = "prevented"
    REJECTED = "rejected"


OPEN_STATUSES = frozenset({Status.NEW, Status.PARTIALLY_FILLED})


class OverdrawnError(RuntimeError):
    """Say that a balance would become negative: a fault of the exchange itself."""


@dataclass(slots=True)
class Balance:
    """What an account owns of one asset, in atoms."""

    free: int = 0
    locked: int = 0


Wallet = dict[str, Balance]


@dataclass(slots=True, kw_only=True)
class Order:
    """The venue's record of an own order; prices in ticks, quantities in lots, locked in atoms.

    `reserve_ticks` is the price that margin was reserved at when it is above the limit. `reason` says why the venue cancelled;
    `note` and `cancel_note` are what the gateway asked to keep with it.
    """

    order_id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    kind: OrderKind
    duration: Duration
    price: int
    quantity: int
    created_ms: int
    updated_ms: int
    post_only: bool = False
    reduce_only: bool = False
    quote_atoms: int = 0
    reserve_ticks: int = 0
    executed: int = 0
    executed_units: int = 0
    status: Status = Status.NEW
    locked: int = 0
    reason: Reason | None = None
    note: str = ""
    cancel_note: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the order may still trade."""
        return self.status in OPEN_STATUSES

    @property
    def remaining(self) -> int:
        """Return the lots that have not traded."""
        return self.quantity - self.executed

    def record(self) -> dict[str, Any]:
        """Return the order as plain values for the journal."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Order":
        """Read an order back from the journal."""
        reason = record.get("reason")
        words = {
            "side": Side(record["side"]),
            "kind": OrderKind(record["kind"]),
            "duration": Duration(record["duration"]),
            "status": Status(record["status"]),
            "reason": Reason(reason) if reason else None,
        }
        return cls(**{**record, **words})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One fill of an own order; commission in atoms of its asset, realised profit (of a perpetual) in atoms of the quote."""

    trade_id: int
    order_id: int
    account: str
    symbol: str
    side: Side
    price: int
    quantity: int
    commission: int
    commission_asset: str
    is_maker: bool
    time_ms: int
    realised: int = 0

    def record(self) -> dict[str, Any]:
        """Return the trade as plain values for the journal."""
        return {**asdict(self), "side": int(self.side)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Trade":
        """Read a trade back from the journal."""
        return cls(**{**record, "side": Side(record["side"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingPayment:
    """One payment of funding: atoms of the quote asset received, negative when paid, and what it was computed from."""

    account: str
    symbol: str
    atoms: int
    lots: int
    mark_ticks: int
    rate_e8: int
    time_ms: int


@dataclass(slots=True)
class Account:
    """One API key's wallets, positions, orders and trades on one venue; a unified account has one wallet under both kinds."""

    key: str
    wallets: dict[Kind, Wallet]
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    funding: list[FundingPayment] = field(default_factory=list)
    by_client_id: dict[tuple[str | None, str], Order] = field(default_factory=dict)

    def wallet(self, kind: Kind = Kind.SPOT) -> Wallet:
        """Return the balances that instruments of a kind are paid from."""
        return self.wallets[kind]

    def balance(self, asset: str, kind: Kind = Kind.SPOT) -> Balance:
        """Return the balance of an asset, zero when it was never held."""
        return self.wallets[kind].setdefault(asset, Balance())

    def position(self, symbol: str) -> Position:
        """Return the position in a perpetual, flat when there never was one."""
        return self.positions.setdefault(symbol, Position(symbol=symbol))

    def add_order(self, order: Order) -> None:
        """Record an order under its id and as the newest under its client id."""
        self.orders[order.order_id] = order
        self.by_client_id[order.symbol, order.client_id] = self.by_client_id[None, order.client_id] = order
        if order.is_open:
            self.open_orders[order.order_id] = order

    def newest(self, symbol: str | None, client_id: str) -> Order | None:
        """Return the newest order under a client id, in one symbol or in any."""
        return self.by_client_id.get((symbol, client_id))

    def close(self, order: Order, status: Status) -> None:
        """Move an order to its final status."""
        order.status = status
        self.open_orders.pop(order.order_id, None)

    def lock(self, order: Order, asset: str, atoms: int) -> bool:
        """Set atoms aside for an order; return False when the account does not have them."""
        balance = self.balance(asset)
        if balance.free < atoms:
            return False
        balance.free -= atoms
        balance.locked += atoms
        order.locked += atoms
        return True

    def release(self, order: Order, asset: str, keep: int) -> None:
        """Free what is locked for an order beyond `keep` atoms."""
        surplus = order.locked - keep
        if surplus < 0:
            raise OverdrawnError(f"order {order.order_id} holds {order.locked} atoms and needs {keep}")
        balance = self.balance(asset)
        balance.locked -= surplus
        balance.free += surplus
        order.locked = keep

    def pay(self, order: Order, asset: str, atoms: int) -> None:
        """Spend atoms that are locked for an order."""
        if order.locked < atoms:
            raise OverdrawnError(f"order {order.order_id} holds {order.locked} atoms and pays {atoms}")
        order.locked -= atoms
        self.balance(asset).locked -= atoms

    def receive(self, asset: str, atoms: int) -> None:
        """Credit atoms."""
        self.balance(asset).free += atoms
