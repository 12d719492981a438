"""What is known of an order's market beyond its books: volume, volatility, impact."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from math import isfinite
from typing import Final

import structlog

from execution.market.volumes import Activities, Market
from execution.selectors.impact import impact_of
from execution.selectors.work import Knowledge, OrderMarket

log = structlog.get_logger()
ACTIVITIES: Final = Activities()
"""The process's memory of what others trade."""


def with_knowledge(markets: Sequence[tuple[OrderMarket, datetime | None]], now: datetime) -> list[OrderMarket]:
    """Return the markets with what is known of them, in the order given; the number of queries does not depend on theirs.

    With each goes the start of its order, from which on what others traded is counted; none: nothing is counted. Where what is kept makes
    no sense nothing is known: orders have to be cancelled and to end all the same.
    """
    try:
        return _informed(markets, now)
    except (ValueError, ArithmeticError, LookupError, TypeError):
        log.exception("market_knowledge_failed", symbols=sorted({market.symbol for market, _ in markets}))
        return [market for market, _ in markets]


def volatilities_of(markets: Collection[Market], now: datetime) -> dict[Market, float]:
    """Return the minute volatility of each market, bps: of now, else the usual one; those of which neither is known are left out."""
    try:
        activities = ACTIVITIES.of(markets, now)
    except (ValueError, ArithmeticError, LookupError, TypeError):
        log.exception("market_volatility_failed")
        return {}
    known = {market: one.minute_volatility_bps or one.usual_minute_volatility_bps for market, one in activities.items()}
    return {market: volatility for market, volatility in known.items() if volatility is not None and isfinite(volatility)}


def _informed(markets: Sequence[tuple[OrderMarket, datetime | None]], now: datetime) -> list[OrderMarket]:
    activities = ACTIVITIES.of((market.traded for market, _ in markets), now)
    counted = [number for number, (_, since) in enumerate(markets) if since is not None]
    asked = [(market.traded, since) for market, since in markets if since is not None]
    others = dict(zip(counted, ACTIVITIES.others_since(asked, now), strict=True))
    impacts = impact_of({market.symbol for market, _ in markets})
    informed = []
    for number, (market, _) in enumerate(markets):
        activity = activities.get(market.traded)
        known = Knowledge(
            volume=None if activity is None else activity.forecast,
            minute_volatility_bps=None if activity is None else activity.minute_volatility_bps,
            usual_minute_volatility_bps=None if activity is None else activity.usual_minute_volatility_bps,
            impact=impacts[market.symbol],
            market_quantity=others.get(number),
        )
        informed.append(replace(market, known=known))
    return informed
