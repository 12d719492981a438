"""A trader on a seeded desk, and a finished order."""

from collections.abc import Callable

import pytest

from analytics.models import Report
from analytics.services import reports
from dipmaster.accounts.models import User
from execution.models import ParentOrder
from tests.integration.analytics.finished import NOW, finished_order


@pytest.fixture
def order(seeded: None, trader: User) -> ParentOrder:
    return finished_order(trader)


@pytest.fixture
def build() -> Callable[[ParentOrder], Report]:
    return lambda order: reports.build(order_id=order.pk, now=NOW)
