"""OKX's unified account: balances, positions, leverage, fees and what the key may do."""

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.errors import NO_SUCH_INSTRUMENT, UNSUPPORTED_MODE, ApiError, Json, item_error
from execution.paper.gateways.okx.instruments import Instruments, instrument_id, plain
from execution.paper.gateways.okx.params import Params, error, required
from execution.paper.gateways.okx.swaps import Swaps
from execution.paper.listings import ATOMS, Kind
from execution.paper.pair import Pair
from execution.paper.profiles import Fees
from execution.paper.refusals import Refused

NET_MODE = "net_mode"
Call = Callable[[Account, Params, int], list[Any]]


class Holdings:
    """What one venue answers about what accounts own; each call returns the rows of `data`."""

    def __init__(self, core: Core, instruments: Instruments) -> None:
        self._core, self._venue, self._instruments, self.swaps = core, core.venue, instruments, Swaps(core)
        self.reads: dict[str, Call] = {
            "account/balance": self._balance,
            "account/positions": self._positions,
            "account/config": self._config,
            "account/leverage-info": self._leverage,
            "account/trade-fee": self._fees,
            "asset/currencies": self._currencies,
            "asset/balances": lambda account, params, now_ms: [],
        }
        self.writes: dict[str, Call] = {
            "account/set-leverage": self._set_leverage,
            "account/set-position-mode": self._set_position_mode,
        }

    def balance_json(self, account: Account, now_ms: int, currencies: Iterable[str] | None = None) -> Json:
        """Return the account with the details of some currencies, or of all that it holds."""
        wallet = self._venue.wallet(account, Kind.SPOT)
        chosen = sorted(wallet) if currencies is None else [currency for currency in currencies if currency in wallet]
        details = [self._detail(account, currency, now_ms) for currency in chosen]
        return {
            "adjEq": "",
            "availEq": "",
            "borrowFroz": "",
            "details": details,
            "imr": "",
            "isoEq": "0",
            "mgnRatio": "",
            "mmr": "",
            "notionalUsd": "",
            "ordFroz": "",
            "totalEq": plain(sum((Decimal(row["eqUsd"] or 0) for row in details), Decimal(0))),
            "uTime": str(now_ms),
            "upl": "",
        }

    def cash_json(self, account: Account, currency: str, now_ms: int) -> Json:
        """Return a currency as the `balance_and_position` channel does."""
        return {"ccy": currency, "cashBal": self._cash(account, currency)[0], "uTime": str(now_ms)}

    def _cash(self, account: Account, currency: str) -> tuple[str, str, str]:
        """Return what is owned of a currency, free, and in open orders or used as margin."""
        balance = self._venue.wallet(account, Kind.SPOT)[currency]
        free, locked = (Decimal(atoms) / ATOMS for atoms in (balance.free, balance.locked))
        return plain(free + locked), plain(free), plain(locked)

    def _detail(self, account: Account, currency: str, now_ms: int) -> Json:
        cash, free, frozen = self._cash(account, currency)
        unrealised = self.swaps.unrealised(account) if currency == "USDT" else Decimal(0)
        equity = plain(Decimal(cash) + unrealised)
        return {
            "availBal": free,
            "availEq": free,
            "borrowFroz": "",
            "cashBal": cash,
            "ccy": currency,
            "crossLiab": "",
            "disEq": "0",
            "eq": equity,
            "eqUsd": plain(Decimal(equity) * self._dollars(currency)),
            "fixedBal": "0",
            "frozenBal": frozen,
            "imr": "0",
            "interest": "",
            "isoEq": "0",
            "isoLiab": "",
            "isoUpl": "0",
            "liab": "",
            "maxLoan": "",
            "mgnRatio": "",
            "mmr": "0",
            "notionalLever": "0",
            "ordFrozen": frozen,
            "stgyEq": "0",
            "twap": "0",
            "uTime": str(now_ms),
            "upl": plain(unrealised),
            "uplLiab": "",
        }

    def _dollars(self, currency: str) -> Decimal:
        """Return what one of a currency is worth, from its spot book; 0 where there is none."""
        if currency == "USDT":
            return Decimal(1)
        pair = self._instruments.find(f"{currency}-USDT")
        return pair.listing.price(pair.reference_price()) if pair is not None else Decimal(0)

    def _balance(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        wanted = str(params.get("ccy") or "")
        return [self.balance_json(account, now_ms, wanted.split(",") if wanted else None)]

    def _positions(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        if params.get("instType") not in {None, "", "SWAP"}:
            return []
        names = [name for name in str(params.get("instId") or "").split(",") if name]
        pairs = [self._swap(name) for name in names]
        return self.swaps.positions_json(account, now_ms, [pair.listing.symbol for pair in pairs] if names else None)

    def _config(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        can_withdraw = self._core.exchange.settings.accounts[account.key].can_withdraw
        uid = str(int(hashlib.sha256(account.key.encode()).hexdigest()[:14], 16))
        return [
            {
                "acctLv": "2",
                "acctStpMode": "cancel_maker",
                "autoLoan": False,
                "ctIsoMode": "automatic",
                "enableSpotBorrow": False,
                "feeType": "0",
                "greeksType": "PA",
                "ip": "",
                "kycLv": "3",
                "label": "paper",
                "level": "Lv1",
                "levelTmp": "",
                "liquidationGear": "-1",
                "mainUid": uid,
                "mgnIsoMode": "automatic",
                "opAuth": "0",
                "perm": "read_only,withdraw,trade" if can_withdraw else "read_only,trade",
                "posMode": NET_MODE,
                "roleType": "0",
                "settleCcy": "",
                "settleCcyList": [],
                "spotBorrowAutoRepay": False,
                "spotOffsetType": "",
                "spotRoleType": "0",
                "spotTraderInsts": [],
                "traderInsts": [],
                "type": "0",
                "uid": uid,
            }
        ]

    def _leverage(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        margin_mode = required(params, "mgnMode")
        pairs = [self._swap(name) for name in required(params, "instId").split(",")]
        return [self._leverage_json(account, pair, margin_mode) for pair in pairs]

    def _set_leverage(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        pair, text = self._swap(required(params, "instId")), required(params, "lever")
        if required(params, "mgnMode") != "cross":
            raise ApiError(*UNSUPPORTED_MODE)
        if not (text.isascii() and text.isdigit()):
            raise error("lever")
        try:
            self._venue.set_leverage(account, pair.listing.symbol, int(text))
        except Refused as refused:
            words = item_error(refused.reason, Kind.PERPETUAL)
            raise ApiError(words.code, words.message) from refused
        return [self._leverage_json(account, pair, "cross")]

    def _leverage_json(self, account: Account, pair: Pair, margin_mode: str) -> Json:
        lever = str(account.position(pair.listing.symbol).leverage)
        return {"ccy": "", "instId": instrument_id(pair.listing), "lever": lever, "mgnMode": margin_mode, "posSide": "net"}

    def _set_position_mode(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        """Allow net positions only."""
        mode = required(params, "posMode")
        if mode == NET_MODE:
            return [{"posMode": NET_MODE}]
        raise ApiError(*UNSUPPORTED_MODE) if mode == "long_short_mode" else error("posMode")

    def _fees(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        kind = {"SPOT": Kind.SPOT, "SWAP": Kind.PERPETUAL}.get(required(params, "instType"))
        if kind is None:
            raise error("instType")
        maker, taker = _rates(self._venue.profile.fees[kind])
        is_swap = kind is Kind.PERPETUAL
        return [
            {
                "category": "1",
                "delivery": "",
                "exercise": "",
                "fiat": [],
                "instType": str(params["instType"]),
                "level": "Lv1",
                "maker": maker,
                "makerU": maker if is_swap else "",
                "makerUSDC": maker,
                "taker": taker,
                "takerU": taker if is_swap else "",
                "takerUSDC": taker,
                "ts": str(now_ms),
            }
        ]

    def _currencies(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        known = {pair.listing.base for pair in self._venue.pairs.values()} | {pair.listing.quote for pair in self._venue.pairs.values()}
        return [
            {
                "canDep": False,
                "canInternal": False,
                "canWd": False,
                "ccy": currency,
                "chain": f"{currency}-Paper",
                "fee": "0",
                "mainNet": True,
                "maxWd": "0",
                "minWd": "0",
                "name": currency,
                "wdTickSz": "8",
            }
            for currency in sorted(known)
        ]

    def _swap(self, name: str) -> Pair:
        pair = self._instruments.find(name)
        if pair is None or pair.listing.kind is not Kind.PERPETUAL:
            raise ApiError(*NO_SUCH_INSTRUMENT)
        return pair


def _rates(fees: Fees) -> tuple[str, str]:
    """Return maker and taker fee as OKX signs them: negative when charged."""
    return plain(Decimal(-fees.maker_ppm) / 10**6), plain(Decimal(-fees.taker_ppm) / 10**6)
