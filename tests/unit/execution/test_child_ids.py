"""The ids under which venues know our orders."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.models import ParentOrder
from execution.services.working import client_order_id

NOON = datetime(2025, 8, 19, 12, tzinfo=UTC)
MOST_ROWS = 2**63 - 1  # what a key of the database holds
MOST_CHILDREN = 999_999  # of one slice


def order(client_id: str = "mine-1", created_at: datetime = NOON) -> ParentOrder:
    return ParentOrder(client_order_id=client_id, created_at=created_at)


@given(st.text(max_size=64), st.integers(1, MOST_ROWS), st.integers(1, MOST_CHILDREN))
def test_every_venue_takes_the_id(client_id: str, slice_id: int, number: int) -> None:
    assert re.fullmatch("[a-z0-9]{1,32}", client_order_id(order(client_id), slice_id, number))


def test_the_same_child_has_the_same_id_whenever_it_is_asked_for() -> None:
    assert client_order_id(order(), 7, 1) == client_order_id(order(), 7, 1)


@given(st.lists(st.tuples(st.integers(1, MOST_ROWS), st.integers(1, MOST_CHILDREN)), min_size=2, unique=True))
def test_two_children_of_an_order_never_share_an_id(children: list[tuple[int, int]]) -> None:
    assert len({client_order_id(order(), slice_id, number) for slice_id, number in children}) == len(children)


@pytest.mark.parametrize("other", [order("mine-2"), order(created_at=NOON + timedelta(microseconds=1))], ids=["another id", "another time"])
def test_orders_of_two_databases_with_the_same_keys_do_not_share_an_id(other: ParentOrder) -> None:
    assert client_order_id(other, 7, 1) != client_order_id(order(), 7, 1)
