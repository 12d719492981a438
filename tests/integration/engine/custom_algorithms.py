"""Algorithms from outside the product: one that works, and others as bad as they get."""

import os
import time
from datetime import timedelta
from decimal import Decimal

from execution.domain.algorithms.base import Plan, PlannedSlice
from execution.domain.algorithms.registry import register_algorithm


def a_slice(order, now, quantity, **changes):
    fields = {"start_at": max(now, order.start_at), "end_at": order.end_at, "urgency": 0.0}
    return PlannedSlice(quantity=quantity, **(fields | changes))


def a_plan(*slices, review=None):
    return Plan(slices=slices, next_review_at=review, reasons=("As the house does it.",))


def house(order, progress, market, now):
    rest = order.quantity - progress.done
    return a_plan(a_slice(order, now, rest)) if rest >= market.min_quantity and now < order.end_at else a_plan()


def raises(order, progress, market, now):
    raise RuntimeError("no idea")


def hangs(order, progress, market, now):
    while True:
        time.sleep(0)


def exits(order, progress, market, now):
    os._exit(3)


def leaves(order, progress, market, now):
    raise SystemExit


def nothing(order, progress, market, now):
    return None


def not_a_number(order, progress, market, now):
    return a_plan(a_slice(order, now, Decimal("NaN")))


def negative(order, progress, market, now):
    return a_plan(a_slice(order, now, -order.quantity))


def too_much(order, progress, market, now):
    return a_plan(a_slice(order, now, order.quantity * 2))


def too_late(order, progress, market, now):
    return a_plan(a_slice(order, now, order.quantity, end_at=order.end_at + timedelta(days=1)))


def yesterday(order, progress, market, now):
    return a_plan(review=now - timedelta(days=1))


def a_million(order, progress, market, now):
    return a_plan(*[a_slice(order, now, market.min_quantity)] * 1_000_000)


def secretive(order, progress, market, now):
    return Plan(slices=(), next_review_at=None, reasons=(type("Local", (str,), {})("why"),))


def text(order, progress, market, now):
    return f"{os.getpid()} told a text instead of a plan"


WORKING = {"house": house}
BAD = {
    "raises": raises,
    "hangs": hangs,
    "exits": exits,
    "leaves": leaves,
    "nothing": nothing,
    "not_a_number": not_a_number,
    "negative": negative,
    "too_much": too_much,
    "too_late": too_late,
    "yesterday": yesterday,
    "a_million": a_million,
    "secretive": secretive,
    "text": text,
}
for name, algorithm in (WORKING | BAD).items():
    register_algorithm(name, algorithm)
