"""What real money needs before anything is sent: a setting of the server, keys of the desk's own, and keys that cannot withdraw."""

from execution.venues.dialect import KeyRights


class LiveModeRefused(RuntimeError):
    """A venue is set to live trading, which is not allowed here and now."""


def require_live(venue: str, *, is_switched_on: bool, has_keys: bool) -> None:
    """Let a venue in live mode pass when everything is in place.

    Raises:
        LiveModeRefused: it says what is missing.
    """
    if not is_switched_on:
        remedy = "set DIPMASTER_LIVE_TRADING=1 and start it again, or set the venue to paper"
        raise LiveModeRefused(f"{venue} is set to live trading, which is switched off on this server: {remedy}")
    if not has_keys:
        raise LiveModeRefused(f"{venue} is set to live trading and has no API key: store one, or set the venue to paper")


def fault_of_key(rights: KeyRights | None, *, venue: str, is_live: bool) -> str:
    """Return why nothing may be placed with a key; empty when it may. On paper a venue need not tell, but what it tells counts."""
    if rights is None:
        return f"{venue} does not tell what its API key may do: live orders need a key that cannot withdraw" if is_live else ""
    if rights.can_withdraw:
        return f"the API key of {venue} may withdraw: replace it by one that may only read and trade"
    if not rights.can_trade:
        return f"the API key of {venue} may not trade: allow it at the venue, or replace it"
    return ""
