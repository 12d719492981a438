"""Binance: spot and USD-M, REST, market streams, WebSocket API and listen keys."""

from execution.paper.gateways.binance.gateway import GATEWAY

__all__ = ["GATEWAY"]
