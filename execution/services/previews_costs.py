"""What an order would cost by each algorithm: every one plans it once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.books import Book
from execution.domain.algorithms.base import Market, OrderTerms, Plan
from execution.domain.algorithms.parameters import InvalidParameter, Parameter
from execution.domain.algorithms.registry import AlgorithmSpec, algorithm_names, get_algorithm
from execution.domain.pretrade import CostEstimate, Fees, Sweep, estimate
from execution.domain.pretrade_book import fees_of, sweep_of
from execution.domain.pretrade_frontier import NOTHING_DONE, FrontierPoint, frontier
from execution.domain.pretrade_remarks import Remark, Remedy, remarks
from execution.domain.strategy import Conditions, Mode, Strategy, decide
from execution.selectors.work import OrderMarket
from execution.services.containment import NoUsablePlan, ask_for_plan

URGENCY = "urgency"
REST_AFTER_FAILURE_SECONDS = 30.0
_rests_until: dict[str, float] = {}
"""Until when, on the machine's own clock, a custom algorithm rests that failed: one that hangs must not hold up every key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One algorithm's answer. Without a usable plan `problem` says why, and there is no estimate."""

    spec: AlgorithmSpec
    parameters: Mapping[str, Any]
    plan: Plan | None
    cost: CostEstimate | None
    problem: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceView:
    """A planned slice. `market_quantity` is what others are expected to trade in its window; left and width are shares of the window."""

    start_at: datetime
    end_at: datetime
    quantity: Decimal
    urgency: float | None
    participation: float | None
    market_quantity: float | None
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """A remark, and what its remedy would bring when it changes the time: the share of the volume and the expected cost then."""

    remark: Remark
    share: float | None = None
    saved_bps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What each algorithm would cost, the frontier of `frontier_of` by urgency, and what is to be said about the chosen plan."""

    candidates: tuple[Candidate, ...]
    slices: tuple[SliceView, ...]
    frontier: tuple[FrontierPoint, ...]
    frontier_of: str
    cures: tuple[Cure, ...]

    @property
    def chosen(self) -> Candidate:
        """Return the candidate that would work the order."""
        return next(candidate for candidate in self.candidates if candidate.is_chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An order that is to be planned; `terms` have the chosen algorithm's parameters, `asked` those that were given by hand."""

    terms: OrderTerms
    strategy: Strategy
    mode: Mode
    conditions: Conditions
    asked: Mapping[str, Any]
    market: Market
    fees: Fees
    sweep: Sweep
    tick: Decimal


def fees_and_sweep(terms: OrderTerms, market: OrderMarket, mid: Decimal) -> tuple[Fees, Sweep] | None:
    """Return what the venues charge and what taking at once costs; none without venues."""
    books: tuple[Book, ...] = market.open_books or market.books
    fees = fees_of(terms.side, market.listings, books)
    return None if fees is None else (fees, sweep_of(terms.side, books, float(mid)))


def outlook_of(question: Question) -> Outlook:
    """Plan the order by every algorithm and estimate what each plan costs."""
    candidates = tuple(_candidate(question, get_algorithm(name)) for name in algorithm_names())
    chosen = next(candidate for candidate in candidates if candidate.is_chosen)
    risky = _with_urgency(chosen, candidates)
    return Outlook(
        candidates=candidates,
        slices=_slices(question, chosen),
        frontier=() if risky is None else _frontier(question, risky),
        frontier_of="" if risky is None else risky.spec.name,
        cures=_cures(question, chosen),
    )


def _candidate(question: Question, spec: AlgorithmSpec) -> Candidate:
    is_chosen = spec.name == question.strategy.algorithm
    parameters = question.strategy.parameters if is_chosen else _parameters(question, spec)
    terms = replace(question.terms, parameters=parameters)
    plan, problem = _plan(question, spec, terms)
    cost = None if plan is None else _cost(question, terms, plan)
    return Candidate(spec=spec, parameters=parameters, plan=plan, cost=cost, problem=problem, is_chosen=is_chosen)


def _parameters(question: Question, spec: AlgorithmSpec) -> dict[str, Any]:
    """Return what the mode and the market say about another algorithm, with those of the given parameters that it knows too."""
    shared = {parameter.name: question.asked[parameter.name] for parameter in spec.parameters if _fits(parameter, question.asked)}
    seconds = (question.terms.end_at - question.terms.start_at).total_seconds()
    decided = decide(mode=question.mode, algorithm=spec.name, duration_seconds=seconds, overrides=shared, conditions=question.conditions)
    return decided.parameters


def _fits(parameter: Parameter, asked: Mapping[str, Any]) -> bool:
    try:
        return parameter.name in asked and parameter.read(asked[parameter.name]) is not None
    except InvalidParameter:
        return False


def _plan(question: Question, spec: AlgorithmSpec, terms: OrderTerms) -> tuple[Plan | None, str]:
    if _rests_until.get(spec.name, 0.0) > time.monotonic():
        return None, f"{spec.title} failed a moment ago."
    try:
        return ask_for_plan(spec.name, terms, NOTHING_DONE, question.market, terms.start_at), ""
    except NoUsablePlan as error:
        if spec.is_custom:
            _rests_until[spec.name] = time.monotonic() + REST_AFTER_FAILURE_SECONDS
        return None, str(error)


def _cost(question: Question, terms: OrderTerms, plan: Plan) -> CostEstimate:
    return estimate(terms, plan, question.market, fees=question.fees, sweep=question.sweep)


def _with_urgency(chosen: Candidate, candidates: tuple[Candidate, ...]) -> Candidate | None:
    """Return whose frontier to show: the chosen algorithm's, else that of the first which weighs risk by urgency."""
    able = [one for one in (chosen, *candidates) if URGENCY in one.parameters and not one.spec.is_custom and one.plan is not None]
    return able[0] if able else None


def _frontier(question: Question, candidate: Candidate) -> tuple[FrontierPoint, ...]:
    terms = replace(question.terms, parameters=candidate.parameters)
    return frontier(terms, candidate.spec.plan, question.market, fees=question.fees, sweep=question.sweep)


def _slices(question: Question, chosen: Candidate) -> tuple[SliceView, ...]:
    if chosen.plan is None or chosen.cost is None:
        return ()
    start, length = question.terms.start_at, question.terms.end_at - question.terms.start_at
    return tuple(
        SliceView(
            start_at=part.start_at,
            end_at=part.end_at,
            quantity=part.quantity,
            urgency=part.urgency,
            participation=share,
            market_quantity=None if share is None or share <= 0 else float(part.quantity) * (1 - share) / share,
            left=(part.start_at - start) / length,
            width=(part.end_at - part.start_at) / length,
        )
        for part, share in zip(chosen.plan.slices, chosen.cost.slice_participations, strict=True)
    )


def _cures(question: Question, chosen: Candidate) -> tuple[Cure, ...]:
    if chosen.plan is None or chosen.cost is None:
        return ()
    terms = replace(question.terms, parameters=chosen.parameters)
    found = remarks(terms, chosen.plan, chosen.cost, question.market, tick=question.tick, asked=question.asked)
    return tuple(_cure(question, chosen, remark) for remark in found)


def _cure(question: Question, chosen: Candidate, remark: Remark) -> Cure:
    """Add what a longer time would bring, by planning once more."""
    remedy: Remedy | None = remark.remedy
    if remedy is None or remedy.field != "duration_minutes" or chosen.spec.is_custom or question.market.volume is None:
        return Cure(remark=remark)
    terms = question.terms
    longer = replace(terms, parameters=chosen.parameters, end_at=terms.start_at + timedelta(minutes=float(remedy.value)))
    plan, _problem = _plan(question, chosen.spec, longer)
    if plan is None:
        return Cure(remark=remark)
    before, after = None if chosen.cost is None else chosen.cost.total_bps, _cost(question, longer, plan).total_bps
    others = float(question.market.volume.expected((longer.start_at, longer.end_at))[0])
    share = float(terms.quantity) / (float(terms.quantity) + others)
    return Cure(remark=remark, share=share, saved_bps=None if before is None or after is None else before - after)
