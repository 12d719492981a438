"""Writes refusals and breaches."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from risk.domain.decisions import Refused
from risk.models import Violation

Detail = str | int | float | bool | Decimal | None


def store(
    *,
    desk_id: int,
    at: datetime,
    refused: Refused,
    symbol: str,
    order_reference: str = "",
    child_reference: str = "",
    details: Mapping[str, Detail] | None = None,
) -> Violation:
    """Store one refusal or breach; decimals among the details are kept as text."""
    kept = {name: str(value) if isinstance(value, Decimal) else value for name, value in (details or {}).items()}
    return Violation.objects.create(
        desk_id=desk_id,
        at=at,
        code=refused.code,
        reason=refused.reason,
        symbol=symbol,
        order_reference=order_reference,
        child_reference=child_reference,
        details=kept,
    )
