"""Bybit's shapes of the unified wallet and of positions, the same over REST and on the private stream."""

from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account, Balance
from execution.paper.gateways.bybit.names import name_of
from execution.paper.listings import ATOMS, Kind, Listing, decimal_text
from execution.paper.pair import Pair
from execution.paper.positions import Position
from execution.paper.profiles import QUOTE
from execution.paper.venue import Venue

Json = dict[str, Any]
EIGHT_PLACES = Decimal("1e-8")


def wallet_json(venue: Venue, account: Account, wanted: set[str]) -> Json:
    """Return the wallet as account/wallet-balance and the wallet topic do; an empty `wanted` means every coin that is held."""
    wallet, margin = venue.wallet(account, Kind.SPOT), venue.margin(account)
    names = wanted or {coin for coin, held in wallet.items() if held.free or held.locked} | {QUOTE}
    coins = [_coin_json(venue, account, coin, wallet.get(coin, Balance())) for coin in sorted(names)]
    equity = sum((Decimal(coin["usdValue"]) for coin in coins), Decimal(0))
    profit = Decimal(margin.unrealised) / ATOMS
    return {
        "accountType": "UNIFIED",
        "totalEquity": amount_text(equity),
        "totalWalletBalance": amount_text(equity - profit),
        "totalMarginBalance": amount_text(equity),
        "totalAvailableBalance": decimal_text(margin.available, 8),
        "totalPerpUPL": amount_text(profit),
        "totalInitialMargin": decimal_text(margin.initial, 8),
        "totalMaintenanceMargin": decimal_text(margin.maintenance, 8),
        "accountIMRate": "",
        "accountMMRate": f"{margin.maintenance_ratio:f}",
        "accountLTV": "0",
        "coin": coins,
    }


def position_json(venue: Venue, account: Account, symbol: str, now_ms: int) -> Json:
    """Return the position in a perpetual, flat or not, as position/list and the position topic do."""
    pair = venue.pairs[symbol]
    held = next((item for item in venue.positions(account) if item.symbol == symbol), account.position(symbol))
    listing, mark = pair.listing, pair.mark_price()
    notional = abs(held.lots) * mark
    return {
        "symbol": name_of(listing),
        "positionIdx": 0,
        "side": "Buy" if held.lots > 0 else "Sell" if held.lots < 0 else "",
        "size": listing.quantity_text(abs(held.lots)),
        "avgPrice": amount_text(held.entry_price(listing)),
        "positionValue": listing.notional_text(abs(held.cost_units), None),
        "leverage": str(held.leverage),
        "markPrice": listing.price_text(mark),
        "positionIM": decimal_text(_margin_atoms(held, listing), 8),
        "positionMM": listing.notional_text(notional // (2 * listing.max_leverage), None),
        "unrealisedPnl": listing.notional_text(held.unrealised_units(mark), None),
        "curRealisedPnl": decimal_text(held.realised_atoms + held.funding_atoms, 8),
        "cumRealisedPnl": decimal_text(held.realised_atoms + held.funding_atoms, 8),
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


def amount_text(value: Decimal) -> str:
    """Write an amount with at most eight decimals."""
    return f"{value.quantize(EIGHT_PLACES).normalize():f}"


def _coin_json(venue: Venue, account: Account, coin: str, held: Balance) -> Json:
    """Return one coin: what spot orders lock is told apart from the margin of perpetual orders and positions."""
    is_margin = coin == QUOTE
    state, positions = venue.margin(account), list(account.positions.values())
    initial, profit = (state.initial, state.unrealised) if is_margin else (0, 0)
    of_positions = sum(_margin_atoms(item, venue.pairs[item.symbol].listing) for item in positions) if is_margin else 0
    realised = sum(item.realised_atoms + item.funding_atoms for item in positions) if is_margin else 0
    equity = Decimal(held.free + held.locked + profit) / ATOMS
    return {
        "coin": coin,
        "equity": amount_text(equity),
        "usdValue": amount_text(equity * _dollars(venue, coin)),
        "walletBalance": decimal_text(held.free + held.locked, 8),
        "locked": decimal_text(held.locked - initial, 8),
        "availableToWithdraw": "",
        "totalOrderIM": decimal_text(max(0, initial - of_positions), 8),
        "totalPositionIM": decimal_text(min(initial, of_positions), 8),
        "totalPositionMM": decimal_text(state.maintenance if is_margin else 0, 8),
        "unrealisedPnl": decimal_text(profit, 8),
        "cumRealisedPnl": decimal_text(realised, 8),
        "borrowAmount": "0",
        "accruedInterest": "0",
        "bonus": "0",
        "spotHedgingQty": "0",
        "marginCollateral": is_margin,
        "collateralSwitch": is_margin,
    }


def _margin_atoms(held: Position, listing: Listing) -> int:
    """Return the initial margin of what is open."""
    return abs(held.cost_units) * listing.quote_atoms_per_unit // held.leverage


def _dollars(venue: Venue, coin: str) -> Decimal:
    """Return a coin's price in USDT, which counts as a dollar; 0 where it is not listed."""
    if coin == QUOTE:
        return Decimal(1)
    pair: Pair | None = venue.pairs.get(f"{coin}{QUOTE}")
    return pair.listing.price(pair.reference_price()) if pair is not None else Decimal(0)
