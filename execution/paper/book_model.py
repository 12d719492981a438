"""One book of the market model on a paper venue: what the model's traders do there is done to the matching engine.

The model knows nothing of own orders. Their fills are the engine's: the model's takers meet them in the queues, and so do its
makers' quotes when these come to an own order's price. What own orders took is gone in the model's book too, and all their
fills push the price.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from execution.market_model.path import MarketPath
from execution.paper.accounts import Trade
from execution.paper.background import Background
from execution.paper.engine import Fill, Side
from execution.paper.model_parameters import BookGrid
from execution.paper.venue import Venue

LINGER_SECONDS = 20.0
MOST_UNTAKEN_CHANGES = 20_000
SHOWN_BPS, FEWEST_LEVELS, MOST_LEVELS = 60.0, 64, 512
SIDES = (Side.BUY, Side.SELL)


@dataclass(slots=True)
class Clock:
    """The market's time: milliseconds since 1970, and seconds since it opened."""

    now_ms: int = 0
    seconds: float = 0.0


class BookModel(Background):
    """The model's traders in one book. It sleeps, but for its trades, while nobody looks and no own order rests in it."""

    def __init__(self, venue: Venue, grid: BookGrid, path: MarketPath, *, clock: Clock, catch_up: Callable[[], None]) -> None:
        super().__init__(venue, venue.pairs[grid.listing.symbol])
        self._grid, self._path, self._clock, self._catch_up = grid, path, clock, catch_up
        self._mirror = path.mirror(grid.name, usd_per_lot=grid.usd_per_lot, levels=_levels(grid))
        self._heard: list[tuple[Side, int, int]] = []
        self._awake_until = 0.0
        self.pair.is_trading = self.pair.is_dormant = True
        self.pair.rouse = self.wake

    def hear(self, sign: int, last_bps: float, usd: float) -> None:
        """Take note of a trade of the model down to a price; a sleeping book prints it at once."""
        price, lots = self._grid.price(round(last_bps / self._grid.level_bps)), round(usd / self._grid.usd_per_lot)
        if not lots:
            return
        if self.pair.is_dormant:
            self.settle([Fill(price, lots, Side(sign), None, None)], self._clock.now_ms)
            self.pair.take_trades()
        else:
            self._heard.append((Side(sign), price, lots))

    def wake(self) -> None:
        """Keep the book going for a while."""
        self._awake_until = self._clock.seconds + LINGER_SECONDS
        if self.pair.is_dormant:
            self._catch_up()
            self.pair.is_dormant = False
            self._follow()

    def step(self) -> None:
        """Do to the book what the model's traders have done since the last step."""
        heard, self._heard = self._heard, []
        for side, price, lots in heard:
            self.take(side, price, lots, self._clock.now_ms)
        self._follow()
        self._rest()

    def settle(self, fills: Iterable[Fill], now_ms: int) -> None:
        """Print fills, settle the own orders in them, and let the price feel those."""
        fills = tuple(fills)
        super().settle(fills, now_ms)
        for fill in fills:
            if fill.maker_id is not None:
                self._path.note_maker_fill(fill.taker_side.opposite, fill.quantity * self._grid.usd_per_lot)

    def note_own_taker(self, trades: Sequence[Trade]) -> None:
        """Let the model lose what an own taker took here: all at once, since the first part of it moves the quotes."""
        if trades:
            lots, worst = sum(trade.quantity for trade in trades), self._grid.level(trades[-1].price)
            self._path.take(self._grid.name, trades[0].side, lots * self._grid.usd_per_lot, worst)

    def _follow(self) -> None:
        """Show what the model shows: first what went, so that the others never cross each other."""
        changes = [(lots > 0, side, self._grid.price(level), lots) for side in SIDES for level, lots in self._mirror.changes(side)]
        changes.sort(key=lambda change: change[0])
        for _, side, price, lots in changes:
            self.show(side, price, lots, self._clock.now_ms)

    def _rest(self) -> None:
        """Fall asleep when nobody looks; what nobody takes is not kept for ever either."""
        pair = self.pair
        if pair.listeners:
            return
        pair.is_dormant = self._awake_until < self._clock.seconds and not pair.book.holds_own
        if pair.is_dormant or len(pair.book.changes) > MOST_UNTAKEN_CHANGES:
            pair.take_changes()


def _levels(grid: BookGrid) -> int:
    """Return how many levels are shown of a side: a power of two that spans what others quote, within reason."""
    wanted = min(max(SHOWN_BPS / grid.level_bps, FEWEST_LEVELS), MOST_LEVELS)
    return 1 << (int(wanted) - 1).bit_length()
