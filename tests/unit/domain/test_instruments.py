import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.instruments import QUOTE_CURRENCIES, Instrument, InstrumentKind, UnknownSymbol, parse_symbol

SPOT = Instrument(base="BTC", quote="USDT")
PERPETUAL = Instrument(base="BTC", quote="USDT", kind=InstrumentKind.PERPETUAL)


@pytest.mark.parametrize("text", ["BTCUSDT", "BTC/USDT", "btcusdt", " btc/usdt "])
def test_spot_is_read_from_both_names(text):
    assert parse_symbol(text) == SPOT


@pytest.mark.parametrize("text", ["BTCUSDT-PERP", "BTC/USDT:USDT", "btcusdt-perp"])
def test_the_perpetual_is_read_from_both_names(text):
    assert parse_symbol(text) == PERPETUAL


@pytest.mark.parametrize(
    "text", ["", "BTC", "USDT", "BTC-USDT", "BTC/USDT/X", "BTCUSDT-FUT", "BTC/", "/USDT", "BTCDOGE", "BTC USDT", "BTCUSDT\n\n; --"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(UnknownSymbol):
        parse_symbol(text)


def test_an_inverse_perpetual_is_refused():
    with pytest.raises(UnknownSymbol, match="only linear perpetuals"):
        parse_symbol("BTC/USD:BTC")


@given(
    base=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=15),
    quote=st.sampled_from(QUOTE_CURRENCIES),
    kind=st.sampled_from(list(InstrumentKind)),
)
def test_the_unified_name_reads_back_as_the_same_instrument(base, quote, kind):
    instrument = Instrument(base=base, quote=quote, kind=kind)
    assert parse_symbol(instrument.ccxt_symbol) == instrument


@pytest.mark.parametrize("instrument", [SPOT, PERPETUAL, Instrument(base="ETH", quote="BTC"), Instrument(base="SOL", quote="USD")])
def test_the_house_name_reads_back_as_the_same_instrument(instrument):
    assert parse_symbol(instrument.symbol) == instrument
