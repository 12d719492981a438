from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.lab.candle_source import CandleSource, TooFewCandles, driver_of
from analytics.lab.candles import CandleError, Candles
from analytics.lab.finding import NoData

MINUTES = 40


def candles(closes, usd=None, spread=0.001):
    closes = np.asarray(closes, dtype=float)
    opens = np.concatenate([closes[:1], closes[:-1]])
    return Candles(
        minutes=np.arange(len(closes)),
        open=opens,
        high=np.maximum(opens, closes) * (1 + spread),
        low=np.minimum(opens, closes) * (1 - spread),
        close=closes,
        usd=np.full(len(closes), 1e6) if usd is None else np.asarray(usd, dtype=float),
    )


def written(folder, symbol, found):
    """Write candles as the project's data folder has them."""
    (folder / "hftbacktest").mkdir(exist_ok=True)
    (folder / "candles_1m").mkdir(exist_ok=True)
    table = {name: getattr(found, name) for name in ("open", "high", "low", "close")}
    times = pa.array(found.minutes * 60_000, pa.timestamp("ms"))
    pq.write_table(
        pa.table({"date": times, **table, "volume": found.usd / found.close}),
        folder / "candles_1m" / f"binance_usdm_{symbol}usdt_20250504_20250603_1m.parquet",
    )


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    walk = 60_000 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 5e-4, MINUTES)))
    written(tmp_path, "btc", candles(walk))
    return tmp_path


def test_the_driver_passes_through_every_close():
    found = driver_of(candles([100.0, 101.0, 99.5]), np.random.default_rng(1))
    assert found.price_bps[[0, 60, 120]] == pytest.approx([0, 100, -50])
    assert len(found.price_bps) == 121


def test_activity_is_the_minutes_usd_over_the_median():
    found = driver_of(candles([100.0] * 4, usd=[9e9, 1e6, 2e6, 4e6]), np.random.default_rng(1), usual_usd=2e6)
    assert found.activity.tolist() == [0.5, 1.0, 2.0]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(min_value=50, max_value=200), min_size=2, max_size=6), st.integers(min_value=0, max_value=99))
def test_the_price_stays_within_each_candle(closes, seed):
    found = candles(closes)
    prices = found.close[0] * (1 + driver_of(found, np.random.default_rng(seed)).price_bps / 1e4)
    for index in range(1, len(closes)):
        minute = prices[60 * (index - 1) + 1 : 60 * index + 1]
        assert found.low[index] * (1 - 1e-9) <= minute.min()
        assert minute.max() <= found.high[index] * (1 + 1e-9)


def test_a_path_is_the_same_whenever_it_is_opened_and_another_is_another(data):
    source = CandleSource()
    mids = []
    for path in (0, 0, 1):
        market = source.open("BTC", path=path, seed=1, minutes=2)
        market.advance(market.now + timedelta(minutes=1))
        mids.append(market.mid())
    assert mids[0] == mids[1] != mids[2]


def test_candles_drive_a_perpetual_too(data):
    market = CandleSource().open("BTC-PERP", path=0, seed=1, minutes=2)
    market.advance(market.now + timedelta(minutes=1))
    assert next(iter(market.listings)) == "main-perp"
    assert market.traded().quantity > 0


def test_symbols_are_those_that_are_recorded(data):
    assert CandleSource().symbols == ("BTC", "BTC-PERP")


def test_an_order_longer_than_the_candles_is_named(data):
    with pytest.raises(TooFewCandles, match="last 40 minutes, the order needs 64"):
        CandleSource().open("BTC", path=0, seed=1, minutes=60)


def test_candles_with_a_gap_everywhere_are_named(data):
    found = candles(np.full(MINUTES, 100.0))
    gaps = Candles(**{name: getattr(found, name) for name in found.__slots__ if name != "minutes"}, minutes=found.minutes * 2)
    written(data, "eth", gaps)
    with pytest.raises(TooFewCandles, match="no 6 minutes of the candles of ETH are without a gap"):
        CandleSource().open("ETH", path=0, seed=1, minutes=2)


def test_damaged_candles_are_named(data):
    next((data / "candles_1m").iterdir()).write_bytes(b"PAR1 but no more")
    with pytest.raises(CandleError):
        CandleSource(name="damaged").open("BTC", path=0, seed=1, minutes=2)


def test_without_data_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(NoData):
        _ = CandleSource().symbols


def test_stretches_are_from_the_second_half_of_the_whole_days(tmp_path, monkeypatch):
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    days = 4 * 1440
    written(tmp_path, "sol", candles(np.full(days, 100.0)))
    source = CandleSource(name="four days")
    starts = [source.open("SOL", path=path, seed=1, minutes=5).now for path in range(12)]
    assert min(starts) >= datetime(1970, 1, 3, tzinfo=UTC)
    assert len({start.date() for start in starts}) == 2


def test_the_background_knows_what_was_before_the_order_and_nothing_after(tmp_path, monkeypatch):
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    usd = np.random.default_rng(3).lognormal(15, 1, 4 * 1440)
    written(tmp_path, "eth", candles(np.full(4 * 1440, 100.0), usd=usd))
    source = CandleSource(name="backgrounds")
    market = source.open("ETH", path=0, seed=1, minutes=5)
    before = source.background("ETH", path=0, seed=1, minutes=5)
    minute = int(market.now.timestamp() // 60)
    known = before.minutes / before.minutes[-1] * usd[minute - 1]
    assert known[-3:] == pytest.approx(usd[minute - 3 : minute])
    assert before.curve.days == minute // 1440
