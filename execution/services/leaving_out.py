"""Say in an order's log which venues get no new orders of it, and why: once for each change."""

from collections.abc import Mapping

from execution.domain.lifecycle import OrderState
from execution.models import ParentOrder
from execution.selectors.work import OrderMarket
from execution.services.change import Change


def note_left_out(changing: Change, order: ParentOrder, market: OrderMarket, titles: Mapping[str, str]) -> None:
    """Compare with what the order's row says, log the difference and keep it in the row."""
    if order.state != OrderState.WORKING:
        return
    now = {venue: health.state.word for venue, health in market.left_out.items()}
    before: dict[str, str] = order.left_out
    if now == before:
        return
    for venue in sorted(now):
        if before.get(venue) != now[venue]:
            health = market.left_out[venue]
            text = f"{titles[venue]} left out of new orders: {now[venue]}, {health.reason}"
            changing.log(order, "venue_left_out", text, venue=venue, state=now[venue], reason=health.reason)
    for venue in sorted(before.keys() - now.keys()):
        changing.log(order, "venue_taken_back", f"{titles.get(venue, venue)} gets new orders again", venue=venue)
    order.left_out = now


def without_venues(reason: str, market: OrderMarket, titles: Mapping[str, str]) -> str:
    """Add to a slice's reason why no venue can be used, when that is their health."""
    if market.open_books or not market.left_out:
        return reason
    who = ", ".join(f"{titles[venue]} {health.state.word}" for venue, health in sorted(market.left_out.items()))
    return f"{reason} (left out: {who})"
