"""Quotes on both sides follow the best prices; what they gain is the half spread and the move after the fill."""

from collections.abc import Sequence

import numpy as np
import pytest

from analytics.lab.facts.statistics import TooFewObservations
from analytics.lab.facts.two_sided import DECISION_SECONDS, Heard, fills_of_posting, gain_per_notional, posting_rows
from analytics.lab.facts.two_sided_markets import posting_on_path


class Staged:
    """A market whose best prices are given by decision, and that fills or refuses the orders it is told to."""

    def __init__(self, best: Sequence[tuple[float, float]], fills: Sequence[int] = (), refuses: Sequence[int] = ()) -> None:
        self._best, self._fills, self._refuses, self._step = best, fills, refuses, -1
        self.posted: list[tuple[int, float]] = []
        self.cancelled: list[int] = []
        self._told: set[int] = set()

    def best(self) -> tuple[float, float]:
        return self._best[self._step]

    def post(self, sign: int, price: float, *, arrival: float) -> int:
        self.posted.append((sign, price))
        return len(self.posted)

    def cancel(self, order: int, *, arrival: float) -> None:
        self.cancelled.append(order)

    def advance(self, until: float) -> Sequence[Heard]:
        self._step += 1
        over = {*self._fills, *self._refuses, *self.cancelled} & set(range(1, len(self.posted) + 1)) - self._told
        self._told |= over
        return [
            Heard(order=order, time=until, price=self.posted[order - 1][1], usd=50.0 * (order in self._fills), has_ended=True)
            for order in sorted(over)
        ]


def work(market: Staged, steps: int) -> list[list[float]]:
    fills: list[list[float]] = fills_of_posting(market, 0.0, steps * DECISION_SECONDS).tolist()
    return fills


def test_both_best_prices_are_joined_once_while_they_stand() -> None:
    market = Staged([(99.0, 101.0)] * 5)
    assert work(market, 5) == []
    assert market.posted == [(1, 99.0), (-1, 101.0)]
    assert market.cancelled == []


def test_a_price_that_is_not_the_best_any_more_is_left_and_the_new_one_joined() -> None:
    market = Staged([(99.0, 101.0), (98.0, 101.0), (98.0, 101.0), (98.0, 101.0)])
    work(market, 4)
    assert market.cancelled == [1]
    assert market.posted == [(1, 99.0), (-1, 101.0), (1, 98.0)]


@pytest.mark.parametrize("outcome", ["fills", "refuses"])
def test_after_a_fill_or_a_refusal_the_side_is_quoted_again(outcome: str) -> None:
    market = Staged([(99.0, 101.0)] * 3, **{outcome: [2]})
    fills = work(market, 3)
    assert market.posted == [(1, 99.0), (-1, 101.0), (-1, 101.0)]
    assert fills == ([[pytest.approx(0.2), -1.0, 101.0, 50.0]] if outcome == "fills" else [])


def rows(price: float, sign: float, mid: float) -> np.ndarray:
    fills = np.array([[1.0, sign, price, 200.0], [9.0, sign, price, 200.0]])
    return posting_rows(fills, lambda times: np.full(times.shape, mid), horizon_seconds=5.0, end=10.0)


def test_a_fill_gains_the_half_spread_when_the_mid_stays_and_loses_what_it_goes_against_it() -> None:
    assert gain_per_notional(rows(99.99, 1, 100.0)) == pytest.approx(1.0, rel=1e-3)
    assert gain_per_notional(rows(100.01, -1, 100.0)) == pytest.approx(1.0, rel=1e-3)
    assert gain_per_notional(rows(99.99, 1, 99.97)) == pytest.approx(-2.0, rel=1e-3)


def test_a_fill_whose_horizon_lies_beyond_the_end_is_left_out() -> None:
    assert len(rows(100.0, 1, 100.0)) == 1


def test_larger_fills_count_for_more() -> None:
    assert gain_per_notional(np.array([[300.0, 300.0], [-100.0, 100.0]])) == pytest.approx(0.5)


def test_without_a_fill_there_is_no_gain_to_speak_of() -> None:
    assert work(Staged([(99.0, 101.0)] * 3), 3) == []
    with pytest.raises(TooFewObservations, match="fills of quotes"):
        gain_per_notional(np.empty((0, 2)))


def test_quotes_on_a_path_of_the_model_are_filled_on_both_sides_alike_again_with_the_same_seed() -> None:
    first, again = (posting_on_path("BTC", seed=np.random.SeedSequence(2), seconds=180.0, horizons=(1, 30)) for _ in range(2))
    assert len(first[1]) >= len(first[30]) > 10
    assert first[1].tolist() == again[1].tolist()
    assert 0 < first[1][:, 1].max() <= 10_000.1
