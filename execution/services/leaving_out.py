"""Say which venues get no new orders, and why: in an order's log once for each change, on the screen while it holds up a slice."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from execution.domain.lifecycle import LIVE_CHILDREN, OrderState
from execution.models import ChildOrder, ParentOrder
from execution.selectors.work import OrderMarket
from execution.services.change import Change


def note_left_out(changing: Change, order: ParentOrder, market: OrderMarket, titles: Mapping[str, str], live: Iterable[ChildOrder]) -> None:
    """Compare with what the order's row says, log the difference and keep it in the row; `live` are the order's live children."""
    if order.state != OrderState.WORKING:
        return
    now = {venue: health.state.word for venue, health in market.left_out.items()}
    before: dict[str, str] = order.left_out
    if now == before:
        return
    held = held_by(live)
    for venue in sorted(now):
        if before.get(venue) != now[venue]:
            health = market.left_out[venue]
            text = f"{titles[venue]} left out of new orders: {now[venue]}, {health.reason}"
            kept = held.get(venue)
            if kept:
                text += f". {_amount(kept)} {order.instrument.base} rest there: withdrawn, and counted until their end is proven"
            changing.log(order, "venue_left_out", text, venue=venue, state=now[venue], reason=health.reason, held=str(kept or 0))
    for venue in sorted(before.keys() - now.keys()):
        changing.log(order, "venue_taken_back", f"{titles.get(venue, venue)} gets new orders again", venue=venue)
    order.left_out = now


def held_by(children: Iterable[ChildOrder]) -> dict[str, Decimal]:
    """Return by venue what its live orders may still fill, base currency."""
    held: dict[str, Decimal] = {}
    for child in children:
        if child.state in LIVE_CHILDREN and child.remaining_quantity > 0:
            held[child.venue.name] = held.get(child.venue.name, Decimal(0)) + child.remaining_quantity
    return held


def with_left_out(reason: str, market: OrderMarket, titles: Mapping[str, str], children: Iterable[ChildOrder]) -> str:
    """Add to a slice's reason the venues whose health is why none can be used, or that still hold some of it."""
    held = held_by(children)
    named = {venue: health for venue, health in sorted(market.left_out.items()) if venue in held or not market.open_books}
    if not named:
        return reason
    return (
        f"{reason} (left out: {', '.join(_in_words(titles[venue], health.state.word, held.get(venue)) for venue, health in named.items())})"
    )


def _in_words(title: str, state: str, held: Decimal | None) -> str:
    return f"{title} {state}" if held is None else f"{title} {state}, {_amount(held)} still there"


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
