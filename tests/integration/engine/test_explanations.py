"""Child orders keep what they were decided from: written with the intents, decided again to the same, told clearly when they cannot be."""

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from dipmaster.domain.books import Level
from dipmaster.domain.sides import Side
from execution.domain.decisions import DecisionInputs
from execution.models import ChildOrder, Decision
from execution.selectors.explanations import explanation_of
from execution.services import claims, planning, working
from tests.integration.engine.driver import LONG, Engine, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def explain(*names: str) -> str:
    out = StringIO()
    call_command("explain", *names, stdout=out)
    return out.getvalue()


def refusal(*names: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        explain(*names)
    return caught.value


@pytest.fixture
def child(engine: Engine) -> ChildOrder:
    return engine.a_resting_child()


def test_every_child_of_a_whole_order_is_decided_again_to_the_same(engine: Engine) -> None:
    for side in Side:
        engine.finish(engine.submit(side=side))
    children = list(ChildOrder.objects.select_related("venue", "decision", "slice__parent__instrument"))
    assert {child.time_in_force for child in children} == {"PO", "IOC"}
    for child in children:
        explanation = explanation_of(child)
        assert explanation.is_same, explanation.differences
        assert explanation.decision.inputs.now == child.decided_at
        assert (explanation.route is not None) is (child.time_in_force == "IOC")
    assert Decision.objects.count() < len(children)  # one for all that a step sends


def test_the_children_of_one_step_share_its_decision(child: ChildOrder) -> None:
    together = ChildOrder.objects.filter(slice=child.slice, decided_at=child.decided_at)
    assert together.count() == 3
    assert together.values("decision").distinct().count() == 1


def test_the_first_decision_keeps_books_for_the_whole_order_and_later_ones_for_their_slice(engine: Engine) -> None:
    engine.submit(quantity=Decimal(8), duration_minutes=Decimal("0.5"))

    def decided_from() -> list[DecisionInputs]:
        return [row.to_domain().inputs for row in Decision.objects.order_by("pk")]

    engine.run_until(lambda: any(inputs.slice.filled_quantity for inputs in decided_from()))
    first, *later = decided_from()
    for inputs in [first, *(each for each in later if each.slice.filled_quantity)]:
        reach = max(2 * inputs.slice.quantity, Decimal(8) if inputs is first else Decimal(0))
        assert all(is_kept_down_to(reach, book.asks) for book in inputs.books)


def is_kept_down_to(reach: Decimal, levels: tuple[Level, ...]) -> bool:
    """Tell whether the levels reach that far and no further, five at the least; or are all fifty that there were."""
    held = [sum((level.quantity for level in some), Decimal(0)) for some in (levels[:-1], levels)]
    return len(levels) == 50 or held[0] < reach <= held[1] or (len(levels) == 5 and reach <= held[1])


def commit_intents(engine: Engine) -> None:
    """Submit an order, plan it and commit its first step, without sending anything."""
    engine.submit(**LONG)
    planning.plan_orders(claims.claim_orders(owner="test", limit=50, now=utc_now()), now=utc_now())
    engine.refresh_books()
    working.commit_intents(dict(claims.claim_slices(owner="test", limit=50, now=utc_now())), utc_now())


def test_a_decision_is_committed_with_its_intents_or_not_at_all(engine: Engine) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        commit_intents(engine)
        assert (Decision.objects.count(), ChildOrder.objects.count()) == (1, 3)
        raise ZeroDivisionError
    assert (Decision.objects.count(), ChildOrder.objects.count()) == (0, 0)


def test_a_step_costs_one_statement_more_and_locks_nothing_more(engine: Engine) -> None:
    with CaptureQueriesContext(connection) as captured:
        commit_intents(engine)
    about = [query["sql"] for query in captured if '"execution_decision"' in query["sql"]]
    assert [sql.split(" ")[0] for sql in about] == ["INSERT"]


# The command.


def test_a_child_is_explained_by_id_client_order_id_or_the_name_on_screen(child: ChildOrder) -> None:
    by_id = explain(str(child.pk))
    assert explain(child.client_order_id) == explain(str(child)) == explain(str(child), "--order", child.parent.reference) == by_id
    assert by_id.startswith(f"{child} of {child.parent} (id {child.pk}): buy BTCUSDT")
    assert "Decided now: the same" in by_id
    assert f"{child.venue.name}: {child.quantity.normalize():f}" in re.sub(r"0+(?=[, ])", "", by_id)
    assert child.reason in by_id


def test_the_same_name_in_two_orders_wants_the_order(engine: Engine, child: ChildOrder) -> None:
    other = engine.submit(**LONG)
    engine.run_until(other.children.exists)
    error = refusal("C-1-01")
    assert str(error) == f"several orders have a child C-1-01: {other}, {child.parent}. Name one with --order."
    assert explain("C-1-01", "--order", other.reference).startswith(f"C-1-01 of {other} ")


def test_an_unknown_child_is_an_error(child: ChildOrder) -> None:
    for name in ("C-9-99", "999999", "dm0n1x00", "", "C-1-01'; --", "٣", "9" * 30):
        error = refusal(name)
        assert (str(error), error.returncode) == (f"there is no child order {name}.", 1)


def test_an_order_that_is_none_is_an_error(child: ChildOrder) -> None:
    assert str(refusal(str(child), "--order", "42")) == "42 is no order's name such as P-42."
    assert str(refusal(str(child), "--order", "P-99999")) == f"there is no child order {child} in P-99999."


def test_a_child_from_before_explanations_says_so(child: ChildOrder) -> None:
    ChildOrder.objects.filter(pk=child.pk).update(decision=None)
    error = refusal(str(child.pk))
    assert (str(error), error.returncode) == (f"{child} of {child.parent} cannot be explained: it was sent before decisions were kept.", 1)


def test_a_decision_of_a_newer_program_says_so(child: ChildOrder) -> None:
    Decision.objects.update(version=99)
    assert "a newer program stored it: version 99" in str(refusal(str(child.pk)))


def test_a_damaged_decision_says_so(child: ChildOrder) -> None:
    whole = bytes(Decision.objects.get(pk=child.decision_id).content)
    plain = zlib.decompress(whole)
    damaged = {
        "empty": b"",
        "cut off": whole[: len(whole) // 2],
        "a bit turned over": whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
        "not deflated": plain,
        "not packed": zlib.compress(b"nor packed"),
        "a field missing": zlib.compress(plain.replace(b"is_closing", b"is_opening")),
        "a side unknown": zlib.compress(plain.replace(b"\xa3buy", b"\xa3bye")),
    }
    for how, content in damaged.items():
        Decision.objects.update(content=content)
        error = refusal(str(child.pk))
        assert ("what is stored is damaged" in str(error), error.returncode) == (True, 1), how


def test_a_child_that_its_decision_never_asked_for_says_so(child: ChildOrder) -> None:
    ChildOrder.objects.filter(pk=child.pk).update(price=F("price") + 1)
    assert "asked for no such order" in str(refusal(str(child.pk)))


def test_a_decision_that_comes_out_otherwise_today_is_told_with_a_status_of_its_own(child: ChildOrder) -> None:
    row = Decision.objects.get(pk=child.decision_id)
    decision, price = row.to_domain(), child.price + 1
    places = tuple(replace(place, price=price) if place.venue == child.venue.name else place for place in decision.outcome.places)
    row.content = Decision.of(replace(decision, outcome=replace(decision.outcome, places=places))).content
    row.save()
    ChildOrder.objects.filter(pk=child.pk).update(price=price)
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("explain", str(child.pk), stdout=out)
    assert (str(caught.value), caught.value.returncode) == ("The program decides otherwise today.", 2)
    assert "Decided now: otherwise" in out.getvalue()
    assert f"  then only: {child.quantity.normalize():f}" in out.getvalue()
