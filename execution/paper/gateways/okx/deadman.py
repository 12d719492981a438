"""Cancel All After: what is open when a client falls silent is cancelled by the venue."""

from contextlib import suppress

from execution.paper.accounts import Account
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.params import Params, error, integer, required
from execution.paper.gateways.okx.wire import TIMER
from execution.paper.refusals import Refused
from execution.paper.venue import Venue

SHORTEST_SECONDS, LONGEST_SECONDS = 10, 120


class DeadMan:
    """The running timers, one per account; times are the venue's own, unskewed."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._due: dict[str, int] = {}

    def arm(self, account: Account, params: Params, now_ms: int) -> list[Json]:
        """Start an account's timer anew; zero stops it."""
        required({"timeOut": str(params.get("timeOut", ""))}, "timeOut")
        seconds = integer({"timeOut": str(params["timeOut"])}, "timeOut") or 0
        if seconds and not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise error("timeOut")
        self._due.pop(account.key, None)
        if seconds:
            self._due[account.key] = now_ms + 1000 * seconds
        return [{"triggerTime": str(self._due.get(account.key, 0)), "tag": str(params.get("tag") or ""), "ts": str(now_ms)}]

    def cancel_due(self, now_ms: int) -> bool:
        """Cancel what is open on the accounts whose time is over; tell whether there was any."""
        due = [key for key, moment in self._due.items() if now_ms >= moment]
        for key in due:
            del self._due[key]
            account = self._venue.accounts[key]
            for order in list(account.open_orders.values()):
                with suppress(Refused):  # it has traded in this moment
                    self._venue.cancel(account, order, now_ms, note=TIMER)
        return bool(due)
