"""The seeded market model on all venues: one efficient price per currency, quoted and traded in its spot and perpetual books.

The market is `execution.market_model`'s, which the lab measures executions on: sticky quotes, noise and informed takers,
metaorders, impact that decays. Here it runs in real time and does to the matching engines what its traders do; nothing is
filled that the queues do not fill. Every book trades all the time, whether somebody looks or not; only what nobody looks at
is not copied into the engine. So one seed is one market until an own order trades.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from execution.market_model.layout import BLOCK_SECONDS
from execution.market_model.parameters import SYMBOLS, VENUES
from execution.market_model.path import MarketPath
from execution.paper.accounts import Trade
from execution.paper.book_model import BookModel, Clock
from execution.paper.currency import Currency
from execution.paper.model_parameters import START_PRICES, grids_of
from execution.paper.pair import Pair
from execution.paper.venue import Venue

EVERY_STEP = frozenset({"BTC", "ETH", "SOL"})
"""Currencies whose books step with every tick; the others step with every second one, half of them each time."""
TICKS_PER_PUBLICATION = 20


class ModelMarket:
    """The background of every venue and symbol."""

    def __init__(self, venues: Mapping[str, Venue], *, seed: int, start_prices: Mapping[str, float]) -> None:
        _compile()
        self.seed, self.venues = seed, tuple(venues)
        self._clock = Clock()
        self._tick = 0
        listings = [(name, pair.listing) for name, venue in venues.items() for pair in venue.pairs.values()]
        seeds = np.random.SeedSequence(seed).spawn(len(START_PRICES))
        self._currencies = [
            Currency(
                base,
                grids_of(base, start_prices.get(base, usual), listings),
                venues,
                clock=self._clock,
                seed=seeds[number],
                ahead=BLOCK_SECONDS * number / len(START_PRICES),
            )
            for number, (base, usual) in enumerate(START_PRICES.items())
        ]
        self._by_pair = {id(book.pair): book for currency in self._currencies for book in currency.books}
        self._turns = {name: _turns([book for book in self._by_pair.values() if book.venue is venue]) for name, venue in venues.items()}
        self._published = [0.0] * len(self._currencies)

    def advance(self, now_ms: int, seconds: float) -> None:
        """Let time pass: the model's traders act, the books follow at `step_venue`; one currency after the other tells its prices."""
        self._clock.now_ms = now_ms
        self._clock.seconds += seconds
        self._tick += 1
        for number, currency in enumerate(self._currencies):
            if (self._tick + number) % TICKS_PER_PUBLICATION == 0:
                currency.publish(self._clock.seconds - self._published[number])
                self._published[number] = self._clock.seconds
            else:
                currency.follow()

    def step_venue(self, name: str, now_ms: int, part: int) -> None:
        """Let a part of the books of a venue follow the model."""
        self._clock.now_ms = now_ms
        for book in self._turns[name][self._tick % 2].get(part, ()):
            if not book.pair.is_dormant:
                book.step()

    def note_own_taker(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """Let the model lose what an own order took."""
        self._by_pair[id(pair)].note_own_taker(trades)

    def prices(self) -> dict[str, float]:
        """Return the prices by currency, to go on from after a restart."""
        return {currency.base: currency.price for currency in self._currencies}

    def status(self) -> dict[str, object]:
        """Describe the market for the control endpoint."""
        awake = sum(not book.pair.is_dormant for book in self._by_pair.values())
        return {"market": "model", "seed": self.seed, "books_awake": awake}


def _compile() -> None:
    """Use every kernel once: its first use on a machine compiles it for seconds, which no order should have to wait for."""
    path = MarketPath(SYMBOLS["BTC"], VENUES["BTC"], 0)
    main = path.venues[0].name
    path.mirror(main, usd_per_lot=1.0, levels=1).changes(1)
    path.take(main, 1, 1.0, int(path.levels(main, -1, 1)[0][0]))
    path.note_maker_fill(1, 1.0)


Turns = Mapping[int, Sequence[BookModel]]


def _turns(books: Sequence[BookModel]) -> tuple[Turns, Turns]:
    """Return the books that step with even and with odd ticks, by part."""
    always = [book for book in books if book.pair.listing.base in EVERY_STEP]
    others = [book for book in books if book.pair.listing.base not in EVERY_STEP]
    return _by_part(always + others[::2]), _by_part(always + others[1::2])


def _by_part(books: Sequence[BookModel]) -> Turns:
    return {part: [book for book in books if book.pair.part == part] for part in {book.pair.part for book in books}}
