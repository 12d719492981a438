"""Bybit's shapes of the unified wallet and of positions, the same over REST and on the private stream."""

from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account, Balance
from execution.paper.gateways.bybit.names import name_of
from execution.paper.listings import ATOMS, Kind, Listing, decimal_text
from execution.paper.pair import Pair
from execution.paper.venue import Venue

Json = dict[str, Any]
EIGHT_PLACES = Decimal("1e-8")
MAINTENANCE_SHARE = Decimal("0.5")
"""Maintenance margin over the initial margin at the highest leverage: Bybit's lowest risk limit (BTC: 0.5 % at 100x)."""


def wallet_json(venue: Venue, account: Account, wanted: set[str]) -> Json:
    """Return the wallet as account/wallet-balance and the wallet topic do; an empty `wanted` means every coin that is held."""
    wallet = venue.wallet(account, Kind.SPOT)
    margins, profits = _margins(venue, account), _profits(venue, account)
    names = wanted or {coin for coin, held in wallet.items() if held.free or held.locked} | set(margins)
    coins = [_coin_json(venue, account, coin, wallet.get(coin, Balance())) for coin in sorted(names)]
    wealth = sum((Decimal(coin["usdValue"]) for coin in coins), Decimal(0))
    profit, margin = sum(profits.values(), Decimal(0)), sum(margins.values(), Decimal(0))
    total = wealth - profit
    return {
        "accountType": "UNIFIED",
        "totalEquity": text(wealth),
        "totalWalletBalance": text(total),
        "totalMarginBalance": text(wealth),
        "totalAvailableBalance": text(wealth - margin),
        "totalPerpUPL": text(profit),
        "totalInitialMargin": text(margin),
        "totalMaintenanceMargin": text(sum((_maintenance(venue, account, symbol) for symbol in account.positions), Decimal(0))),
        "accountIMRate": text(margin / wealth) if wealth > 0 else "",
        "accountMMRate": "",
        "accountLTV": "0",
        "coin": coins,
    }


def _coin_json(venue: Venue, account: Account, coin: str, held: Balance) -> Json:
    """Return one coin: what spot orders lock is told apart from the margin of perpetual orders and positions."""
    order_margin = sum(order.locked for order in account.open_orders.values() if _settles_in(venue, order.symbol, coin))
    profit = _profits(venue, account).get(coin, Decimal(0))
    balance = Decimal(held.free + held.locked) / ATOMS
    return {
        "coin": coin,
        "equity": text(balance + profit),
        "usdValue": text((balance + profit) * _dollars(venue, coin)),
        "walletBalance": text(balance),
        "locked": decimal_text(held.locked - order_margin, 8),
        "availableToWithdraw": "",
        "totalOrderIM": decimal_text(order_margin, 8),
        "totalPositionIM": text(_margins(venue, account).get(coin, Decimal(0))),
        "totalPositionMM": "",
        "unrealisedPnl": text(profit),
        "cumRealisedPnl": text(_realised(venue, account, coin)),
        "borrowAmount": "0",
        "accruedInterest": "0",
        "bonus": "0",
        "spotHedgingQty": "0",
        "marginCollateral": True,
        "collateralSwitch": True,
    }


def position_lots(venue: Venue, account: Account, symbol: str) -> int:
    """Return the position that the venue tells, in lots, negative when short."""
    held = account.positions.get(symbol)
    return (held.lots if held else 0) + venue.behaviour.position_drift.get(symbol, 0)


def position_json(venue: Venue, account: Account, symbol: str, now_ms: int) -> Json:
    """Return the position in a perpetual, flat or not, as position/list and the position topic do."""
    pair, held = venue.pairs[symbol], account.position(symbol)
    listing, lots = pair.listing, position_lots(venue, account, symbol)
    mark, quantity = mark_price(pair), listing.quantity(abs(lots))
    return {
        "symbol": name_of(listing),
        "positionIdx": 0,
        "side": "Buy" if lots > 0 else "Sell" if lots < 0 else "",
        "size": listing.quantity_text(abs(lots)),
        "avgPrice": text(held.entry_price(listing)),
        "positionValue": text(quantity * held.entry_price(listing)),
        "leverage": str(held.leverage),
        "markPrice": text(mark),
        "positionIM": text(quantity * mark / held.leverage),
        "positionMM": text(_maintenance(venue, account, symbol)),
        "unrealisedPnl": text(_profit(pair, account)),
        "curRealisedPnl": decimal_text(held.realised_atoms, 8),
        "cumRealisedPnl": decimal_text(held.realised_atoms, 8),
        "liqPrice": "",
        "bustPrice": "",
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "tpslMode": "Full",
        "positionBalance": "",
        "positionStatus": "Normal",
        "adlRankIndicator": 0,
        "autoAddMargin": 0,
        "isReduceOnly": False,
        "riskId": 1,
        "riskLimitValue": "",
        "seq": now_ms,
        "tradeMode": 0,
        "createdTime": str(now_ms),
        "updatedTime": str(now_ms),
    }


def mark_price(pair: Pair) -> Decimal:
    """Return the price that positions are valued at."""
    return pair.listing.price(pair.reference_price())


def text(value: Decimal) -> str:
    """Write an amount with at most eight decimals."""
    return f"{value.quantize(EIGHT_PLACES).normalize():f}"


def _settles_in(venue: Venue, symbol: str, coin: str) -> bool:
    listing: Listing = venue.pairs[symbol].listing
    return listing.kind is Kind.PERPETUAL and listing.quote == coin


def _open_pairs(venue: Venue, account: Account) -> list[Pair]:
    return [venue.pairs[symbol] for symbol, held in account.positions.items() if held.lots]


def _profit(pair: Pair, account: Account) -> Decimal:
    """Return the unrealised profit of one position."""
    held, listing = account.position(pair.listing.symbol), pair.listing
    return listing.quantity(held.lots) * (mark_price(pair) - held.entry_price(listing)) if held.lots else Decimal(0)


def _profits(venue: Venue, account: Account) -> dict[str, Decimal]:
    """Return the unrealised profit by coin."""
    profits: dict[str, Decimal] = {}
    for pair in _open_pairs(venue, account):
        profits[pair.listing.quote] = profits.get(pair.listing.quote, Decimal(0)) + _profit(pair, account)
    return profits


def _margins(venue: Venue, account: Account) -> dict[str, Decimal]:
    """Return the initial margin of positions by coin."""
    margins: dict[str, Decimal] = {}
    for pair in _open_pairs(venue, account):
        held, listing = account.position(pair.listing.symbol), pair.listing
        margin = listing.quantity(abs(held.lots)) * mark_price(pair) / held.leverage
        margins[listing.quote] = margins.get(listing.quote, Decimal(0)) + margin
    return margins


def _maintenance(venue: Venue, account: Account, symbol: str) -> Decimal:
    pair, held = venue.pairs[symbol], account.position(symbol)
    return pair.listing.quantity(abs(held.lots)) * mark_price(pair) * MAINTENANCE_SHARE / pair.listing.max_leverage


def _realised(venue: Venue, account: Account, coin: str) -> Decimal:
    atoms = sum(held.realised_atoms for symbol, held in account.positions.items() if venue.pairs[symbol].listing.quote == coin)
    return Decimal(atoms) / ATOMS


def _dollars(venue: Venue, coin: str) -> Decimal:
    """Return a coin's price in USDT, which counts as a dollar; 0 where it is not listed."""
    if coin == "USDT":
        return Decimal(1)
    pair = venue.pairs.get(f"{coin}USDT")
    return mark_price(pair) if pair is not None else Decimal(0)
