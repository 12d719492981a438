"""A fact is pooled over paths, with an interval over what may be exchanged."""

import numpy as np
import pytest

from analytics.lab.facts.measure import BLOCKS, FACTS, blocks_of, measure
from analytics.lab.facts.statistics import TooFewObservations
from tests.unit.analytics.lab.facts.observations import observed


def test_a_fact_of_several_paths_is_that_of_all_their_rows() -> None:
    markets = [observed(half_spread=half) for half in (0.1, 0.2, 0.3)]
    assert measure(FACTS["spread_bps"], markets, seed=1).value == pytest.approx(40)


def test_one_path_is_cut_into_blocks_and_many_paths_are_blocks_themselves() -> None:
    one = measure(FACTS["spread_bps"], [observed()], seed=1)
    many = measure(FACTS["spread_bps"], [observed()] * (BLOCKS + 1), seed=1)
    assert (one.blocks, many.blocks) == (BLOCKS, BLOCKS + 1)


def test_blocks_hold_every_row_once_and_in_order() -> None:
    rows = np.arange(31.0).reshape(-1, 1)
    assert np.concatenate(blocks_of(rows)).tolist() == rows.tolist()


def test_fewer_rows_than_blocks_leave_no_empty_block() -> None:
    assert len(blocks_of(np.ones((3, 1)))) == 3


@pytest.mark.parametrize(
    "name", ["mean_parent_usd", "sign_autocorrelation_1", "depth_5bps_usd", "immediate_cost_100k_bps", "kyle_slope_10s"]
)
def test_a_market_without_trades_or_depth_has_no_such_fact_and_says_so(name: str) -> None:
    with pytest.raises(TooFewObservations):
        measure(FACTS[name], [observed()], seed=1)


def test_no_market_has_no_fact() -> None:
    with pytest.raises(TooFewObservations, match="nothing observed"):
        measure(FACTS["spread_bps"], [], seed=1)
