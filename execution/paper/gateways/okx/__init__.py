"""OKX: v5 REST and WebSockets, one unified account, spot and USDT swaps."""

from execution.paper.gateways.okx.gateway import GATEWAY

__all__ = ["GATEWAY"]
