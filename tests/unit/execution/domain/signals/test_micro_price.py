import numpy as np
import pytest

from execution.domain.signals.micro_price import fit_micro_price, weighted_mid
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import mirrored, quotes


def heavy(bid_ticks, side):
    """One tick of spread at this bid, the queue long on one side."""
    return (100 + bid_ticks, 9, 101 + bid_ticks, 1) if side > 0 else (100 + bid_ticks, 1, 101 + bid_ticks, 9)


def walk(count, *, stays, with_queue, keeps, seed=1):
    """Two imbalances. A step keeps the mid with probability `stays` (the queues then turn or not, evenly), else moves it a tick, with the

    longer queue's side with probability `with_queue`; after a move the queues lean as before with probability `keeps`.
    """
    random = np.random.default_rng(seed)
    ticks, side, rows = 0, 1, []
    for _ in range(count):
        rows.append(heavy(ticks, side))
        if random.random() < stays:
            side = side if random.random() < 0.5 else -side
        else:
            ticks += side if random.random() < with_queue else -side
            side = side if random.random() < keeps else -side
    return quotes(rows)


def test_the_weighted_mid_leans_to_the_thin_side():
    assert weighted_mid(quotes([(100, 9, 101, 1), (100, 1, 101, 1)])).tolist() == pytest.approx([100.9, 100.5])


@pytest.mark.parametrize(("with_queue", "keeps"), [(0.8, 0.5), (0.7, 0.3), (0.6, 0.7)])
def test_the_fit_finds_the_expected_end_of_a_chain_worked_out_by_hand(with_queue, keeps):
    """Stoikov (2018), theorem 3.1, in two states: both turn evenly while the mid stays, so G1 = +-(1 - stays) (2 w - 1) after one step.

    While the mid stays the state is forgotten, so g1 = (1 - stays) (2 w - 1) in ticks, B carries (1 - stays) (2 k - 1) of it on; the sum is
    g1 / (1 - (1 - stays) (2 k - 1)).
    """
    stays = 0.4
    fit = fit_micro_price(walk(60_000, stays=stays, with_queue=with_queue, keeps=keeps), tick=1.0, bins=2, widest_ticks=1)
    expected = (1 - stays) * (2 * with_queue - 1) / (1 - (1 - stays) * (2 * keeps - 1))
    assert fit.adjustments[0].tolist() == pytest.approx([-expected, expected], abs=0.03)


def test_the_fit_of_the_mirrored_market_is_the_mirror():
    shown = walk(3000, stays=0.4, with_queue=0.8, keeps=0.5)
    plain, other = (fit_micro_price(market, tick=1.0) for market in (shown, mirrored(shown)))
    assert other.adjustments == pytest.approx(plain.adjustments, abs=1e-9)
    assert plain.adjustments == pytest.approx(-plain.adjustments[:, ::-1], abs=1e-12)
    assert other.price(mirrored(shown)) == pytest.approx(200 - plain.price(shown), abs=1e-9)


def test_a_state_that_was_never_seen_has_no_price():
    fit = fit_micro_price(walk(500, stays=0.4, with_queue=0.8, keeps=0.5), tick=1.0, bins=2, widest_ticks=3)
    unseen = quotes([(100, 9, 103, 1), (0, 9, 101, 1), (100, 9, 101, 1)])
    assert np.isnan(fit.price(unseen)).tolist() == [True, True, False]
    assert fit.signal(unseen, 1.0).value is None
    signal = fit.signal(unseen, 2.0)
    assert signal.direction == 1
    assert signal.value == pytest.approx(2 * fit.adjustments[0, 1])


def test_a_state_that_only_stays_before_a_broken_book_is_left_out():
    stuck = [(100, 1, 101, 1)] * 30
    moving = [heavy(ticks % 2, 1) for ticks in range(40)]
    alone = fit_micro_price(quotes(moving), tick=1.0)
    fit = fit_micro_price(quotes([*stuck, (100, 1, 99, 1), *moving]), tick=1.0)
    assert fit.adjustments == pytest.approx(alone.adjustments)
    assert fit.seen.tolist() == alone.seen.tolist()


@pytest.mark.parametrize(
    "terms", [{"tick": 0.0}, {"tick": float("nan")}, {"tick": 1.0, "bins": 3}, {"tick": 1.0, "bins": 0}, {"tick": 1.0, "widest_ticks": 0}]
)
def test_terms_that_make_no_sense_are_refused(terms):
    with pytest.raises(BadInput):
        fit_micro_price(walk(50, stays=0.4, with_queue=0.8, keeps=0.5), **terms)


@pytest.mark.parametrize("rows", [[], [(100, 1, 101, 1)], [(100, 1, 101, 1), (100, 2, 101, 1)], [(101, 1, 100, 1), (100, 2, 101, 1)]])
def test_a_mid_that_never_changes_is_refused(rows):
    with pytest.raises(BadInput, match="never changes"):
        fit_micro_price(quotes(rows), tick=1.0)
