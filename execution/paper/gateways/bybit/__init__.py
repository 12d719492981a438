"""Bybit: v5 REST, public spot and linear streams, private stream."""

from execution.paper.gateways.bybit.gateway import GATEWAY

__all__ = ["GATEWAY"]
