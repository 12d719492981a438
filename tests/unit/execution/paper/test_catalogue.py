"""What the venues list: the same 25 currencies everywhere, on each venue's own terms."""

from decimal import Decimal

import pytest

from execution.paper.catalogue import listings_of
from execution.paper.listings import Kind
from execution.paper.orders import read_price, read_quantity
from execution.paper.profiles import VENUES
from execution.paper.refusals import Reason, Refused

BASES = (
    *("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK", "DOT", "LTC", "BCH", "TRX"),
    *("UNI", "NEAR", "ATOM", "AAVE", "FIL", "ETC", "XLM", "APT", "ARB", "OP", "SUI", "INJ"),
)
KINDS = {"binance": set(Kind), "okx": set(Kind), "bybit": set(Kind), "coinbase": {Kind.SPOT}}
EVERYWHERE = [listing for name in VENUES for listing in listings_of(name).values()]


@pytest.mark.parametrize("name", sorted(VENUES))
def test_a_venue_lists_every_currency_once_a_kind(name: str) -> None:
    listed = [(listing.base, listing.kind) for listing in listings_of(name).values()]
    assert len(BASES) == 25
    assert sorted(listed) == sorted((base, kind) for base in BASES for kind in KINDS[name])
    assert set(VENUES[name].fees) == KINDS[name]


def test_house_symbols_tell_the_kind() -> None:
    assert all((listing.symbol == f"{listing.base}USDT") == (listing.kind is Kind.SPOT) for listing in EVERYWHERE)
    assert all((listing.symbol == f"{listing.base}USDT-PERP") == (listing.kind is Kind.PERPETUAL) for listing in EVERYWHERE)


def test_ticks_and_lots_are_whole_numbers_of_atoms_and_contracts_whole_numbers_of_lots() -> None:
    for listing in EVERYWHERE:
        assert listing.quote_atoms_per_unit == listing.tick * listing.lot * 10**8
        assert listing.base_atoms_per_lot == listing.lot * 10**8
        assert listing.contract_size == 1 or listing.contract_size % listing.lot == 0
        assert listing.minimum_lots <= listing.maximum_lots


def test_okx_counts_contracts_of_its_own_size_and_trades_parts_of_them() -> None:
    listing = listings_of("okx")["DOGEUSDT-PERP"]
    assert (listing.contract_size, listing.lot) == (Decimal(1000), Decimal(10))
    assert (listing.quantity(3), listing.lots(30), listing.quantity_text(3)) == (30, 3, "30")


def test_a_price_or_quantity_off_the_grid_is_refused() -> None:
    listing = listings_of("bybit")["SUIUSDT-PERP"]  # lots of ten
    assert (read_price(Decimal("3.4567"), listing), read_quantity(Decimal(120), listing)) == (34_567, 12)
    with pytest.raises(Refused, match=Reason.PRICE_GRID):
        read_price(Decimal("3.45678"), listing)
    with pytest.raises(Refused, match=Reason.QUANTITY_GRID):
        read_quantity(Decimal(125), listing)
