"""The matching engine against a naive list of orders, and what must always hold of any book."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from execution.paper.engine import Duration, Fill, Incoming, OrderBook, Outcome, Side

PRICES = st.integers(95, 105)
QUANTITIES = st.integers(1, 20)
SIDES = st.sampled_from(Side)
OWNERS = st.sampled_from(["ann", "bob", "cid"])


@dataclass
class Waiting:
    """A resting order of the reference."""

    price: int
    quantity: int
    order_id: int | None
    owner: str | None


@dataclass
class Action:
    """One thing that happens to a book."""

    kind: str
    side: Side
    price: int
    quantity: int
    owner: str
    target: int


ACTIONS = st.builds(
    Action,
    kind=st.sampled_from(["GTC", "IOC", "FOK", "post", "market", "cancel", "background", "withdraw", "take"]),
    side=SIDES,
    price=PRICES,
    quantity=QUANTITIES,
    owner=OWNERS,
    target=st.integers(1, 40),
)


class Reference:
    """Price-time priority by sorting a list: slow and plain."""

    def __init__(self) -> None:
        self.orders: dict[Side, list[Waiting]] = {Side.BUY: [], Side.SELL: []}

    def queue(self, side: Side) -> list[Waiting]:
        return sorted(self.orders[side], key=lambda item: -side * item.price)  # sorting is stable: time within price

    def acceptable(self, side: Side, limit: int | None, price: int) -> bool:
        return limit is None or (limit - price) * side >= 0

    def take(self, side: Side, limit: int | None, quantity: int, owner: str | None) -> tuple[list[tuple[int, int, int | None]], int]:
        fills = []
        for item in self.queue(side.opposite):
            if quantity == 0 or not self.acceptable(side, limit, item.price):
                break
            if owner is not None and item.owner == owner:
                self.orders[side.opposite].remove(item)
                continue
            traded = min(quantity, item.quantity)
            item.quantity -= traded
            quantity -= traded
            fills.append((item.price, traded, item.order_id))
        for items in self.orders.values():
            items[:] = [item for item in items if item.quantity]
        return fills, quantity

    def available(self, side: Side, limit: int | None, owner: str) -> int:
        return sum(item.quantity for item in self.queue(side.opposite) if self.acceptable(side, limit, item.price) and item.owner != owner)

    def crosses(self, side: Side, limit: int) -> bool:
        return any(self.acceptable(side, limit, item.price) for item in self.orders[side.opposite])

    def rest(self, side: Side, item: Waiting) -> None:
        self.orders[side].append(item)

    def cancel(self, order_id: int) -> None:
        for items in self.orders.values():
            items[:] = [item for item in items if item.order_id != order_id]

    def withdraw(self, side: Side, price: int, quantity: int) -> None:
        for item in reversed([item for item in self.orders[side] if item.price == price and item.order_id is None]):
            removed = min(quantity, item.quantity)
            item.quantity -= removed
            quantity -= removed
        self.orders[side] = [item for item in self.orders[side] if item.quantity]


def joined(fills: list[tuple[int, int, int | None]]) -> list[tuple[int, int, int | None]]:
    """Join neighbouring background fills at one price, which the engine reports as one."""
    result: list[tuple[int, int, int | None]] = []
    for price, quantity, maker in fills:
        if result and maker is None and result[-1][2] is None and result[-1][0] == price:
            result[-1] = (price, result[-1][1] + quantity, None)
        else:
            result.append((price, quantity, maker))
    return result


def plain(fills: tuple[Fill, ...]) -> list[tuple[int, int, int | None]]:
    return [(fill.price, fill.quantity, fill.maker_id) for fill in fills]


def submit(book: OrderBook, action: Action, order_id: int) -> Outcome:
    return book.submit(
        Incoming(
            order_id=order_id,
            owner=action.owner,
            side=action.side,
            quantity=action.quantity,
            limit=None if action.kind == "market" else action.price,
            duration={"IOC": Duration.IOC, "FOK": Duration.FOK, "market": Duration.IOC}.get(action.kind, Duration.GTC),
            post_only=action.kind == "post",
        )
    )


def expected(reference: Reference, action: Action, order_id: int) -> tuple[list[tuple[int, int, int | None]], int]:
    """Do to the reference what a submission does to the book; return fills and what rests."""
    limit = None if action.kind == "market" else action.price
    if action.kind == "post" and reference.crosses(action.side, action.price):
        return [], 0
    if action.kind == "FOK" and reference.available(action.side, limit, action.owner) < action.quantity:
        return [], 0
    fills, left = reference.take(action.side, limit, action.quantity, action.owner)
    if left and action.kind in {"GTC", "post"}:
        reference.rest(action.side, Waiting(action.price, left, order_id, action.owner))
        return joined(fills), left
    return joined(fills), 0


def apply(book: OrderBook, reference: Reference, action: Action, order_id: int) -> None:
    if action.kind == "cancel":
        book.cancel(action.target)
        reference.cancel(action.target)
    elif action.kind == "withdraw":
        book.cancel_background(action.side, action.price, action.quantity)
        reference.withdraw(action.side, action.price, action.quantity)
    elif action.kind == "take":
        fills, _ = reference.take(action.side, action.price, action.quantity, None)
        assert plain(book.take_background(action.side, action.price, action.quantity)) == joined(fills)
    elif action.kind == "background":
        fills, left = reference.take(action.side, action.price, action.quantity, None)
        if left:
            reference.rest(action.side, Waiting(action.price, left, None, None))
        assert plain(book.add_background(action.side, action.price, action.quantity)) == joined(fills)
    else:
        outcome = submit(book, action, order_id)
        assert (plain(outcome.fills), outcome.resting) == expected(reference, action, order_id)


def levels(reference: Reference, side: Side) -> list[tuple[int, int]]:
    totals: dict[int, int] = {}
    for item in reference.queue(side):
        totals[item.price] = totals.get(item.price, 0) + item.quantity
    return list(totals.items())


@given(st.lists(ACTIONS, max_size=40))
def test_every_action_matches_by_price_then_time_like_a_plain_sorted_list(actions: list[Action]) -> None:
    book, reference = OrderBook(), Reference()
    for order_id, action in enumerate(actions, 1):
        apply(book, reference, action, order_id)
        for side in Side:
            assert book.depth(side, 100) == levels(reference, side)


@given(st.lists(ACTIONS, max_size=40))
def test_the_book_is_never_crossed(actions: list[Action]) -> None:
    book = OrderBook()
    for order_id, action in enumerate(actions, 1):
        _act(book, action, order_id)
        bid, ask = book.bids.best, book.asks.best
        assert bid is None or ask is None or bid < ask


@given(st.lists(ACTIONS, max_size=40))
def test_an_order_trades_rests_and_expires_exactly_its_quantity(actions: list[Action]) -> None:
    book = OrderBook()
    for order_id, action in enumerate(actions, 1):
        resting_before = _total(book)
        fills, added, removed = _act(book, action, order_id)
        traded = sum(fill.quantity for fill in fills)
        assert traded + added <= action.quantity
        assert _total(book) == resting_before - traded + added - removed


@given(st.lists(ACTIONS, max_size=30), ACTIONS)
def test_fill_or_kill_trades_all_or_nothing(actions: list[Action], last: Action) -> None:
    book = OrderBook()
    for order_id, action in enumerate(actions, 1):
        _act(book, action, order_id)
    outcome = submit(book, Action("FOK", last.side, last.price, last.quantity, last.owner, 0), 1000)
    assert sum(fill.quantity for fill in outcome.fills) in {0, last.quantity}
    assert outcome.resting == 0


@given(st.lists(ACTIONS, max_size=30), ACTIONS)
def test_post_only_never_takes(actions: list[Action], last: Action) -> None:
    book = OrderBook()
    for order_id, action in enumerate(actions, 1):
        _act(book, action, order_id)
    outcome = submit(book, Action("post", last.side, last.price, last.quantity, last.owner, 0), 1000)
    assert outcome.fills == ()
    assert outcome.would_take or outcome.resting == last.quantity


@given(st.lists(ACTIONS, max_size=40))
def test_each_change_of_a_level_is_noted_with_a_higher_update_id(actions: list[Action]) -> None:
    book = OrderBook()
    for order_id, action in enumerate(actions, 1):
        before = {side: dict(book.depth(side, 100)) for side in Side}
        identity = book.update_id
        book.changes.clear()
        _act(book, action, order_id)
        changed = {
            (side, price)
            for side in Side
            for price in before[side].keys() | dict(book.depth(side, 100)).keys()
            if before[side].get(price, 0) != book.quantity_at(side, price)
        }
        assert changed <= book.changes
        assert not changed or book.update_id > identity


def test_an_own_order_waits_for_all_that_came_before_it() -> None:
    book = OrderBook()
    book.add_background(Side.BUY, 100, 7)
    submit(book, Action("GTC", Side.BUY, 100, 5, "ann", 0), 1)
    book.add_background(Side.BUY, 100, 9)
    assert plain(book.take_background(Side.SELL, 100, 10)) == [(100, 7, None), (100, 3, 1)]


def test_cancelled_background_leaves_from_behind_an_own_order_first() -> None:
    book = OrderBook()
    book.add_background(Side.BUY, 100, 7)
    submit(book, Action("GTC", Side.BUY, 100, 5, "ann", 0), 1)
    book.add_background(Side.BUY, 100, 9)
    book.cancel_background(Side.BUY, 100, 9)
    book.cancel_background(Side.BUY, 100, 3)
    assert plain(book.take_background(Side.SELL, 100, 5)) == [(100, 4, None), (100, 1, 1)]


def test_a_budget_buys_whole_lots_and_is_not_exceeded() -> None:
    book = OrderBook()
    book.add_background(Side.SELL, 100, 3)
    book.add_background(Side.SELL, 110, 3)
    outcome = book.submit(Incoming(order_id=1, owner="ann", side=Side.BUY, quantity=10**9, duration=Duration.IOC, budget=450))
    assert plain(outcome.fills) == [(100, 3, None), (110, 1, None)]


def test_a_resting_order_of_the_same_owner_expires_instead_of_trading() -> None:
    book = OrderBook()
    submit(book, Action("GTC", Side.SELL, 100, 5, "ann", 0), 1)
    submit(book, Action("GTC", Side.SELL, 100, 5, "bob", 0), 2)
    outcome = submit(book, Action("GTC", Side.BUY, 100, 3, "ann", 0), 3)
    assert outcome.expired_makers == (1,)
    assert plain(outcome.fills) == [(100, 3, 2)]


def _total(book: OrderBook) -> int:
    return sum(quantity for side in Side for _, quantity in book.depth(side, 1000))


def _act(book: OrderBook, action: Action, order_id: int) -> tuple[tuple[Fill, ...], int, int]:
    """Apply an action; return its fills, the quantity it added and the quantity it removed without a trade."""
    if action.kind == "cancel":
        return (), 0, book.cancel(action.target)
    if action.kind == "withdraw":
        return (), 0, book.cancel_background(action.side, action.price, action.quantity)
    if action.kind == "take":
        return book.take_background(action.side, action.price, action.quantity), 0, 0
    if action.kind == "background":
        before = book.background_at(action.side, action.price)
        fills = book.add_background(action.side, action.price, action.quantity)
        return fills, book.background_at(action.side, action.price) - before, 0
    before_total = _total(book)
    outcome = submit(book, action, order_id)
    traded = sum(fill.quantity for fill in outcome.fills)
    return outcome.fills, outcome.resting, before_total + outcome.resting - traded - _total(book) if outcome.expired_makers else 0
