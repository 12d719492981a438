"""USD-M's JSON shapes of wallets, margins and positions. Cross margin, one-way mode; amounts of the quote asset in atoms."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from execution.paper.accounts import Account, FundingPayment
from execution.paper.gateways.binance.usdm_wire import market_id
from execution.paper.listings import decimal_text
from execution.paper.pair import Pair
from execution.paper.perpetual import Margin
from execution.paper.positions import Position
from execution.paper.venue import Venue

Json = dict[str, Any]
MARGIN_ASSET = "USDT"


def money(atoms: int) -> str:
    """Write an amount of the margin asset."""
    return decimal_text(atoms, 8, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position as the venue tells it, at the mark price."""

    pair: Pair
    position: Position

    @property
    def lots(self) -> int:
        """Return the signed quantity."""
        return self.position.lots

    @property
    def notional(self) -> int:
        """Return the signed value at the mark price."""
        return self.lots * self.pair.mark_price() * self._atoms

    @property
    def unrealised(self) -> int:
        """Return the profit at the mark price."""
        return self.position.unrealised_units(self.pair.mark_price()) * self._atoms

    @property
    def initial(self) -> int:
        """Return the position's initial margin: what it cost over its leverage."""
        return -(-abs(self.position.cost_units) * self._atoms // self.position.leverage)

    @property
    def maintenance(self) -> int:
        """Return the maintenance margin."""
        return abs(self.notional) // (2 * self.pair.listing.max_leverage)

    @property
    def largest(self) -> int:
        """Return how much the position may be worth: the largest order, however it is levered."""
        return self.pair.mark_price() * self.pair.listing.maximum_lots * self._atoms

    @property
    def _atoms(self) -> int:
        return self.pair.listing.quote_atoms_per_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """An account's USD-M wallet: what is in it, and what positions and open orders bind."""

    state: Margin
    holdings: tuple[Holding, ...]

    @property
    def positions(self) -> int:
        """Return the initial margin of the open positions."""
        return sum(holding.initial for holding in self.holdings)

    @property
    def orders(self) -> int:
        """Return what is held back beyond the positions' margin."""
        return max(0, self.state.initial - self.positions)

    @property
    def available(self) -> int:
        """Return what new orders may bind."""
        return max(0, self.state.available)


def margins(venue: Venue, account: Account, pairs: Iterable[Pair]) -> Margins:
    """Return the state of an account's USD-M wallet and of its positions in these perpetuals."""
    return Margins(state=venue.margin(account), holdings=holdings(venue, account, pairs))


def holdings(venue: Venue, account: Account, pairs: Iterable[Pair]) -> tuple[Holding, ...]:
    """Return the positions in these perpetuals as the venue reports them, flat ones too."""
    told = {position.symbol: position for position in venue.positions(account)}
    return tuple(Holding(pair=pair, position=told.get(pair.listing.symbol) or _flat(account, pair.listing.symbol)) for pair in pairs)


def _flat(account: Account, symbol: str) -> Position:
    known = account.positions.get(symbol)
    return Position(symbol=symbol, leverage=known.leverage) if known else Position(symbol=symbol)


def asset_json(margins: Margins, now_ms: int) -> Json:
    """Return the margin asset as the account calls list it."""
    return {
        "asset": MARGIN_ASSET,
        "walletBalance": money(margins.state.cash),
        "unrealizedProfit": money(margins.state.unrealised),
        "marginBalance": money(margins.state.equity),
        "maintMargin": money(margins.state.maintenance),
        "initialMargin": money(margins.state.initial),
        "positionInitialMargin": money(margins.positions),
        "openOrderInitialMargin": money(margins.orders),
        "crossWalletBalance": money(margins.state.cash),
        "crossUnPnl": money(margins.state.unrealised),
        "availableBalance": money(margins.available),
        "maxWithdrawAmount": money(margins.available),
        "marginAvailable": True,
        "updateTime": now_ms,
    }


def account_json(margins: Margins, now_ms: int) -> Json:
    """Return the account as GET /fapi/v3/account does."""
    totals = {
        "totalInitialMargin": margins.state.initial,
        "totalMaintMargin": margins.state.maintenance,
        "totalWalletBalance": margins.state.cash,
        "totalUnrealizedProfit": margins.state.unrealised,
        "totalMarginBalance": margins.state.equity,
        "totalPositionInitialMargin": margins.positions,
        "totalOpenOrderInitialMargin": margins.orders,
        "totalCrossWalletBalance": margins.state.cash,
        "totalCrossUnPnl": margins.state.unrealised,
        "availableBalance": margins.available,
        "maxWithdrawAmount": margins.available,
    }
    return {
        **{name: money(atoms) for name, atoms in totals.items()},
        "assets": [asset_json(margins, now_ms)],
        "positions": [_account_position(holding, now_ms) for holding in margins.holdings if holding.lots],
    }


def second_account_json(margins: Margins, now_ms: int) -> Json:
    """Return the account as GET /fapi/v2/account does: with rights, and with every position and its leverage."""
    rights = {"feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True, "multiAssetsMargin": False, "tradeGroupId": -1}
    positions = [
        {
            **_account_position(holding, now_ms),
            "leverage": str(holding.position.leverage),
            "entryPrice": entry_price(holding),
            "isolated": False,
            "maxNotional": money(holding.largest),
        }
        for holding in margins.holdings
    ]
    return {**rights, **account_json(margins, now_ms), "positions": positions}


def _account_position(holding: Holding, now_ms: int) -> Json:
    return {
        "symbol": market_id(holding.pair.listing),
        "positionSide": "BOTH",
        "positionAmt": holding.pair.listing.quantity_text(holding.lots),
        "unrealizedProfit": money(holding.unrealised),
        "isolatedMargin": "0",
        "notional": money(holding.notional),
        "isolatedWallet": "0",
        "initialMargin": money(holding.initial),
        "maintMargin": money(holding.maintenance),
        "updateTime": now_ms,
    }


def balance_json(margins: Margins, now_ms: int) -> list[Json]:
    """Return the wallet as GET /fapi/v3/balance does."""
    names = ("asset", "crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "marginAvailable", "updateTime")
    asset = asset_json(margins, now_ms)
    return [{"accountAlias": "paper", "balance": asset["walletBalance"], **{name: asset[name] for name in names}}]


def position_json(holding: Holding, now_ms: int) -> Json:
    """Return a position as GET /fapi/v3/positionRisk does."""
    return {
        "symbol": market_id(holding.pair.listing),
        "positionSide": "BOTH",
        "positionAmt": holding.pair.listing.quantity_text(holding.lots),
        "entryPrice": entry_price(holding),
        "breakEvenPrice": entry_price(holding),
        "markPrice": holding.pair.listing.price_text(holding.pair.mark_price(), 8),
        "unRealizedProfit": money(holding.unrealised),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": money(holding.notional),
        "marginAsset": MARGIN_ASSET,
        "isolatedWallet": "0",
        "initialMargin": money(holding.initial),
        "maintMargin": money(holding.maintenance),
        "positionInitialMargin": money(holding.initial),
        "openOrderInitialMargin": "0",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": now_ms,
    }


def second_position_json(holding: Holding, now_ms: int) -> Json:
    """Return a position as GET /fapi/v2/positionRisk does: with its leverage."""
    return {
        **position_json(holding, now_ms),
        "leverage": str(holding.position.leverage),
        "maxNotionalValue": money(holding.largest),
        "marginType": "cross",
        "isAutoAddMargin": "false",
        "isolated": False,
    }


def account_update(margins: Margins) -> Json:
    """Return the `a` of an ACCOUNT_UPDATE after a change of orders: the wallet and these positions."""
    return {"m": "ORDER", "B": [_wallet_change(margins, 0)], "P": [_position_change(holding) for holding in margins.holdings]}


def funding_update(margins: Margins, received: int) -> Json:
    """Return the `a` of an ACCOUNT_UPDATE after a payment of funding: the wallet alone."""
    return {"m": "FUNDING_FEE", "B": [_wallet_change(margins, received)], "P": []}


def _wallet_change(margins: Margins, beside_trading: int) -> Json:
    cash = money(margins.state.cash)
    return {"a": MARGIN_ASSET, "wb": cash, "cw": cash, "bc": money(beside_trading)}


def _position_change(holding: Holding) -> Json:
    return {
        "s": market_id(holding.pair.listing),
        "pa": holding.pair.listing.quantity_text(holding.lots),
        "ep": entry_price(holding),
        "bep": entry_price(holding),
        "cr": money(holding.position.realised_atoms),
        "up": money(holding.unrealised),
        "mt": "cross",
        "iw": "0",
        "ps": "BOTH",
    }


def entry_price(holding: Holding) -> str:
    """Write the average entry price."""
    return f"{holding.position.entry_price(holding.pair.listing):f}"


def bracket_json(pair: Pair) -> Json:
    """Return a symbol's brackets as GET /fapi/v1/leverageBracket does: one for any notional."""
    leverage = pair.listing.max_leverage
    bracket = {
        "bracket": 1,
        "initialLeverage": leverage,
        "notionalFloor": 0,
        "notionalCap": 10**12,
        "maintMarginRatio": round(1 / (2 * leverage), 6),
        "cum": 0.0,
    }
    return {"symbol": market_id(pair.listing), "notionalCoef": 1.0, "brackets": [bracket]}


def income_json(payment: FundingPayment, pair: Pair) -> Json:
    """Return a payment of funding as GET /fapi/v1/income does."""
    return {
        "symbol": market_id(pair.listing),
        "incomeType": "FUNDING_FEE",
        "income": money(payment.atoms),
        "asset": MARGIN_ASSET,
        "info": "FUNDING_FEE",
        "time": payment.time_ms,
        "tranId": payment.time_ms,
        "tradeId": "",
    }
