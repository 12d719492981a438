"""A kept book is the venue's book or it is given up: whatever is lost, repeated or late on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain import book_keeping
from execution.domain.book_keeping import BookKeeper, Outcome

Texts = tuple[tuple[str, str], ...]
BIDS: Texts = (("100", "1"), ("99.5", "2"))
ASKS: Texts = (("101", "3"), ("102", "4.50"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a reader yields, without the symbol."""

    is_snapshot: bool = False
    first: int = 0
    last: int = 0
    bids: Sequence[tuple[str, str]] = ()
    asks: Sequence[tuple[str, str]] = ()


def snapshot(last: int = 10, bids: Texts = BIDS, asks: Texts = ASKS) -> Update:
    return Update(is_snapshot=True, first=last, last=last, bids=bids, asks=asks)


def change(first: int, last: int | None = None, bids: Texts = (), asks: Texts = ()) -> Update:
    return Update(first=first, last=last or first, bids=bids, asks=asks)


def kept() -> BookKeeper:
    keeper = BookKeeper()
    keeper.apply(snapshot())
    return keeper


def test_a_snapshot_shows_best_prices_first_in_the_venues_own_words() -> None:
    keeper = BookKeeper()
    assert keeper.apply(snapshot(bids=BIDS[::-1], asks=ASKS[::-1])) is Outcome.APPLIED
    assert keeper.bids.top(9) == ["100 1", "99.5 2"]
    assert keeper.asks.top(9) == ["101 3", "102 4.50"]
    assert keeper.asks.top(1) == ["101 3"]


def test_a_change_sets_adds_and_removes_levels() -> None:
    keeper = kept()
    keeper.apply(change(11, bids=(("100", "0.00000000"), ("99.7", "5")), asks=(("102", "7"), ("105", "0"))))
    assert keeper.bids.top(9) == ["99.7 5", "99.5 2"]
    assert keeper.asks.top(9) == ["101 3", "102 7"]
    assert keeper.sequence == 11


def test_the_same_price_written_otherwise_is_the_same_level() -> None:
    keeper = kept()
    keeper.apply(change(11, bids=(("100.00", "8"),)))
    assert keeper.bids.top(9) == ["100.00 8", "99.5 2"]


@pytest.mark.parametrize("update", [change(10), change(8, 9), change(3, 10)])
def test_an_old_change_is_left_out(update: Update) -> None:
    keeper = kept()
    assert keeper.apply(update) is Outcome.OLD
    assert keeper.sequence == 10


def test_a_change_that_overlaps_the_snapshot_applies() -> None:
    keeper = kept()
    assert keeper.apply(change(5, 15, bids=(("100", "9"),))) is Outcome.APPLIED
    assert keeper.sequence == 15


def test_a_missing_change_gives_the_book_up_until_the_next_snapshot() -> None:
    keeper = kept()
    assert keeper.apply(change(12)) is Outcome.GAP
    assert keeper.sequence is None
    assert keeper.apply(change(13)) is Outcome.WAITING
    assert keeper.apply(snapshot(last=20)) is Outcome.APPLIED


def test_changes_from_before_a_fetched_snapshot_follow_on_it() -> None:
    keeper = BookKeeper()
    for update in (change(9, bids=(("1", "1"),)), change(10, 11, bids=(("100", "0"),)), change(12, asks=(("103", "1"),))):
        assert keeper.apply(update) is Outcome.WAITING
    assert keeper.load(snapshot(last=10)) is Outcome.APPLIED
    assert keeper.sequence == 12
    assert keeper.bids.top(9) == ["99.5 2"]


def test_a_fetched_snapshot_that_the_changes_do_not_follow_on_is_refused() -> None:
    keeper = BookKeeper()
    keeper.apply(change(12))
    assert keeper.load(snapshot(last=10)) is Outcome.TOO_OLD
    assert keeper.load(snapshot(last=11)) is Outcome.APPLIED
    assert keeper.sequence == 12


def test_changes_that_wait_with_a_gap_among_them_do_not_make_a_book() -> None:
    keeper = BookKeeper()
    keeper.apply(change(11))
    keeper.apply(change(13))
    assert keeper.load(snapshot()) is Outcome.GAP
    assert keeper.sequence is None


def test_a_fetched_snapshot_does_not_turn_a_newer_book_back() -> None:
    keeper = kept()
    assert keeper.load(snapshot(last=9, bids=())) is Outcome.OLD
    assert keeper.bids.top(9) == ["100 1", "99.5 2"]


