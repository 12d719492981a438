"""One path of an experiment: without an order, then with each order."""

import math
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.lab.background import Background
from analytics.lab.baselines import BASELINES
from analytics.lab.desk import tradable, work
from analytics.lab.experiment import Choice, Experiment, InvalidExperiment, Job, Size, parse_algorithm
from analytics.lab.knowledge import Knowledge
from analytics.lab.market import LabMarket
from analytics.lab.measuring import OrderCost, controls_of, measure
from analytics.lab.parents import Executor, LabParent, Worked
from analytics.lab.watching import Series, Watched
from dipmaster.domain.quantize import floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.conditions import conditions_of
from execution.domain.planning import market_for_planning
from execution.domain.strategy import MODES, decide


def executor_of(text: str, background: Background | None = None) -> Executor:
    """Return what works an order by that name."""
    choice = parse_algorithm(text)
    return BASELINES[choice.name] if choice.name in BASELINES else _by_the_desk(choice, background)


def _by_the_desk(choice: Choice, background: Background | None) -> Executor:
    """Decide and work as a desk does, from what is known of the market when the order begins."""

    def execute(market: Watched, parent: LabParent, undisturbed: Series) -> Worked:
        knowledge, books = Knowledge(market, background), tradable(market)
        facts = knowledge.facts(books, side=parent.side, quantity=parent.quantity)
        window = {"start_at": parent.start_at, "end_at": parent.end_at}
        strategy = decide(
            mode=MODES[choice.mode],
            algorithm=choice.name,
            duration_seconds=(parent.end_at - parent.start_at).total_seconds(),
            overrides=choice.parameters,
            conditions=conditions_of(facts, books, side=parent.side, quantity=parent.quantity, **window),
        )
        return work(market, parent, strategy, knowledge)

    return execute


def run_job(experiment: Experiment, job: Job) -> dict[str, Any]:
    """Run every order of one path, and the path without one; return the record that is kept, made of what JSON has.

    Sides alternate from path to path, so that no drift favours an algorithm.
    """
    source = next(source for source in experiment.sources if source.name == job.source)
    length = timedelta(minutes=job.minutes)
    side = Side.BUY if job.path % 2 == 0 else Side.SELL

    def opened() -> LabMarket:
        return source.open(job.symbol, path=job.path, seed=experiment.seed, minutes=job.minutes)

    first = Watched(opened(), length)
    smallest = _smallest_quantity(first)
    undisturbed = _to_the_end(first, length)
    background = source.background(job.symbol, path=job.path, seed=experiment.seed, minutes=job.minutes)
    orders = []
    for size in experiment.sizes:
        quantity = _in_lots(size, undisturbed, smallest, job)
        for algorithm in experiment.algorithms:
            began = time.process_time()
            watched = Watched(opened(), length)
            parent = _parent(side, quantity, watched.now, length, job.path)
            worked = executor_of(algorithm, background)(watched, parent, undisturbed)
            cost = measure(parent, worked, _to_the_end(watched, length), undisturbed)
            spent = time.process_time() - began
            orders.append(_order_record(algorithm, size, quantity, cost) | {"machine_seconds": spent})
    return {
        "job": {"source": job.source, "symbol": job.symbol, "minutes": job.minutes, "path": job.path},
        "side": side.value,
        "arrival_mid": float(undisturbed.mids[0]),
        "volume": undisturbed.quantity,
        "notional": undisturbed.notional,
        "controls": list(controls_of(side, undisturbed)),
        "orders": orders,
    }


def job_of(record: Mapping[str, Any]) -> Job:
    """Return the job of a kept record."""
    return Job(**record["job"])


def cost_of(order: Mapping[str, Any]) -> OrderCost:
    """Return the figures of a kept order."""
    return OrderCost(**order["cost"])


def _order_record(algorithm: str, size: Size, quantity: Decimal, cost: OrderCost) -> dict[str, Any]:
    return {"algorithm": algorithm, "size": size.label, "quantity": str(quantity), "cost": cost.as_json()}


def _parent(side: Side, quantity: Decimal, start_at: datetime, length: timedelta, path: int) -> LabParent:
    return LabParent(side=side, quantity=quantity, start_at=start_at, end_at=start_at + length, seed=path)


def _to_the_end(watched: Watched, length: timedelta) -> Series:
    end_at = watched.start_at + length
    while watched.now < end_at:
        watched.advance(end_at)
    return watched.series()


def _smallest_quantity(market: Watched) -> tuple[Decimal, Decimal]:
    """Return the common lot of the venues and the smallest order that one of them takes."""
    facts = market_for_planning(market.listings, Decimal(repr(market.mid())))
    if facts is None or not math.isfinite(market.mid()):
        raise InvalidExperiment("the source has a market without venues or without a price")
    return facts.lot, facts.min_quantity


def _in_lots(size: Size, undisturbed: Series, smallest: tuple[Decimal, Decimal], job: Job) -> Decimal:
    lot, least = smallest
    quantity = floor_to_step(size.quantity(undisturbed), lot)
    if quantity < least:
        raise InvalidExperiment(
            f"the size {size.label} is {quantity.normalize():f} of {job.symbol} on path {job.path}: "
            f"less than the smallest order that a venue takes, {least.normalize():f}"
        )
    return quantity
