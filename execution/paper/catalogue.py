"""The 25 currencies that the paper venues list against USDT, spot and perpetual, on the terms that the venues publish.

Ticks, lots and smallest quantities of Binance, Bybit and Coinbase are those of their instrument endpoints as kept in
QuantConnect Lean's symbol properties database (Data/symbol-properties, August 2026); where Coinbase has no market against
USDT, the terms of its USD market stand in (BNB and TRX have neither: theirs are the neighbours'). OKX: BTC, ETH, ADA, LTC,
XRP, DOGE, TRX and the BTC swap as in the market fixtures of ccxt's tests, contract sizes as public code quotes them from
`/api/v5/public/instruments`; its other lots and minimums are of the published order of magnitude. Largest quantities and
leverages are those of the venues' lowest tiers, rounded and alike on all venues. A lot is made coarser where tick times lot
would be finer than the 1e-8 that accounts count in (OKX, Coinbase).
"""

from decimal import Decimal
from functools import cache

from execution.paper.listings import PERPETUAL_SUFFIX, Kind, Listing

QUOTE = "USDT"
FINEST_DECIMALS = 8

LARGEST = {
    **dict.fromkeys(("BTC", "ETH", "BNB", "BCH", "AAVE"), Decimal(9_000)),
    **dict.fromkeys(("SOL", "LTC", "AVAX", "LINK", "DOT", "UNI", "ATOM", "ETC", "INJ", "APT"), Decimal(90_000)),
    **dict.fromkeys(("NEAR", "FIL", "SUI", "OP", "ARB"), Decimal(900_000)),
    **dict.fromkeys(("XRP", "DOGE", "ADA", "TRX", "XLM"), Decimal(9_000_000)),
}

