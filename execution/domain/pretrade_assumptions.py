"""What pre-trade estimates assume of execution, in one place; docs/execution-quality.md holds them against the lab."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionAssumptions:
    """What is assumed of this product's own execution.

    `fill_seconds` stands for four fifths filled in ten seconds. Share of flow, execution noise, impact noise and the time of parts that
    follow were chosen on 100 paths of BTC, on the market model and on recorded days (seed 5); ETH and SOL were not looked at for it. The
    price of running away and the refill time are guesses.

    Args:
        fill_seconds: tau of 1 - exp(-t / tau), the part of a small slice that fills as maker while it rests for t.
        following_seconds: how long a small part that follows the one before rests on average: longer than tau, since what has not filled
            soon waits long. An iceberg's twentieths took 11 to 13 s on the market model, 15 to 20 s on recorded days.
        share_of_flow: the most of what others trade meanwhile that a resting slice gets.
        adverse_selection: what maker fills lose, as a share of a minute's volatility, however long they waited: a second after a fill
            the market model's makers have lost .09 of it (BTC) and .08 (ETH), those of the recordings of July 2024 .06 and .04.
        running_away: what is crossed after resting loses, as a share of the volatility over the time of resting.
        refill_seconds: a quantity taken faster than this costs as if it took this long: the book fills up meanwhile.
        execution_noise: standard deviation of what fills add by chance, as a share of a minute's volatility.
        burst_cost: what everything at once costs beyond the books' first levels, as a share of a minute's volatility for each minute of
            the others' volume: linear, as recorded net flow moves prices. The lab's sweeps paid .53 (2 % of half an hour's volume) to .65
            (10 %) in BTC, bursts of clips within 12 s .6 to .9 in BTC, .7 to 1 in ETH and 1 in SOL.
        impact_noise: standard deviation of the impact as a share of what is expected.
    """

    fill_seconds: float = 6.2
    following_seconds: float = 10.0
    share_of_flow: float = 0.5
    adverse_selection: float = 0.1
    running_away: float = 0.1
    refill_seconds: float = 30.0
    execution_noise: float = 0.05
    burst_cost: float = 0.7
    impact_noise: float = 0.4


DEFAULT_ASSUMPTIONS = ExecutionAssumptions()
