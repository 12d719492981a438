"""End by hand what no machine can prove: a child order that its venue confirmed once and denies ever since."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from dipmaster.accounts.models import User
from execution.domain.lifecycle import LIVE_SLICES, ChildState, move_child
from execution.models import ChildOrder, Slice
from execution.services.change import Change, change
from execution.services.settling import FRUITLESS_LOOKUPS, may_still_arrive

RESOLVED_BY_HAND = "RESOLVED_BY_HAND"
LONGEST_REASON = 200


class NotResolvable(Exception):
    """The child is not to be ended by hand, by this user or now; nothing was changed."""


def resolve_by_hand(*, user: User, child_id: int, reason: str, now: datetime) -> ChildOrder:
    """Take a child for ended with what it has filled, on an administrator's word, and free what it held back.

    Its slice goes on at once, and the order plans the rest again or ends. A fill that is told later is still recorded.

    Raises:
        NotResolvable: the user is no administrator, gives no reason, or the venue has not denied the order often enough.
    """
    if not user.is_staff:
        raise NotResolvable(_("Only administrators may end an order by hand."))
    word = reason.strip()
    if not word:
        raise NotResolvable(_("Give a reason: it stays in the order's log."))
    found = ChildOrder.objects.filter(pk=child_id).values_list("parent_id", flat=True)
    with change(found, now=now) as changing:
        child = ChildOrder.objects.select_related("venue", "slice").filter(pk=child_id).first()
        _require_denied(child, now)
        assert child is not None
        _end(changing, child, user, word[:LONGEST_REASON])
        return child


def _require_denied(child: ChildOrder | None, now: datetime) -> None:
    if child is None or child.state != ChildState.UNKNOWN:
        raise NotResolvable(_("Its outcome is not unknown (any more): look at the order's page."))
    if child.lookups < FRUITLESS_LOOKUPS:
        counts = {"venue": child.venue.title, "count": child.lookups, "wanted": FRUITLESS_LOOKUPS}
        raise NotResolvable(
            _("%(venue)s has denied the order %(count)s of %(wanted)s times: wait, it may only be slow to find it.") % counts
        )
    if may_still_arrive(child, now):
        raise NotResolvable(_("It may still be on its way to the venue: wait a minute."))


def _end(changing: Change, child: ChildOrder, user: User, reason: str) -> None:
    child.state = move_child(ChildState(child.state), ChildState.CANCELLED)
    child.ended_at = changing.now
    child.refusal_code = RESOLVED_BY_HAND
    child.refusal_reason = f"{user.get_username()}: {reason}"[:300]
    child.save(update_fields=["state", "ended_at", "refusal_code", "refusal_reason"])
    order = changing.orders[child.parent_id]
    freed = max(child.remaining_quantity, Decimal(0))
    text = f"{child} at {child.venue.title} taken for ended by {user.get_username()}, {freed.normalize():f} freed: {reason}"
    changing.log(
        order,
        "child_resolved_by_hand",
        text,
        child=str(child),
        user=user.get_username(),
        reason=reason,
        freed=str(freed),
        denials=child.lookups,
    )
    if Slice.objects.filter(pk=child.slice_id, state__in=LIVE_SLICES).update(next_action_at=changing.now):
        changing.wake()
    elif order.is_live:
        changing.review(order, changing.now)
