"""USD-M's REST endpoints, versions 1 to 3."""

from execution.paper.accounts import Account
from execution.paper.gateways.binance.listen_keys import ListenKeys
from execution.paper.gateways.binance.params import Params
from execution.paper.gateways.binance.rest import Call, Family, Key
from execution.paper.gateways.binance.usdm_account_calls import UsdmAccountCalls
from execution.paper.gateways.binance.usdm_calls import UsdmCalls
from execution.paper.gateways.binance.usdm_errors import refusal_of
from execution.paper.gateways.binance.usdm_private_streams import AccountStreams


def family(calls: UsdmCalls, account_calls: UsdmAccountCalls, keys: ListenKeys, streams: AccountStreams) -> Family:
    """Return /fapi."""
    return Family(
        prefix="/fapi",
        refusal_of=refusal_of,
        public=_public(calls),
        keyed=_listen_keys(keys, streams),
        signed={**_orders(account_calls), **_wallet(account_calls), **_settings(account_calls)},
    )


def _public(calls: UsdmCalls) -> dict[str, Call]:
    return {
        "v1/ping": calls.ping,
        "v1/time": calls.time,
        "v1/exchangeInfo": calls.exchange_info,
        "v1/depth": calls.depth,
        "v1/trades": calls.trades,
        "v1/historicalTrades": calls.trades,
        "v1/aggTrades": calls.aggregates,
        "v1/klines": calls.klines,
        "v1/ticker/bookTicker": calls.book_ticker,
        "v1/ticker/24hr": calls.day_ticker,
        "v1/ticker/price": calls.price_ticker,
        "v2/ticker/price": calls.price_ticker,
        "v1/premiumIndex": calls.premium_index,
        "v1/fundingRate": calls.funding_rates,
    }


def _orders(calls: UsdmAccountCalls) -> dict[Key, Call]:
    return {
        ("POST", "v1/order"): calls.place_order,
        ("GET", "v1/order"): calls.query_order,
        ("DELETE", "v1/order"): calls.cancel_order,
        ("GET", "v1/openOrder"): calls.query_open_order,
        ("GET", "v1/openOrders"): calls.open_orders,
        ("DELETE", "v1/allOpenOrders"): calls.cancel_all,
        ("POST", "v1/countdownCancelAll"): calls.countdown,
        ("GET", "v1/allOrders"): calls.all_orders,
        ("GET", "v1/userTrades"): calls.trades,
        ("GET", "v1/income"): calls.income,
    }


def _wallet(calls: UsdmAccountCalls) -> dict[Key, Call]:
    return {
        ("GET", "v2/account"): calls.second_account,
        ("GET", "v3/account"): calls.account,
        ("GET", "v2/balance"): calls.balance,
        ("GET", "v3/balance"): calls.balance,
        ("GET", "v2/positionRisk"): calls.second_positions,
        ("GET", "v3/positionRisk"): calls.positions,
    }


def _settings(calls: UsdmAccountCalls) -> dict[Key, Call]:
    return {
        ("POST", "v1/leverage"): calls.set_leverage,
        ("GET", "v1/leverageBracket"): calls.brackets,
        ("GET", "v1/commissionRate"): calls.commission,
        ("POST", "v1/marginType"): calls.set_margin_type,
        ("GET", "v1/positionSide/dual"): calls.position_mode,
        ("POST", "v1/positionSide/dual"): calls.set_position_mode,
        ("GET", "v1/multiAssetsMargin"): calls.assets_mode,
        ("POST", "v1/multiAssetsMargin"): calls.set_assets_mode,
    }


def _listen_keys(keys: ListenKeys, streams: AccountStreams) -> dict[Key, Call]:
    def post(account: Account, params: Params, now_ms: int) -> object:
        return {"listenKey": keys.open(account.key, now_ms).text}

    def put(account: Account, params: Params, now_ms: int) -> object:
        return {"listenKey": keys.extend(account.key, now_ms).text}

    def delete(account: Account, params: Params, now_ms: int) -> object:
        key = keys.close(account.key)
        if key is not None:
            streams.end(key)
        return {}

    return {("POST", "v1/listenKey"): post, ("PUT", "v1/listenKey"): put, ("DELETE", "v1/listenKey"): delete}
