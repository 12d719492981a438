"""Coefficients that the product brings along."""

import pytest

from execution.domain.impact_defaults import currency_of, default_impact


@pytest.mark.parametrize(
    ("spelling", "currency"),
    [
        ("BTC", "BTC"),
        ("btc", "BTC"),
        ("BTCUSDT", "BTC"),
        ("BTC-PERP", "BTC"),
        ("BTCUSDT-PERP", "BTC"),
        ("BTC/USDT", "BTC"),
        ("BTC/USDT:USDT", "BTC"),
        ("ETH-USDT-SWAP", "ETH"),
        ("SOL-USD", "SOL"),
        (" ethusdc ", "ETH"),
        ("USDT", "USDT"),
        ("USDCUSDT", "USDC"),
        ("PERPUSDT", "PERP"),
        ("PERP", "PERP"),
        ("", ""),
    ],
)
def test_every_spelling_names_its_currency(spelling, currency):
    assert currency_of(spelling) == currency


@pytest.mark.parametrize("currency", ["BTC", "ETH", "SOL"])
def test_the_currencies_of_the_lab_have_measured_coefficients_whatever_the_spelling(currency):
    measured = default_impact(currency)
    assert measured.observations >= 12
    assert measured is default_impact(f"{currency}USDT") is default_impact(f"{currency}-PERP")
    assert measured.source.startswith("lab")


@pytest.mark.parametrize("symbol", ["DOGEUSDT", "", "BTCB", "'; DROP TABLE", "BTC" * 1000])
def test_what_nobody_measured_is_more_uncertain_than_anything_measured(symbol):
    generic = default_impact(symbol)
    assert generic.observations == 0
    terms = {"quantity": 0.1, "market_quantity": 1.0, "volatility_bps": 50.0}
    for currency in ("BTC", "ETH", "SOL"):
        assert generic.impact_error_bps(**terms) > 2 * default_impact(currency).impact_error_bps(**terms)


@pytest.mark.parametrize("currency", ["BTC", "ETH", "SOL"])
def test_the_coefficients_lie_where_markets_have_them(currency):
    # Toth et al. (2011), "Anomalous price impact and the critical nature of liquidity": Y of order one, delta 0.4 to 0.7.
    found = default_impact(currency)
    assert 0.1 < found.y.value < 1.5
    assert 0.35 < found.exponent.value < 0.75
