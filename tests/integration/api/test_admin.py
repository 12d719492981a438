"""The administration's pages."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.models import Experiment
from dipmaster import seeds
from dipmaster.accounts.models import Desk, User
from execution.models import ChildOrder, ExecutionMode, Fill, Instrument, Listing, OrderEvent, ParentOrder, Slice, Venue, VenueCredential
from risk.models import Exposure, RiskLimit, Violation

EDITABLE: list[type[Model]] = [ExecutionMode, Venue, VenueCredential, Instrument, Listing, RiskLimit, Desk, User]
READ_ONLY: list[type[Model]] = [Experiment, ParentOrder, Slice, ChildOrder, Fill, OrderEvent, Exposure, Violation]
WITH_HISTORY: list[tuple[type[Model], str, object]] = [
    (ExecutionMode, "participation", 0.2),
    (Venue, "taker_fee_bps", Decimal("7.25")),
    (Listing, "max_quantity", Decimal(12)),
    (RiskLimit, "max_order_quantity", Decimal(7)),
    (Desk, "name", "Rates"),
]


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def rows(db: None) -> None:
    """Make one row of everything."""
    seeds.make_venues()
    now = timezone.now()
    desk = Desk.objects.create(name="Macro")
    trader = User.objects.create_user("trader", desk=desk)
    RiskLimit.objects.create(desk=desk, max_order_quantity=5)
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", position=1)
    Violation.objects.create(desk=desk, at=now, code="ORDER_QUANTITY", reason="Too large.", symbol="BTCUSDT")
    order = ParentOrder.objects.create(
        desk=desk, trader=trader, instrument=Instrument.objects.get(symbol="BTCUSDT"), client_order_id="mine", request_hash="0", side="buy",
        quantity=1, algorithm="twap", start_at=now, end_at=now + timedelta(minutes=1), decision_mid=50_000, created_at=now,
    )  # fmt: skip
    part = Slice.objects.create(parent=order, number=1, quantity=1, start_at=now, end_at=now + timedelta(minutes=1))
    venue = Venue.objects.get(name="okx")
    child = ChildOrder.objects.create(
        slice=part, parent=order, venue=venue, number=1, client_order_id="c1", order_type="market", time_in_force="IOC", quantity=1,
        reason="cross", mid_at_decision=50_000, decided_at=now,
    )  # fmt: skip
    Fill.objects.create(
        child=child, parent=order, venue=venue, symbol="BTCUSDT", trade_id="1", price=50_000, quantity=1, fee=1, fee_currency="USDT",
        is_maker=False, traded_at=now, recorded_at=now,
    )  # fmt: skip
    Experiment.objects.create(desk=desk, started_by=trader, settings={}, paths_in_all=2, created_at=now)
    OrderEvent.objects.create(parent=order, sequence=1, at=now, kind="submitted", text="Buy", previous_hash="0", hash="1")


def page(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def registered() -> list[type[Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_every_list_and_its_search_loads(administrator: Client, model: type[Model]) -> None:
    assert administrator.get(page(model, "changelist")).status_code == 200
    assert administrator.get(page(model, "changelist"), {"q": "mine"}).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_every_row_loads_without_inline_scripts(administrator: Client, model: type[Model]) -> None:
    for row in model._default_manager.all()[:1]:
        response = administrator.get(page(model, "change", row.pk))
        assert response.status_code == 200
        assert re.findall(r"<script(?![^>]*\b(?:src|type)=)|\son\w+=", response.content.decode()) == []


@pytest.mark.parametrize("model", EDITABLE, ids=lambda model: model._meta.label)
def test_what_the_administrator_keeps_can_be_added(administrator: Client, model: type[Model]) -> None:
    assert administrator.get(page(model, "add")).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_what_happened_cannot_be_added_changed_or_deleted(administrator: Client, model: type[Model]) -> None:
    row = model._default_manager.get()
    assert administrator.get(page(model, "add")).status_code == 403
    assert administrator.post(page(model, "change", row.pk), {}).status_code == 403
    assert administrator.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("model", "field", "value"), WITH_HISTORY, ids=[model._meta.label for model, _, _ in WITH_HISTORY])
def test_changes_are_kept_with_their_author(administrator: Client, model: type[Model], field: str, value: object) -> None:
    row: Any = model._default_manager.first()
    before = getattr(row, field)
    context = administrator.get(page(model, "change", row.pk)).context
    form = context["adminform"].form
    shown = {name: shown for name in form.fields if (shown := form[name].value()) is not None and shown is not False}
    inlines = [inline.formset.management_form for inline in context["inline_admin_formsets"]]
    shown |= {inline.add_prefix(name): inline[name].value() for inline in inlines for name in inline.fields}
    answer = administrator.post(page(model, "change", row.pk), shown | {field: value})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    newest, older = row.history.all()[:2]
    assert (getattr(newest, field), getattr(older, field)) == (value, before)
    assert (newest.history_user.username, newest.history_type) == ("root", "~")
    assert "root" in administrator.get(page(model, "history", row.pk)).content.decode()


def test_a_new_user_gets_a_desk(administrator: Client) -> None:
    desk = Desk.objects.create(name="Macro")
    form = {"username": "new", "usable_password": "true", "password1": "correct horse 9", "password2": "correct horse 9", "desk": desk.pk}
    response = administrator.post(page(User, "add"), form)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert User.objects.get(username="new").desk == desk


def test_a_negative_limit_is_refused_at_its_field(administrator: Client) -> None:
    response = administrator.post(page(RiskLimit, "add"), {"symbol": "", "max_order_quantity": "-1"})
    assert response.status_code == 200
    assert "max_order_quantity" in response.context["adminform"].form.errors
    assert not RiskLimit.objects.exists()


def test_a_second_row_of_the_same_scope_is_refused(administrator: Client) -> None:
    RiskLimit.objects.create(max_order_quantity=1)
    response = administrator.post(page(RiskLimit, "add"), {"symbol": "", "max_order_quantity": "2"})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors


def test_a_desk_user_does_not_get_in(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("trader"))
    assert client.get(page(RiskLimit, "changelist")).status_code == 302
