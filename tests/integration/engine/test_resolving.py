"""A child that its venue confirmed and then denies for ever is ended by an administrator, with a reason."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dipmaster.accounts.models import User
from execution.domain.lifecycle import ChildState, OrderState
from execution.models import ChildOrder, ParentOrder, VenueCredential
from execution.services import executions, orders, resolving
from execution.services.resolving import NotResolvable, resolve_by_hand
from execution.services.settling import FRUITLESS_LOOKUPS
from risk.models import Exposure
from tests.integration.engine.driver import Engine, an_execution, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator(engine: Engine) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def denied(engine: Engine) -> ChildOrder:
    """A child that rested at OKX once; its row says that the venue denies it, under an id that the venue really does not know."""
    child = engine.a_resting_child(venues=("okx",))
    ChildOrder.objects.filter(pk=child.pk).update(
        state=ChildState.UNKNOWN, client_order_id="lost", venue_order_id="", lookups=FRUITLESS_LOOKUPS
    )
    child.refresh_from_db()
    return child


def resolve(user: User, child: ChildOrder, reason: str = "OKX support confirms that it is gone") -> ChildOrder:
    return resolve_by_hand(user=user, child_id=child.pk, reason=reason, now=utc_now())


def test_a_denied_child_stays_unknown_until_it_is_resolved(engine: Engine, denied: ChildOrder, administrator: User) -> None:
    orders.cancel(user=engine.trader, order_id=denied.parent_id, now=utc_now())
    engine.run_until(lambda: ChildOrder.objects.get(pk=denied.pk).lookups > FRUITLESS_LOOKUPS)
    assert ParentOrder.objects.get(pk=denied.parent_id).completed_at is None

    resolve(administrator, denied)

    ended = engine.finish(denied.parent)
    assert ended.state == OrderState.CANCELLED
    assert Exposure.objects.get(desk=ended.desk, symbol="BTCUSDT").reserved_buy == 0


def test_the_orders_log_says_who_resolved_it_and_why(denied: ChildOrder, administrator: User) -> None:
    resolve(administrator, denied)
    event = denied.parent.events.get(kind="child_resolved_by_hand")
    assert event.text.endswith("freed: OKX support confirms that it is gone")
    assert (event.payload["user"], event.payload["denials"]) == ("root", FRUITLESS_LOOKUPS)
    ended = ChildOrder.objects.get(pk=denied.pk)
    assert (ended.state, ended.refusal_code) == (ChildState.CANCELLED, resolving.RESOLVED_BY_HAND)
    assert ended.refusal_reason == "root: OKX support confirms that it is gone"


def test_its_quantity_is_sent_again(engine: Engine, denied: ChildOrder, administrator: User) -> None:
    resolve(administrator, denied)
    others = ChildOrder.objects.filter(parent=denied.parent).exclude(pk=denied.pk)
    before = others.count()
    engine.run_until(lambda: others.count() > before)


def test_a_fill_that_is_told_later_is_still_recorded(denied: ChildOrder, administrator: User) -> None:
    resolve(administrator, denied)
    executions.record([an_execution(denied)], utc_now() + timedelta(seconds=1))
    late = ChildOrder.objects.get(pk=denied.pk)
    assert (late.state, late.filled_quantity) == (ChildState.CANCELLED, an_execution(denied).quantity)


def test_a_trader_may_not(engine: Engine, denied: ChildOrder) -> None:
    with pytest.raises(NotResolvable, match="Only administrators"):
        resolve(engine.trader, denied)
    assert ChildOrder.objects.get(pk=denied.pk).state == ChildState.UNKNOWN


def test_a_reason_is_wanted(denied: ChildOrder, administrator: User) -> None:
    with pytest.raises(NotResolvable, match="Give a reason"):
        resolve(administrator, denied, reason="  ")


def test_a_child_that_the_venue_has_hardly_denied_is_left_alone(denied: ChildOrder, administrator: User) -> None:
    ChildOrder.objects.filter(pk=denied.pk).update(lookups=1)
    with pytest.raises(NotResolvable, match="OKX has denied the order 1 of 3 times"):
        resolve(administrator, denied)


def test_a_child_that_may_still_be_on_its_way_is_left_alone(denied: ChildOrder, administrator: User) -> None:
    ChildOrder.objects.filter(pk=denied.pk).update(confirmed_at=None, acknowledged_at=None, decided_at=utc_now())
    with pytest.raises(NotResolvable, match="on its way"):
        resolve(administrator, denied)


def test_a_venue_does_not_move_while_orders_of_ours_live_there(denied: ChildOrder, administrator: User) -> None:
    client, page = Client(), reverse("admin:execution_venue_change", args=[denied.venue_id])
    client.force_login(administrator)
    form = client.get(page).context["adminform"].form
    shown = {name: value for name in form.fields if (value := form[name].value()) is not None and value is not False}
    tiers = {"fee_tiers-TOTAL_FORMS": 0, "fee_tiers-INITIAL_FORMS": 0}
    answer = client.post(page, shown | tiers | {"base_url": "http://127.0.0.1:1/okx"})
    assert "Orders of ours live at this venue" in answer.content.decode()


def test_a_venues_key_stays_while_orders_of_ours_live_there(denied: ChildOrder, administrator: User) -> None:
    client = Client()
    client.force_login(administrator)
    keys = {"venue": denied.venue_id, "new_api_key": "another account", "new_api_secret": "secret"}
    answer = client.post(reverse("admin:execution_venuecredential_add"), keys)
    assert "Orders of ours live at this venue" in answer.content.decode()
    assert not VenueCredential.objects.exists()


def test_a_child_whose_outcome_is_known_is_left_alone(denied: ChildOrder, administrator: User) -> None:
    ChildOrder.objects.filter(pk=denied.pk).update(state=ChildState.OPEN)
    with pytest.raises(NotResolvable, match="not unknown"):
        resolve(administrator, denied)
    assert not denied.parent.events.filter(kind="child_resolved_by_hand").exists()


def test_the_administration_asks_for_the_reason_first(denied: ChildOrder, administrator: User) -> None:
    client, page = Client(), reverse("admin:execution_childorder_changelist")
    client.force_login(administrator)
    chosen = {"action": "resolve", "_selected_action": [denied.pk]}
    assert "Make sure at the venue" in client.post(page, chosen).content.decode()
    assert ChildOrder.objects.get(pk=denied.pk).state == ChildState.UNKNOWN
    client.post(page, {**chosen, "confirmed": "yes", "reason": "gone"})
    assert ChildOrder.objects.get(pk=denied.pk).state == ChildState.CANCELLED
