"""The book channels: what a client that follows them knows is the book."""

import numpy as np
import pytest

from execution.paper.engine import Side
from execution.paper.gateways.okx.books import BEST, FIVE, Book
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.market_wire import BOOK_LEVELS, levels_json
from execution.paper.pair import Pair
from tests.unit.execution.paper.gateways.okx.desk import NOW, SWAP, Desk, fill_book


class Client:
    """Follows a book as OKX tells clients to."""

    def __init__(self) -> None:
        self.sequence = -1
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def hear(self, frame: Json | None) -> None:
        if frame is None:
            return
        (data,) = frame["data"]
        if frame["action"] == "snapshot":
            assert data["prevSeqId"] == -1
            self.sides = {"bids": {}, "asks": {}}
        else:
            assert data["prevSeqId"] == self.sequence
        assert data["checksum"] == 0
        self.sequence = data["seqId"]
        for side, levels in self.sides.items():
            for price, size, _, _ in data[side]:
                levels[price] = size
                if size == "0":
                    del levels[price]

    def best(self, side: str) -> list[tuple[str, str]]:
        return sorted(self.sides[side].items(), key=lambda level: float(level[0]), reverse=side == "bids")[:BOOK_LEVELS]


def shown(pair: Pair, side: Side) -> list[tuple[str, str]]:
    return [(price, size) for price, size, _, _ in levels_json(pair.listing, pair.shown(side, BOOK_LEVELS))]


def agitate(pair: Pair, random: np.random.Generator) -> None:
    """Add, cancel and take background here and there."""
    side = Side.BUY if random.random() < 0.5 else Side.SELL
    price = 600_000 + int(random.integers(-450, 450))
    pair.book.add_background(side, price, int(random.integers(1, 5000)))
    pair.book.cancel_background(side, 600_000 - side * int(random.integers(1, 450)), 10**9)


@pytest.mark.parametrize("levels", [20, 420])
def test_a_client_that_follows_the_changes_knows_the_book(desk: Desk, levels: int) -> None:
    """Also where the book is deeper than what is told of it: levels enter and leave that range."""
    pair = desk.venue.pairs["BTCUSDT-PERP"]
    fill_book(pair, levels=levels)
    book, client, random = Book(pair), Client(), np.random.default_rng(5)
    book.change(NOW)
    client.hear(book.snapshot(NOW))
    for _ in range(300):
        agitate(pair, random)
        client.hear(book.change(NOW))
        assert client.best("bids") == shown(pair, Side.BUY)
        assert client.best("asks") == shown(pair, Side.SELL)


def test_nothing_is_told_when_nothing_has_changed(desk: Desk) -> None:
    book = Book(desk.venue.pairs["BTCUSDT"])
    assert book.change(NOW) is None
    book.snapshot(NOW)
    assert book.change(NOW) is None


def test_a_second_client_goes_on_from_the_same_number(desk: Desk) -> None:
    pair = desk.venue.pairs["BTCUSDT"]
    book, first, second = Book(pair), Client(), Client()
    book.change(NOW)
    first.hear(book.snapshot(NOW))
    pair.book.add_background(Side.BUY, 599_000, 7)
    first.hear(book.change(NOW))
    second.hear(book.snapshot(NOW))
    pair.book.add_background(Side.BUY, 599_000, 7)
    change = book.change(NOW)
    first.hear(change)
    second.hear(change)
    assert first.sides == second.sides
    assert first.sequence == second.sequence == pair.book.update_id


def test_a_crossed_book_is_told_and_taken_back(desk: Desk) -> None:
    pair = desk.venue.pairs["BTCUSDT"]
    book, client = Book(pair), Client()
    book.change(NOW)
    client.hear(book.snapshot(NOW))
    desk.venue.behaviour.crossed.add("BTCUSDT")
    client.hear(book.change(NOW))
    assert float(client.best("bids")[0][0]) > float(client.best("asks")[0][0])
    desk.venue.behaviour.crossed.clear()
    client.hear(book.change(NOW))
    assert client.best("bids") == shown(pair, Side.BUY)


def test_small_books_are_told_when_they_change(desk: Desk) -> None:
    pair = desk.venue.pairs["BTCUSDT-PERP"]
    book = Book(pair)
    first, five = book.best(BEST, NOW), book.best(FIVE, NOW)
    assert first is not None
    assert five is not None
    assert first["data"][0]["asks"] == [["60000.1", "100", "0", "1"]]
    assert (len(five["data"][0]["bids"]), five["data"][0]["instId"]) == (5, SWAP)
    assert book.best(BEST, NOW) is None
    assert book.best(BEST, NOW, is_new=True) == first
    pair.book.add_background(Side.BUY, 599_997, 5)
    assert book.best(BEST, NOW) is None
    assert book.best(FIVE, NOW) is not None
