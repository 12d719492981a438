"""What a finished order saved against orders that take at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analytics.domain.alpha import NO_MOMENT, Alpha, AlphaName, Moment, against_clips, sum_of
from analytics.domain.benchmarks import NotMeasured
from analytics.domain.fills import PricedFill
from analytics.domain.missing import Missing
from analytics.selectors.records import Records
from dipmaster.domain.sides import Side
from execution.models import ChildOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphas:
    """What could be compared: the whole order, and its children by id; and why the rest could not."""

    of_order: tuple[Alpha, ...]
    of_children: Mapping[int, Alpha]
    missing: tuple[Missing, ...]


def alphas_of(records: Records, fills: list[PricedFill]) -> Alphas:
    """Compare an order with one market order, with equal clips at its slices' moments, and each child with taking at its own."""
    side = Side(records.order.side)
    by_child: dict[int, list[PricedFill]] = {}
    for row, fill in zip(records.fills, fills, strict=True):
        by_child.setdefault(row.child_id, []).append(fill)
    children = dict(_of_children(records, side, by_child))
    found: dict[AlphaName, Alpha] = {}
    reasons: dict[AlphaName, str] = {}
    for name in AlphaName:
        try:
            if name is AlphaName.OWN_MOMENTS:
                found[name] = sum_of(name, side=side, alphas=list(children.values()))
            else:
                found[name] = against_clips(name, side=side, fills=fills, moments=_moments(records, name))
        except NotMeasured as error:
            reasons[name] = str(error)
    return Alphas(of_order=tuple(found.values()), of_children=children, missing=_missing(reasons))


def _of_children(records: Records, side: Side, fills: Mapping[int, list[PricedFill]]) -> Iterator[tuple[int, Alpha]]:
    """Compare each child that filled and whose decision is known and deep enough."""
    for child in records.children:
        moment = records.moments.get(child.decision_id or 0)
        if moment is None or child.pk not in fills:
            continue
        try:
            yield child.pk, against_clips(AlphaName.OWN_MOMENTS, side=side, fills=fills[child.pk], moments=[moment])
        except NotMeasured:  # it is not among those compared, whose quantity is told
            continue


def _moments(records: Records, name: AlphaName) -> list[Moment]:
    """Return the first decision of the order, or of each slice that sent something; children come in the order of their decisions.

    Raises:
        NotMeasured: one of them is not known.
    """
    firsts: dict[int, ChildOrder] = {}
    for child in records.children:
        firsts.setdefault(child.slice_id, child)
    wanted = list(firsts.values())[: 1 if name is AlphaName.MARKET_ORDER else None]
    found = [records.moments.get(child.decision_id or 0) for child in wanted]
    known = [moment for moment in found if moment is not None]
    if len(known) < len(found):
        raise NotMeasured(NO_MOMENT)
    return known


def _missing(reasons: Mapping[AlphaName, str]) -> tuple[Missing, ...]:
    """Name what could not be compared; all at once where one reason holds for all."""
    if len(reasons) == len(AlphaName) and len(set(reasons.values())) == 1:
        return (Missing(figure="execution_alpha", reason=next(iter(reasons.values()))),)
    return tuple(Missing(figure=f"execution_alpha.{name}", reason=reason) for name, reason in reasons.items())
