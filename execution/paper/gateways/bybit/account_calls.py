"""Bybit's signed calls about the account: wallet, positions, leverage, fees, key and disconnect protection."""

from decimal import Decimal
from typing import Any
from zlib import crc32

from execution.paper.accounts import Account
from execution.paper.gateways.base import Core
from execution.paper.gateways.bybit import account_wire
from execution.paper.gateways.bybit.errors import ApiError, parameter_error, refused
from execution.paper.gateways.bybit.names import Names, Params, category, name_of, traded_category
from execution.paper.gateways.bybit.params import read_decimal
from execution.paper.gateways.bybit.protection import Protection
from execution.paper.listings import Kind
from execution.paper.refusals import Refused

ONE_WAY, HEDGE = "0", "3"
RATE_PLACES = 6


class AccountCalls:
    """What an account's owner may ask beside its orders."""

    def __init__(self, core: Core, names: Names, protection: Protection) -> None:
        self._core, self._venue, self._names, self._protection = core, core.venue, names, protection

    def wallet(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the unified wallet."""
        if params.get("accountType") != "UNIFIED":
            raise parameter_error("accountType only support UNIFIED.")
        wanted = {coin for coin in params.get("coin", "").split(",") if coin}
        return {"list": [account_wire.wallet_json(self._venue, account, wanted)]}

    def info(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return what kind of account this is: unified, cross margin."""
        window = max((seconds for _, seconds in self._protection.windows(account.key)), default=0)
        return {
            "marginMode": "REGULAR_MARGIN",
            "updatedTime": str(self._core.exchange.started_ms),
            "unifiedMarginStatus": 6,
            "dcpStatus": "ON" if window else "OFF",
            "timeWindow": window or 10,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
        }

    def fee_rates(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the fees of one symbol or of a category."""
        kind = Kind.SPOT if traded_category(params) == "spot" else Kind.PERPETUAL
        fees = self._venue.profile.fees[kind]
        rates = {"takerFeeRate": _rate(fees.taker_ppm), "makerFeeRate": _rate(fees.maker_ppm)}
        return {"list": [{"symbol": name_of(pair.listing), "baseCoin": "", **rates} for pair in self._names.pairs(params)]}

    def key(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return what the API key may do."""
        api_key = self._core.exchange.settings.accounts[account.key]
        return {
            "id": str(crc32(account.key.encode())),
            "note": "paper",
            "apiKey": account.key,
            "readOnly": 0,
            "secret": "",
            "permissions": {
                "ContractTrade": ["Order", "Position"],
                "Spot": ["SpotTrade"],
                "Wallet": ["AccountTransfer", "Withdraw"] if api_key.can_withdraw else ["AccountTransfer"],
                "Options": [],
                "Derivatives": ["DerivativesTrade"],
                "CopyTrading": [],
                "BlockTrade": [],
                "Exchange": [],
                "NFT": [],
                "Affiliate": [],
                "Earn": [],
            },
            "ips": ["*"],
            "type": 1,
            "unified": 0,
            "uta": 1,
            "userID": crc32(account.key.encode()),
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": "",
            "isMaster": True,
            "parentUid": "0",
        }

    def coins(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the coins of the listings, without chains: nothing is deposited or withdrawn here."""
        coins = sorted({coin for pair in self._venue.pairs.values() for coin in (pair.listing.base, pair.listing.quote)})
        wanted = params.get("coin")
        return {"rows": [{"name": coin, "coin": coin, "remainAmount": "0", "chains": []} for coin in coins if wanted in {None, "", coin}]}

    def positions(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the position in a symbol, flat or not, or every open one."""
        wanted = category(params)
        if wanted == "spot":
            raise parameter_error("params error: Illegal category")
        if wanted == "linear" and not any(params.get(name) for name in ("symbol", "settleCoin", "baseCoin")):
            raise parameter_error("params error: symbol or settleCoin is required")
        symbols = self._names.selected(params)
        if not params.get("symbol"):
            symbols &= {item.symbol for item in self._venue.positions(account)}
        rows = [account_wire.position_json(self._venue, account, symbol, now_ms) for symbol in sorted(symbols)]
        return {"category": wanted, "list": rows, "nextPageCursor": ""}

    def set_leverage(self, account: Account, params: Params, now_ms: int) -> Any:
        """Set the leverage of a symbol, the same for both sides."""
        pair = self._names.order_pair(params)
        buy, sell = (read_decimal(params, name, wrong=f"params error: {name} invalid") for name in ("buyLeverage", "sellLeverage"))
        if buy != sell:
            raise parameter_error("buy leverage not equal sell leverage")
        if buy != buy.to_integral_value():
            raise parameter_error("params error: the paper exchange takes whole leverages only")
        if account.position(pair.listing.symbol).leverage == int(buy):
            raise ApiError(110043, "leverage not modified")
        try:
            self._venue.set_leverage(account, pair.listing.symbol, int(buy))
        except Refused as error:
            raise refused(error.reason, pair.listing.kind) from error
        return {}

    def switch_mode(self, account: Account, params: Params, now_ms: int) -> Any:
        """Stay in one-way mode, the only one here."""
        if params.get("mode") == HEDGE:
            raise ApiError(110029, "Hedge mode is not supported for this symbol.")
        if params.get("mode") != ONE_WAY:
            raise parameter_error("params error: position_mode invalid")
        raise ApiError(110025, "Position mode is not modified")

    def protect(self, account: Account, params: Params, now_ms: int) -> Any:
        """Set how long the private stream may be away before orders are cancelled."""
        self._protection.set(account.key, params)
        return None

    def protection(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return for which products disconnect protection is set."""
        infos = [{"product": name, "dcpStatus": "ON", "timeWindow": str(window)} for name, window in self._protection.windows(account.key)]
        return {"dcpInfos": infos}


def _rate(ppm: int) -> str:
    return f"{Decimal(ppm).scaleb(-RATE_PLACES).normalize():f}"
