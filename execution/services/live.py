"""Tell the desks' browsers which orders have changed."""

from collections import defaultdict
from collections.abc import Iterable

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from execution.models import ParentOrder

log = structlog.get_logger()


def group_of(desk_id: int) -> str:
    """Return the name of the channel group of a desk."""
    return f"desk-{desk_id}"


def publish_on_commit(orders: Iterable[ParentOrder]) -> None:
    """Announce (order id, version) once the transaction has committed: one message per desk."""
    versions: dict[int, dict[str, int]] = defaultdict(dict)
    for order in orders:
        versions[order.desk_id][str(order.pk)] = order.version
    if versions:
        transaction.on_commit(lambda: _publish(versions), robust=True)


def _publish(versions: dict[int, dict[str, int]]) -> None:
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("no channel layer is configured: see CHANNEL_LAYERS in the settings")
    send = async_to_sync(layer.group_send)
    for desk_id, changed in versions.items():
        send(group_of(desk_id), {"type": "orders.changed", "versions": changed})
