"""Private stream messages, kept as they came."""

from collections.abc import Sequence
from datetime import datetime

from execution.models import RawFrame


def keep(*, venue_id: int, messages: Sequence[tuple[datetime, str]]) -> None:
    """Store (received at, text) of frames; they are committed when this returns."""
    RawFrame.objects.bulk_create(RawFrame(venue_id=venue_id, received_at=at, payload=text.replace("\x00", "�")) for at, text in messages)
