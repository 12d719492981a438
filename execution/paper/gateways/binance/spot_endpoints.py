"""Spot's REST endpoints, and those of the wallet."""

from execution.paper.gateways.binance.errors import refusal_of
from execution.paper.gateways.binance.rest import Family
from execution.paper.gateways.binance.spot_calls import SpotCalls


def families(calls: SpotCalls) -> tuple[Family, ...]:
    """Return /api/v3 and /sapi/v1."""
    return (
        Family(
            prefix="/api/v3",
            refusal_of=refusal_of,
            public={
                "ping": calls.ping,
                "time": calls.time,
                "exchangeInfo": calls.exchange_info,
                "depth": calls.depth,
                "trades": calls.trades,
                "historicalTrades": calls.trades,
                "aggTrades": calls.aggregates,
                "klines": calls.klines,
                "ticker/bookTicker": calls.book_ticker,
                "ticker/24hr": calls.day_ticker,
                "ticker/price": calls.price_ticker,
            },
            signed={
                ("GET", "account"): calls.account,
                ("GET", "account/commission"): calls.commission,
                ("POST", "order"): calls.place_order,
                ("GET", "order"): calls.query_order,
                ("DELETE", "order"): calls.cancel_order,
                ("GET", "openOrders"): calls.open_orders,
                ("DELETE", "openOrders"): calls.cancel_all,
                ("GET", "allOrders"): calls.all_orders,
                ("GET", "myTrades"): calls.my_trades,
            },
        ),
        Family(
            prefix="/sapi/v1",
            refusal_of=refusal_of,
            public={"system/status": calls.system_status},
            signed={
                ("GET", "asset/tradeFee"): calls.trade_fees,
                ("GET", "account/apiRestrictions"): calls.api_restrictions,
            },
        ),
    )