# base, tick, lot, and where it is more than a lot the smallest quantity
_BINANCE_SPOT = """
BTC 0.01 0.00001 | ETH 0.01 0.0001 | SOL 0.01 0.001 | BNB 0.01 0.001 | XRP 0.0001 0.1 | DOGE 0.00001 1 | ADA 0.0001 0.1
AVAX 0.001 0.01 | LINK 0.001 0.01 | DOT 0.001 0.01 | LTC 0.01 0.001 | BCH 0.1 0.001 | TRX 0.0001 0.1 | UNI 0.001 0.01
NEAR 0.001 0.1 | ATOM 0.001 0.01 | AAVE 0.01 0.001 | FIL 0.0001 0.01 | ETC 0.01 0.01 | XLM 0.0001 1 | APT 0.001 0.01
ARB 0.0001 0.1 | OP 0.0001 0.01 | SUI 0.0001 0.1 | INJ 0.001 0.01
"""
_BINANCE_PERPETUAL = """
BTC 0.1 0.001 | ETH 0.01 0.001 | SOL 0.01 0.01 | BNB 0.01 0.01 | XRP 0.0001 0.1 | DOGE 0.00001 1 | ADA 0.0001 1
AVAX 0.001 1 | LINK 0.001 0.01 | DOT 0.0001 0.1 | LTC 0.01 0.001 | BCH 0.01 0.001 | TRX 0.00001 1 | UNI 0.001 1
NEAR 0.001 1 | ATOM 0.001 0.01 | AAVE 0.01 0.1 | FIL 0.0001 0.1 | ETC 0.001 0.01 | XLM 0.00001 1 | APT 0.0001 0.1
ARB 0.00001 0.1 | OP 0.00001 0.1 | SUI 0.0001 0.1 | INJ 0.001 0.1
"""
_BYBIT_SPOT = """
BTC 0.1 0.000001 0.000011 | ETH 0.01 0.00001 0.00029 | SOL 0.01 0.001 0.006 | BNB 0.1 0.0001 0.0019 | XRP 0.0001 0.01 0.44
DOGE 0.00001 0.1 3 | ADA 0.0001 0.01 1.07 | AVAX 0.01 0.001 0.06 | LINK 0.01 0.001 0.04 | DOT 0.001 0.001 0.133
LTC 0.01 0.00001 0.00923 | BCH 0.1 0.001 0.003 | TRX 0.0001 0.01 3.91 | UNI 0.001 0.001 0.16 | NEAR 0.001 0.01 0.4
ATOM 0.001 0.001 0.142 | AAVE 0.01 0.001 0.003 | FIL 0.001 0.01 0.19 | ETC 0.01 0.01 0.04 | XLM 0.0001 0.1 2.5
APT 0.01 0.01 0.11 | ARB 0.0001 0.01 2.9 | OP 0.001 0.01 1.2 | SUI 0.0001 0.01 0.22 | INJ 0.01 0.01 0.11
"""
_BYBIT_PERPETUAL = """
BTC 0.1 0.001 | ETH 0.01 0.01 | SOL 0.01 0.1 | BNB 0.1 0.01 | XRP 0.0001 1 | DOGE 0.00001 1 | ADA 0.0001 1
AVAX 0.001 0.1 | LINK 0.001 0.1 | DOT 0.0001 0.1 | LTC 0.01 0.1 | BCH 0.1 0.01 | TRX 0.00001 1 | UNI 0.001 0.1
NEAR 0.001 0.1 | ATOM 0.001 0.1 | AAVE 0.01 0.01 | FIL 0.001 0.1 | ETC 0.001 0.1 | XLM 0.00001 1 | APT 0.001 0.01
ARB 0.0001 0.1 | OP 0.0001 0.1 | SUI 0.0001 10 | INJ 0.001 0.1
"""
_OKX_SPOT = """
BTC 0.1 0.00000001 0.00001 | ETH 0.01 0.000001 0.0001 | SOL 0.01 0.000001 0.01 | BNB 0.1 0.000001 0.01
XRP 0.0001 0.000001 1 | DOGE 0.00001 0.000001 10 | ADA 0.0001 0.0001 10 | AVAX 0.01 0.000001 0.1 | LINK 0.001 0.000001 0.1
DOT 0.001 0.000001 0.1 | LTC 0.01 0.000001 0.01 | BCH 0.1 0.000001 0.001 | TRX 0.00001 0.000001 1 | UNI 0.001 0.000001 0.1
NEAR 0.001 0.000001 0.1 | ATOM 0.001 0.000001 0.1 | AAVE 0.01 0.000001 0.01 | FIL 0.001 0.000001 0.1
ETC 0.01 0.000001 0.1 | XLM 0.00001 0.000001 1 | APT 0.001 0.000001 0.1 | ARB 0.0001 0.000001 1 | OP 0.0001 0.000001 1
SUI 0.0001 0.000001 1 | INJ 0.001 0.000001 0.1
"""
# base, tick, lot in contracts, base currency in one contract
_OKX_PERPETUAL = """
BTC 0.1 0.01 0.01 | ETH 0.01 0.01 0.1 | SOL 0.01 0.01 1 | BNB 0.1 1 0.01 | XRP 0.0001 0.01 100 | DOGE 0.00001 0.01 1000
ADA 0.0001 0.1 100 | AVAX 0.001 0.1 1 | LINK 0.001 0.1 1 | DOT 0.001 0.1 1 | LTC 0.01 0.1 1 | BCH 0.1 0.1 0.1
TRX 0.00001 0.01 1000 | UNI 0.001 0.1 1 | NEAR 0.001 0.1 10 | ATOM 0.001 0.1 1 | AAVE 0.01 0.1 0.1 | FIL 0.001 1 0.1
ETC 0.001 0.1 10 | XLM 0.00001 0.1 100 | APT 0.001 0.1 1 | ARB 0.0001 0.1 10 | OP 0.0001 1 1 | SUI 0.0001 1 1 | INJ 0.001 1 0.1
"""
_COINBASE_SPOT = """
BTC 0.01 0.00000001 | ETH 0.01 0.00000001 | SOL 0.01 0.001 | BNB 0.01 0.00001 | XRP 0.0001 0.000001 | DOGE 0.0001 0.1
ADA 0.0001 0.01 | AVAX 0.01 0.001 | LINK 0.01 0.001 | DOT 0.01 0.001 | LTC 0.01 0.00000001 | BCH 0.01 0.00000001
TRX 0.0001 0.1 | UNI 0.001 0.000001 | NEAR 0.001 0.001 | ATOM 0.001 0.001 | AAVE 0.01 0.001 | FIL 0.001 0.001
ETC 0.01 0.00000001 | XLM 0.0001 0.1 | APT 0.01 0.001 | ARB 0.0001 0.01 | OP 0.001 0.01 | SUI 0.0001 0.1 | INJ 0.001 0.01
"""

