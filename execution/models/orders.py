"""Parent orders, slices, child orders and fills."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import Desk
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Remainder
from execution.domain.lifecycle import LIVE_CHILDREN, LIVE_ORDERS, LIVE_SLICES, ChildState, OrderState, SliceState
from execution.domain.strategy import DEFAULT_MODE
from execution.models.decisions import Decision
from execution.models.fields import AmountField
from execution.models.venues import Instrument, Venue

SIDES = [(Side.BUY.value, _("Buy")), (Side.SELL.value, _("Sell"))]
REMAINDERS = [(Remainder.CROSS.value, _("Cross at the end")), (Remainder.LEAVE.value, _("Leave unfilled"))]
ORDER_STATES = [(state.value, state.value) for state in OrderState]
SLICE_STATES = [(state.value, state.value) for state in SliceState]
CHILD_STATES = [(state.value, state.value) for state in ChildState]
SLIPPAGE_DECIMAL_PLACES = 3


class Leased(models.Model):
    """A row that is its own queue entry: due at a time, worked on under a lease whose epoch fences older holders."""

    lease_owner = models.CharField(max_length=60, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class ParentOrder(Leased):
    """What the desk user asked for, and how far it has come."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="orders")
    trader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="orders")
    client_order_id = models.CharField(_("client order id"), max_length=64)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of the request: the same id with another request is a conflict.")
    side = models.CharField(_("side"), max_length=4, choices=SIDES)
    quantity = AmountField(_("quantity"), help_text="Base currency.")
    quote_quantity = AmountField(null=True, blank=True, help_text="Set when the order was sized in quote currency.")
    mode = models.CharField(_("mode"), max_length=30, default=DEFAULT_MODE)
    priority = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1), MaxValueValidator(10)])
    algorithm = models.CharField(max_length=30)
    parameters = models.JSONField(default=dict)
    decision_reasons = models.JSONField(default=list)
    limit_price = AmountField(_("limit price"), null=True, blank=True)
    max_slippage_bps = models.DecimalField(_("slippage cap"), max_digits=9, decimal_places=SLIPPAGE_DECIMAL_PLACES, null=True, blank=True)
    would_price = AmountField(_("would price"), null=True, blank=True, help_text="Here or better, all that is left is wanted at once.")
    remainder = models.CharField(_("remainder"), max_length=5, choices=REMAINDERS, default=Remainder.CROSS.value)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    venue_names = models.JSONField(default=list, help_text="Allow-list of venue names; empty: every enabled venue.")
    left_out = models.JSONField(default=dict, blank=True, help_text="Venues that get no new child orders now, with the health they are in.")
    notes = models.TextField(_("notes"), blank=True, max_length=2000)

    state = models.CharField(max_length=10, choices=ORDER_STATES, default=OrderState.PENDING.value)
    version = models.PositiveIntegerField(default=1)
    filled_quantity = AmountField(default=Decimal(0))
    filled_notional = AmountField(default=Decimal(0))
    fees_quote = AmountField(default=Decimal(0), null=True, help_text="None once a fee was charged in a third currency.")
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_reason = models.TextField(blank=True)
    decision_mid = AmountField(help_text="Mid when the order was submitted.")
    arrival_mid = AmountField(null=True, blank=True, help_text="Mid when the order began to work.")
    end_mid = AmountField(null=True, blank=True, help_text="Mid when the order ended.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    rescheduled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last got more to do or less time: what filled before then holds nothing up."
    )
    next_review_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["desk", "client_order_id"], name="client_order_id_is_unique_per_desk"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_is_positive"),
            # No upper bound: a fill is a fact of the venue and is never refused; more than was ordered is stored as a violation.
            models.CheckConstraint(condition=Q(filled_quantity__gte=0), name="order_fill_is_not_negative"),
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="order_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(limit_price__isnull=True) | Q(limit_price__gt=0), name="limit_price_is_positive"),
            models.CheckConstraint(condition=Q(side__in=[s.value for s in Side]), name="order_side_is_known"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in OrderState]), name="order_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["next_review_at"], name="due_orders", condition=Q(state__in=sorted(s.value for s in LIVE_ORDERS))),
            models.Index(fields=["desk", "-id"], name="orders_of_a_desk"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Return the name that people use: P-42."""
        return f"P-{self.pk}"

    @property
    def remaining_quantity(self) -> Decimal:
        """Return what is not filled yet, base currency."""
        remaining: Decimal = self.quantity - self.filled_quantity
        return remaining

    @property
    def average_price(self) -> Decimal | None:
        """Return the average fill price in quote currency, if anything filled."""
        return self.filled_notional / self.filled_quantity if self.filled_quantity else None

    @property
    def is_live(self) -> bool:
        """Tell whether the order may still change."""
        return self.state in LIVE_ORDERS


class Slice(Leased):
    """A part of a parent with a window of its own; once released its quantity is fixed."""

    parent = models.ForeignKey(ParentOrder, on_delete=models.PROTECT, related_name="slices")
    number = models.PositiveIntegerField()
    quantity = AmountField()
    filled_quantity = AmountField(default=Decimal(0))
    returned_quantity = AmountField(default=Decimal(0), help_text="Unfilled rest, given back to the plan when the slice ended.")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=SLICE_STATES, default=SliceState.PENDING.value)
    next_action_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    urgency = models.FloatField(null=True, blank=True, help_text="0 rests, 1 crosses at once; none: as the order's parameters say.")
    last_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["parent_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "number"], name="slice_number_is_unique_per_order"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="slice_quantity_is_positive"),
            models.CheckConstraint(condition=Q(filled_quantity__gte=0), name="slice_fill_is_not_negative"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in SliceState]), name="slice_state_is_known"),
        ]
        indexes = [
            models.Index(
                fields=["next_action_at"],
                name="due_slices",
                condition=Q(state__in=sorted(s.value for s in LIVE_SLICES | {SliceState.PENDING})),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent} S{self.number}"


class ChildOrder(models.Model):
    """One order at one venue. The row is committed as an intent before anything is sent."""

    class OrderType(models.TextChoices):
        LIMIT = "limit", _("Limit")
        MARKET = "market", _("Market")

    class TimeInForce(models.TextChoices):
        GTC = "GTC", _("Good till cancelled")
        IOC = "IOC", _("Immediate or cancel")
        POST_ONLY = "PO", _("Post-only")

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="children")
    parent = models.ForeignKey(ParentOrder, on_delete=models.PROTECT, related_name="children")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="children", db_index=False)  # children_of_a_venue serves
    number = models.PositiveIntegerField(help_text="Counts the children of the slice.")
    client_order_id = models.CharField(max_length=32, unique=True)
    venue_order_id = models.CharField(max_length=64, blank=True)
    order_type = models.CharField(max_length=6, choices=OrderType.choices)
    time_in_force = models.CharField(max_length=3, choices=TimeInForce.choices)
    price = AmountField(null=True, blank=True)
    quantity = AmountField()
    filled_quantity = AmountField(default=Decimal(0))
    state = models.CharField(max_length=9, choices=CHILD_STATES, default=ChildState.INTENT.value)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True, help_text="When its venue's stream told last that something happened to it.")
    reason = models.CharField(max_length=200)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="children", db_index=False)
    refusal_code = models.CharField(max_length=60, blank=True)
    refusal_reason = models.CharField(max_length=300, blank=True)
    mid_at_decision = AmountField()
    decided_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="Last answer of the venue about this order.")
    ended_at = models.DateTimeField(null=True, blank=True)
    lookups = models.PositiveSmallIntegerField(default=0, help_text="Fruitless lookups of an unknown outcome.")

    class Meta:
        ordering = ["parent_id", "slice_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["slice", "number"], name="child_number_is_unique_per_slice"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="child_quantity_is_positive"),
            models.CheckConstraint(condition=Q(filled_quantity__gte=0), name="child_fill_is_not_negative"),
            models.CheckConstraint(condition=Q(order_type="market") | Q(price__gt=0), name="limit_child_has_a_price"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in ChildState]), name="child_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["slice"], name="live_children", condition=Q(state__in=sorted(s.value for s in LIVE_CHILDREN))),
            models.Index(fields=["venue", "-decided_at"], name="children_of_a_venue"),
        ]

    def __str__(self) -> str:
        return f"C-{self.slice.number}-{self.number:02d}"

    @property
    def remaining_quantity(self) -> Decimal:
        """Return what may still fill at the venue, base currency."""
        remaining: Decimal = self.quantity - self.filled_quantity
        return remaining


class Fill(models.Model):
    """One execution, recorded once: (venue, symbol, trade id) names it."""

    child = models.ForeignKey(ChildOrder, on_delete=models.PROTECT, related_name="fills")
    parent = models.ForeignKey(ParentOrder, on_delete=models.PROTECT, related_name="fills")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="fills")
    symbol = models.CharField(max_length=30)
    trade_id = models.CharField(max_length=64)
    price = AmountField()
    quantity = AmountField()
    fee = AmountField()
    fee_currency = models.CharField(max_length=15)
    fee_quote = AmountField(null=True, help_text="Fee in quote currency, at the fill price when charged in base; none in a third.")
    is_maker = models.BooleanField()
    mid = AmountField(null=True, blank=True, help_text="Mid when the fill was recorded; none without a fresh book.")
    traded_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["traded_at", "id"]
        indexes = [models.Index(fields=["traded_at"], name="fills_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol", "trade_id"], name="a_trade_is_recorded_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(price__gt=0), name="fill_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} at {self.price}"
