"""WebSocket addresses."""

from typing import Any

from django.urls import path

from execution.consumers import OrdersConsumer

websocket_urls: list[Any] = [path("ws/orders/", OrdersConsumer.as_asgi())]
