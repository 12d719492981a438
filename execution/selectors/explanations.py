"""Children by the names that people use, and why each was sent."""

import re
from dataclasses import dataclass

from execution.domain.explanations import Explanation, VenueAccount, explain
from execution.domain.wording import lines_of
from execution.models import ChildOrder, ParentOrder, Venue
from execution.models.decisions import UnreadableDecision

_ON_SCREEN = re.compile(r"C-(\d{1,9})-(\d{1,9})", re.ASCII | re.IGNORECASE)
_ORDER = re.compile(r"P-(\d{1,18})", re.ASCII | re.IGNORECASE)
_ID = re.compile(r"\d{1,18}", re.ASCII)
_REASON_LENGTH = 200


class ChildNotFound(LookupError):
    """No child order, or several, answer to a name."""


class NotExplained(LookupError):
    """A child's decision is not known or cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedChild:
    """What the order page shows below a child: its explanation, or why there is none. `venues` come with the titles that screens use."""

    child_id: int
    explanation: Explanation | None
    why_not: str
    venues: tuple[tuple[str, VenueAccount], ...]
    inputs: tuple[str, ...]


def explained_child(order: ParentOrder, child_id: int) -> ExplainedChild | None:
    """Return a child of the order with its explanation; none when the order has no such child."""
    child = order.children.select_related("slice", "venue", "decision").filter(pk=child_id).first()
    if child is None:
        return None
    try:
        explanation = explanation_of(child)
    except NotExplained as error:
        return ExplainedChild(child_id=child_id, explanation=None, why_not=str(error), venues=(), inputs=())
    titles = dict(Venue.objects.values_list("name", "title"))
    return ExplainedChild(
        child_id=child_id,
        explanation=explanation,
        why_not="",
        venues=tuple((titles.get(account.venue, account.venue), account) for account in explanation.venues),
        inputs=tuple(lines_of(explanation.decision.inputs, "Decided from")),
    )


def child_named(name: str, order: str = "") -> ChildOrder:
    """Return the child with an id, a client order id, or the reference that screens show, in an order if one is named (P-42).

    Raises:
        ChildNotFound: there is none, or several orders have one.
    """
    children = ChildOrder.objects.select_related("parent__instrument", "slice", "venue", "decision")
    if order:
        named = _ORDER.fullmatch(order)
        if named is None:
            raise ChildNotFound(f"{order} is no order's name such as P-42")
        children = children.filter(parent_id=int(named[1]))
    if shown := _ON_SCREEN.fullmatch(name):
        children = children.filter(slice__number=int(shown[1]), number=int(shown[2]))
    elif _ID.fullmatch(name):
        children = children.filter(pk=int(name))
    else:
        children = children.filter(client_order_id=name)
    found = list(children.order_by("-pk")[:6])
    where = f" in {order}" if order else ""
    if not found:
        raise ChildNotFound(f"there is no child order {name}{where}")
    if len(found) > 1:
        orders = ", ".join(child.parent.reference for child in found[:5])
        raise ChildNotFound(f"several orders have a child {name}: {orders}{', …' if len(found) > 5 else ''}. Name one with --order")
    return found[0]


def explanation_of(child: ChildOrder) -> Explanation:
    """Return why a child was sent, decided again.

    Raises:
        NotExplained: its decision was not stored, or cannot be read.
    """
    if child.decision is None:
        raise NotExplained("it was sent before decisions were kept")
    try:
        decision = child.decision.to_domain()
    except UnreadableDecision as error:
        raise NotExplained(str(error)) from error
    terms = (child.venue.name, child.order_type, child.time_in_force, child.price, child.quantity, child.reason)
    for place in decision.outcome.places:
        asked = (place.venue, place.order_type, place.time_in_force, place.price, place.quantity, place.reason[:_REASON_LENGTH])
        if asked == terms:
            return explain(decision, place)
    raise NotExplained("what is stored is damaged: the decision that it names asked for no such order")