def test_levels_beyond_what_a_fetched_snapshot_reached_are_not_shown() -> None:
    keeper = BookKeeper()
    keeper.load(snapshot())
    keeper.apply(change(11, bids=(("90", "1"), ("99.7", "1")), asks=(("101.5", "1"), ("103", "1"))))
    assert keeper.bids.top(9) == ["100 1", "99.7 1", "99.5 2"]
    assert keeper.asks.top(9) == ["101 3", "101.5 1", "102 4.50"]
    assert keeper.asks.known() == ["101 3", "101.5 1", "102 4.50", "103 1"]
    assert keeper.bids.hides(4)
    assert not keeper.bids.hides(3)


def test_a_streamed_snapshot_is_the_whole_book() -> None:
    keeper = kept()
    keeper.apply(change(11, bids=(("90", "1"),)))
    assert keeper.bids.top(9)[-1] == "90 1"
    assert not keeper.bids.hides(9)


@pytest.mark.parametrize(("bid", "is_crossed"), [("100.99", False), ("101", True), ("101.01", True)])
def test_a_locked_or_crossed_book_is_noticed(bid: str, is_crossed: bool) -> None:
    keeper = kept()
    keeper.apply(change(11, bids=((bid, "1"),)))
    assert keeper.is_crossed is is_crossed


def test_an_empty_side_crosses_nothing() -> None:
    keeper = BookKeeper()
    keeper.apply(snapshot(bids=(), asks=()))
    assert not keeper.is_crossed
    assert keeper.bids.top(9) == []


@pytest.mark.parametrize("level", [("nan", "1"), ("0", "1"), ("-1", "1"), ("1", "-1"), ("1", "inf"), ("x", "1"), ("1", "")])
def test_what_is_no_level_is_refused(level: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        kept().apply(change(11, bids=(level,)))


def test_far_levels_go_when_there_are_too_many_and_are_then_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_keeping, "MOST_LEVELS", 2)
    keeper = kept()
    keeper.apply(change(11, bids=(("99", "1"), ("98", "1"), ("97", "1"))))
    assert keeper.bids.top(9) == ["100 1", "99.5 2"]
    keeper.apply(change(12, bids=(("100", "0"), ("98", "1"))))
    assert keeper.bids.top(9) == ["99.5 2"]
    assert keeper.bids.hides(2)


def true_books(random: Random, steps: int) -> tuple[list[Update], dict[int, dict[str, set[str]]]]:
    """Return consecutive changes of a random book and what the book is after each."""
    levels: dict[str, dict[int, int]] = {"bids": {}, "asks": {}}
    updates, states, last = [], {}, 0
    for _ in range(steps):
        first, last = last + 1, last + random.randint(1, 3)
        changed: dict[str, Texts] = {}
        for side, low in (("bids", 1), ("asks", 100)):
            prices = {random.randint(low, low + 20): random.randint(0, 3) for _ in range(3)}
            levels[side] |= prices
            changed[side] = tuple((str(price), str(quantity)) for price, quantity in prices.items())
        updates.append(change(first, last, bids=changed["bids"], asks=changed["asks"]))
        states[last] = {side: {f"{price} {size}" for price, size in levels[side].items() if size} for side in levels}
    return updates, states


@given(st.randoms(use_true_random=False), st.integers(5, 30))
def test_a_book_that_is_shown_is_the_venues_book_whatever_happens_to_the_frames(random: Random, steps: int) -> None:
    updates, states = true_books(random, steps)
    keeper = BookKeeper()
    frames = [updates[0]]
    for update in updates[1:]:
        fate = random.choice(["passes", "passes", "passes", "lost", "twice", "late"])
        frames += [] if fate == "lost" else [update, update] if fate == "twice" else [update]
        if fate == "late" and len(frames) > 1:
            frames[-1], frames[-2] = frames[-2], frames[-1]
    for frame in frames:
        keeper.apply(frame)
        if keeper.sequence is None and random.random() < 0.5:
            at = random.choice(list(states))
            bids, asks = (tuple((p, q) for p, q in (text.split() for text in states[at][side])) for side in ("bids", "asks"))
            keeper.load(snapshot(at, bids=bids, asks=asks))
        if keeper.sequence is not None:
            shown = {"bids": set(keeper.bids.top(99)), "asks": set(keeper.asks.top(99))}
            truth = states[keeper.sequence]
            assert shown["bids"] <= truth["bids"]
            assert shown["asks"] <= truth["asks"]
            assert all(_is_worse(text, shown["bids"], -1) for text in truth["bids"] - shown["bids"])
            assert all(_is_worse(text, shown["asks"], 1) for text in truth["asks"] - shown["asks"])


def _is_worse(text: str, shown: set[str], sign: int) -> bool:
    """Tell whether a level lies behind everything shown: only the far end may be unknown."""
    price = int(text.partition(" ")[0])
    return all((price - int(other.partition(" ")[0])) * sign > 0 for other in shown)
