from itertools import product

import pytest

from execution.domain.lifecycle import (
    CHILD_MOVES,
    LIVE_CHILDREN,
    LIVE_ORDERS,
    LIVE_SLICES,
    ORDER_MOVES,
    SLICE_MOVES,
    ChildState,
    IllegalMove,
    OrderState,
    SliceState,
    move_child,
    move_order,
    move_slice,
)

LIVES = [
    (OrderState, ORDER_MOVES, move_order),
    (SliceState, SLICE_MOVES, move_slice),
    (ChildState, CHILD_MOVES, move_child),
]
PAIRS = [(moves, move, a, b) for states, moves, move in LIVES for a, b in product(states, states) if a is not b]
ENDS = [
    *[(move_order, OrderState, s) for s in (OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED)],
    *[(move_slice, SliceState, s) for s in (SliceState.DONE, SliceState.CANCELLED)],
    *[(move_child, ChildState, s) for s in (ChildState.FILLED, ChildState.CANCELLED, ChildState.REJECTED)],
]


@pytest.mark.parametrize(("moves", "move", "current", "new"), PAIRS)
def test_only_the_listed_moves_are_allowed(moves, move, current, new):
    if new in moves[current]:
        assert move(current, new) is new
    else:
        with pytest.raises(IllegalMove, match=f"{current} cannot become {new}"):
            move(current, new)


@pytest.mark.parametrize(("move", "states", "end"), ENDS)
def test_what_has_ended_stays(move, states, end):
    for other in set(states) - {end}:
        with pytest.raises(IllegalMove):
            move(end, other)
    assert move(end, end) is end


@pytest.mark.parametrize(("states", "moves", "move"), LIVES)
def test_staying_is_no_move(states, moves, move):
    assert all(move(state, state) is state for state in states)
    assert set(moves) == set(states)


def reachable(moves, start):
    seen, todo = set(), {start}
    while todo:
        state = todo.pop()
        seen.add(state)
        todo |= moves[state] - seen
    return seen


@pytest.mark.parametrize(
    ("moves", "live"), [(ORDER_MOVES, LIVE_ORDERS), (SLICE_MOVES, LIVE_SLICES | {SliceState.PENDING}), (CHILD_MOVES, LIVE_CHILDREN)]
)
def test_whatever_is_live_can_end_and_whatever_is_not_has_ended(moves, live):
    ended = {state for state in moves if not moves[state]}
    assert ended == set(moves) - live
    assert all(reachable(moves, state) & ended for state in live)


def test_a_refused_order_was_never_anything_else():
    assert all(OrderState.REJECTED not in moves for moves in ORDER_MOVES.values())


def test_an_acknowledged_order_can_no_longer_be_proven_never_to_have_existed():
    with pytest.raises(IllegalMove):
        move_child(ChildState.OPEN, ChildState.REJECTED)


def test_a_cancelling_order_does_not_go_back_to_work():
    with pytest.raises(IllegalMove, match="cancelling cannot become working"):
        move_order(OrderState.CANCELLING, OrderState.WORKING)