_TABLES = {
    ("binance", Kind.SPOT): _BINANCE_SPOT,
    ("binance", Kind.PERPETUAL): _BINANCE_PERPETUAL,
    ("okx", Kind.SPOT): _OKX_SPOT,
    ("okx", Kind.PERPETUAL): _OKX_PERPETUAL,
    ("bybit", Kind.SPOT): _BYBIT_SPOT,
    ("bybit", Kind.PERPETUAL): _BYBIT_PERPETUAL,
    ("coinbase", Kind.SPOT): _COINBASE_SPOT,
}
_LEAST_NOTIONAL = {("okx", Kind.SPOT): 0, ("okx", Kind.PERPETUAL): 0, ("coinbase", Kind.SPOT): 1}  # USDT; elsewhere 5
_LEAST_NOTIONAL_BINANCE_PERPETUAL = {"BTC": 100, **dict.fromkeys(("ETH", "BCH", "LTC", "ETC", "LINK"), 20)}
_LEVERAGES = {"binance": (125, 75), "okx": (100, 50), "bybit": (100, 75), "coinbase": (1, 1)}  # BTC and ETH, others


@cache
def listings_of(venue_name: str) -> dict[str, Listing]:
    """Return what a venue lists, by house symbol."""
    found = [
        _listing(venue_name, kind, row.split())
        for (name, kind), table in _TABLES.items()
        if name == venue_name
        for row in table.strip().replace("\n", "|").split("|")
    ]
    return {listing.symbol: listing for listing in found}


def _listing(venue_name: str, kind: Kind, row: list[str]) -> Listing:
    """Read a row; its last column is the smallest quantity, in the table of OKX's perpetuals the contract size."""
    base, tick, lot, last = (*row, "")[:4]
    counts_contracts = (venue_name, kind) == ("okx", Kind.PERPETUAL)
    contract = Decimal(last) if counts_contracts else Decimal(1)
    price_decimals = _decimals(Decimal(tick))
    lot_decimals = min(_decimals(Decimal(lot) * contract), FINEST_DECIMALS - price_decimals)
    smallest = Decimal(last or lot) if not counts_contracts else Decimal(lot) * contract
    major, other = _LEVERAGES[venue_name]
    return Listing(
        symbol=f"{base}{QUOTE}" + (PERPETUAL_SUFFIX if kind is Kind.PERPETUAL else ""),
        base=base,
        quote=QUOTE,
        kind=kind,
        price_decimals=price_decimals,
        lot_decimals=lot_decimals,
        minimum_lots=max(1, int(smallest.scaleb(lot_decimals))),
        maximum_quantity=LARGEST[base],
        minimum_notional=_least_notional(venue_name, kind, base),
        contract_size=contract,
        max_leverage=1 if kind is Kind.SPOT else major if base in {"BTC", "ETH"} else other,
    )


def _least_notional(venue_name: str, kind: Kind, base: str) -> Decimal:
    if (venue_name, kind) == ("binance", Kind.PERPETUAL):
        return Decimal(_LEAST_NOTIONAL_BINANCE_PERPETUAL.get(base, 5))
    if (venue_name, kind, base) == ("binance", Kind.SPOT, "DOGE"):
        return Decimal(1)
    return Decimal(_LEAST_NOTIONAL.get((venue_name, kind), 5))


def _decimals(step: Decimal) -> int:
    """Return d of a step of 10**-d."""
    return -step.normalize().adjusted()
