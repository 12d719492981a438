"""The exchange's own endpoints, beside the venues': its state, every venue's records (the witness of tests), and faults on demand."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from execution.paper.accounts import Account, Order, Trade
from execution.paper.clock import now_ms
from execution.paper.engine import Side
from execution.paper.exchange import Exchange
from execution.paper.fault_rules import FaultError, Rule, read_rule
from execution.paper.faults import Faults
from execution.paper.listings import Listing, decimal_text
from execution.paper.positions import Position
from execution.paper.venue import Venue

Json = dict[str, Any]


class Control:
    """What `/control/` serves."""

    def __init__(self, exchange: Exchange, faults: Mapping[str, Faults]) -> None:
        self._exchange, self._faults = exchange, faults

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints."""
        router.add_get("/control/status", self._status)
        router.add_get("/control/orders", self._orders)
        router.add_get("/control/book", self._book)
        router.add_get("/control/faults", self._list_faults)
        router.add_post("/control/faults", self._add_fault)
        router.add_delete("/control/faults", self._clear_faults)

    async def _status(self, request: web.Request) -> web.Response:
        return _json(self._exchange.status(now_ms()))

    async def _orders(self, request: web.Request) -> web.Response:
        """Return one venue's records of every account, whatever faults its own protocol shows."""
        venue = self._exchange.venues.get(request.query.get("venue", ""))
        if venue is None:
            return _unknown_venue(self._exchange)
        return _json({key: _account_json(account, venue) for key, account in venue.accounts.items()})

    async def _book(self, request: web.Request) -> web.Response:
        """Return the best levels of a book as its venue shows it, quantities in base currency."""
        venue = self._exchange.venues.get(request.query.get("venue", ""))
        if venue is None:
            return _unknown_venue(self._exchange)
        pair, limit = venue.pairs.get(request.query.get("symbol", "")), request.query.get("limit", "50")
        if pair is None or not limit.isascii() or not limit.isdigit():
            return _json({"error": "symbol must be one that the venue lists, limit a number"}, 400)
        pair.wake()
        sides = {"bids": pair.shown(Side.BUY, int(limit)), "asks": pair.shown(Side.SELL, int(limit))}
        listing = pair.listing
        levels = {name: [[listing.price_text(p), listing.quantity_text(q)] for p, q in levels] for name, levels in sides.items()}
        return _json({**levels, "update_id": pair.book.update_id})

    async def _list_faults(self, request: web.Request) -> web.Response:
        for faults in self._faults.values():
            faults.refresh()
        return _json({name: [_rule_json(rule) for rule in faults.rules] for name, faults in self._faults.items()})

    async def _add_fault(self, request: web.Request) -> web.Response:
        """Put a fault in force: {"venue", "fault", and what the fault takes}."""
        try:
            asked = msgspec.json.decode(await request.read(), type=dict[str, Any])
            faults = self._faults.get(str(asked.get("venue")))
            if faults is None:
                return _unknown_venue(self._exchange)
            rule = read_rule(asked)
            if rule.symbol and rule.symbol not in self._exchange.venues[asked["venue"]].pairs:
                raise FaultError(f"symbol: {asked['venue']} does not list {rule.symbol}")
        except (msgspec.DecodeError, FaultError) as error:
            return _json({"error": str(error)}, 400)
        faults.add(rule)
        return _json(_rule_json(rule), 201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        """End the faults of one venue, or of all."""
        wanted = request.query.get("venue")
        if wanted is not None and wanted not in self._faults:
            return _unknown_venue(self._exchange)
        for name, faults in self._faults.items():
            if wanted in {None, name}:
                faults.clear()
        return _json({})


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def _unknown_venue(exchange: Exchange) -> web.Response:
    return _json({"error": f"venue must be one of {', '.join(exchange.venues)}"}, 400)


def _rule_json(rule: Rule) -> Json:
    return {
        "fault": rule.fault.value,
        "operations": sorted(rule.operations),
        "count": rule.count,
        "seconds": rule.seconds,
        "probability": rule.probability,
        "has_effect": rule.has_effect,
        "stream": rule.stream,
        "milliseconds": rule.milliseconds,
        "code": rule.code,
        "symbol": rule.symbol,
        "lots": rule.lots,
        "share": rule.share,
    }


def _account_json(account: Account, venue: Venue) -> Json:
    return {
        "orders": [_order_json(order, venue.pairs[order.symbol].listing) for order in account.orders.values()],
        "trades": [_trade_json(trade, venue.pairs[trade.symbol].listing) for trade in account.trades],
        "wallets": {
            kind.value: {
                asset: {"free": decimal_text(held.free, 8), "locked": decimal_text(held.locked, 8)}
                for asset, held in sorted(wallet.items())
            }
            for kind, wallet in account.wallets.items()
        },
        "positions": {
            symbol: _position_json(position, venue.pairs[symbol].listing) for symbol, position in account.positions.items() if position.lots
        },
    }


def _position_json(position: Position, listing: Listing) -> Json:
    return {
        "quantity": listing.quantity_text(position.lots),
        "entry_price": str(position.entry_price(listing)),
        "leverage": position.leverage,
    }


def _order_json(order: Order, listing: Listing) -> Json:
    """Return an order with quantities in base currency and house symbols, whatever its venue calls them."""
    return {
        "symbol": order.symbol,
        "order_id": str(order.order_id),
        "client_id": order.client_id,
        "side": order.side.name.lower(),
        "kind": order.kind,
        "price": listing.price_text(order.price),
        "quantity": listing.quantity_text(order.quantity),
        "executed": listing.quantity_text(order.executed),
        "status": order.status,
    }


def _trade_json(trade: Trade, listing: Listing) -> Json:
    return {
        "trade_id": str(trade.trade_id),
        "order_id": str(trade.order_id),
        "symbol": trade.symbol,
        "side": trade.side.name.lower(),
        "price": listing.price_text(trade.price),
        "quantity": listing.quantity_text(trade.quantity),
        "commission": decimal_text(trade.commission, 8),
        "commission_asset": trade.commission_asset,
        "is_maker": trade.is_maker,
    }
