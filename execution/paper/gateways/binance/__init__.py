"""Binance: spot REST, market streams and WebSocket API."""

from execution.paper.gateways.binance.gateway import GATEWAY

__all__ = ["GATEWAY"]
