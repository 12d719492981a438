"""Refusals are kept."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dipmaster.accounts.models import Desk
from risk.domain.decisions import RefusalCode, Refused
from risk.models import Violation
from risk.services import violations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_refusal_is_stored_with_its_reason_and_details() -> None:
    desk = Desk.objects.create(name="Macro")
    refused = Refused(code=RefusalCode.ORDER_QUANTITY, reason="Too large.")
    stored = violations.store(
        desk_id=desk.pk,
        at=NOW,
        refused=refused,
        symbol="BTCUSDT",
        order_reference="P-42",
        details={"quantity": Decimal("1.50"), "attempt": 2},
    )
    kept = Violation.objects.get(pk=stored.pk)
    assert (kept.code, kept.reason, kept.at, kept.order_reference) == ("ORDER_QUANTITY", "Too large.", NOW, "P-42")
    assert kept.details == {"quantity": "1.50", "attempt": 2}


def test_details_may_be_left_out() -> None:
    desk = Desk.objects.create(name="Macro")
    refused = Refused(code=RefusalCode.OVERFILL, reason="Two too many.")
    assert violations.store(desk_id=desk.pk, at=NOW, refused=refused, symbol="BTCUSDT").details == {}
