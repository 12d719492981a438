from dataclasses import replace
from decimal import Decimal

import pytest

from analytics.lab.experiment import Experiment, InvalidExperiment, Job, parse_algorithm, parse_size
from analytics.lab.path import cost_of, job_of, run_job
from tests.unit.analytics.lab.fixed_market import Rules, listing
from tests.unit.analytics.lab.fixed_source import FixedSource


def an_experiment(**changes):
    usual = Experiment(
        algorithms=("market", "clips", "twap", "oracle"),
        symbols=("BTC",),
        sizes=(parse_size("8k"), parse_size("5%")),
        minutes=(2.0,),
        sources=(FixedSource(),),
        paths=3,
        seed=1,
    )
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("text", "usd", "share"),
    [("8000", "8000", None), ("8k", "8000", None), ("1.5M", "1500000", None), ("5%", None, "0.05"), (" 0.5% ", None, "0.005")],
)
def test_sizes_are_usd_or_shares_of_the_volume(text, usd, share):
    size = parse_size(text)
    assert size.usd == (usd and Decimal(usd))
    assert size.share == (share and Decimal(share))


@pytest.mark.parametrize("text", ["8000", "1500000", "5%", "0.5%", "100%", "0.00001"])
def test_a_size_is_written_as_it_is_read(text):
    assert parse_size(text).label == text


@pytest.mark.parametrize("text", ["0", "0%", "0.0k", "-5", "-5%", "five", "", "%", "nan", "inf", "1e9", "101%", "8 k k", "9" * 40, "٣"])
def test_a_size_that_makes_no_sense_is_named(text):
    with pytest.raises(InvalidExperiment):
        parse_size(text)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"algorithms": ("vwop",)}, "'vwop' is not an algorithm; there are: market, clips, oracle, twap"),
        ({"algorithms": ("twap:zen",)}, "there are: conservative, balanced, aggressive, stealth"),
        ({"algorithms": ("clips:stealth",)}, "a baseline has no modes"),
        ({"algorithms": ()}, "at least one algorithm"),
        ({"algorithms": ("twap", "twap")}, "algorithm twap is named twice"),
        ({"symbols": ("DOGE",)}, "'DOGE' is not a symbol of fixed; there are: BTC, ETH"),
        ({"symbols": ()}, "at least one symbol"),
        ({"sizes": ()}, "at least one size"),
        ({"sizes": (parse_size("8k"), parse_size("8000"))}, "size 8000 is named twice"),
        ({"sources": ()}, "at least one source"),
        ({"minutes": (0.0,)}, "minutes must be above 0"),
        ({"minutes": (-30.0,)}, "minutes must be above 0"),
        ({"minutes": (float("nan"),)}, "minutes must be above 0"),
        ({"minutes": (float("inf"),)}, "at most 1440"),
        ({"paths": 0}, "paths must be at least 1"),
        ({"paths": 10**9}, "at most 100000"),
        ({"seed": -1}, "the seed must not be negative"),
    ],
)
def test_an_experiment_that_makes_no_sense_is_named(change, told):
    with pytest.raises(InvalidExperiment) as raised:
        an_experiment(**change).check()
    assert told in str(raised.value)


def test_every_combination_of_source_symbol_and_horizon_is_a_job_on_every_path():
    jobs = an_experiment(symbols=("BTC", "ETH"), minutes=(1.0, 2.0)).jobs()
    assert len(jobs) == len(set(jobs)) == 2 * 2 * 3


def test_a_path_is_run_with_every_algorithm_at_every_size():
    record = run_job(an_experiment(), Job(source="fixed", symbol="BTC", minutes=2.0, path=0))
    assert [(order["size"], order["algorithm"]) for order in record["orders"]] == [
        (size, algorithm) for size in ("8000", "5%") for algorithm in ("market", "clips", "twap", "oracle")
    ]
    assert all(cost_of(order).fill_rate == 1 for order in record["orders"])


def test_sides_alternate_from_path_to_path():
    jobs = [Job(source="fixed", symbol="BTC", minutes=2.0, path=path) for path in range(3)]
    records = [run_job(an_experiment(algorithms=("market",)), job) for job in jobs]
    assert [record["side"] for record in records] == ["buy", "sell", "buy"]
    assert [job_of(record) for record in records] == jobs


def test_a_share_of_the_volume_is_that_of_the_path_without_the_order():
    record = run_job(an_experiment(sizes=(parse_size("5%"),)), Job(source="fixed", symbol="BTC", minutes=2.0, path=0))
    assert record["volume"] == 120  # others trade one unit a second
    assert {order["quantity"] for order in record["orders"]} == {"6.000"}


def test_a_size_below_what_venues_take_is_named():
    experiment = an_experiment(sizes=(parse_size("1"),))
    with pytest.raises(InvalidExperiment, match=r"the size 1 is 0 of BTC on path 0: less than the smallest order that a venue takes"):
        run_job(experiment, Job(source="fixed", symbol="BTC", minutes=2.0, path=0))


def test_sizes_are_cut_to_the_coarsest_lot():
    source = FixedSource(rules=Rules(venues=(listing("A"), listing("B", lot="0.01"))))
    record = run_job(an_experiment(sources=(source,)), Job(source="fixed", symbol="BTC", minutes=2.0, path=0))
    assert record["orders"][0]["quantity"] == "0.13"  # 8000 / 60000 = 0.1333


@pytest.mark.parametrize(
    ("text", "mode", "parameters"),
    [
        ("twap", "balanced", {}),
        ("twap:stealth", "stealth", {}),
        ("twap:randomise=0", "balanced", {"randomise": "0"}),
        ("twap:stealth:randomise=0:slice_count=9", "stealth", {"randomise": "0", "slice_count": "9"}),
    ],
)
def test_an_algorithm_may_be_named_with_a_mode_and_parameters(text, mode, parameters):
    choice = parse_algorithm(text)
    assert (choice.name, choice.mode, dict(choice.parameters)) == ("twap", mode, parameters)


@pytest.mark.parametrize(
    "text", ["twap:randomise=2", "twap:moon=1", "twap:=", "twap:randomise=nan", "clips:randomise=0", "twap:stealth:zen"]
)
def test_a_parameter_that_makes_no_sense_is_named(text):
    with pytest.raises(InvalidExperiment):
        parse_algorithm(text)
