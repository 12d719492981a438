"""Coinbase Advanced Trade: REST and WebSocket, spot."""

from execution.paper.gateways.coinbase.gateway import GATEWAY

__all__ = ["GATEWAY"]
