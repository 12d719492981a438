"""The sets of rules that slices are worked by, and what is known of the last minute beside the books."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentMarket:
    """What the last half minute was like; none: not known.

    `volatility_bps`: root mean square return of the mid a root second. `toxicity`: 0 to 1, one half as usual (`signals.toxicity`).
    """

    volatility_bps: float | None = None
    toxicity: float | None = None


NOTHING_RECENT: Final = RecentMarket()


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticPreset:
    """One set of rules. What it says of leaning: own queue less opposite queue over both, -1 to 1; above 0 the price leans away from us."""

    name: str
    weighs_costs: bool = False
    """Rest only where that saves more than the price is expected to move against us after the fill, and then do not cross before the end
    unless patience is short; else take. Without it: rest anywhere, cross when patience ends."""
    lingers: float = 0.0
    """A patient slice goes on resting so many times its length after its end, and keeps its place in the queue; near the order's end it
    rests to that, and is crossed then. 0: what is left goes back to the plan."""
    takes_above: float | None = None
    """Where taking is cheaper, take when the touch leans by this or more, or when patience ends; none: at once."""
    step_back: float = 0.0
    """Rest this share of the price's usual move over the slice's remaining time behind the best price."""
    follows_beyond_bps: float = 0.3
    """An order that the price it should rest at has left by less stays: its place in the queue is worth more."""
    withdraws_below: float | None = None
    """Withdraw and post nothing while the touch leans by less: what rests is about to be run over."""
    improves_from_ticks: int | None = None
    """Rest a tick inside a spread of so many ticks or more."""
    spread_shares: tuple[float, float, float] | None = None
    """Limit prices from the mid towards the far touch, as a share of the spread: own queue longer than the other, equal, shorter."""
    minds_toxicity: bool = False
    """Trade less and less aggressively in toxic markets, more in calm ones."""


DEFAULT: Final = TacticPreset(name="default", weighs_costs=True, lingers=2.0, takes_above=0.2, step_back=0.25, follows_beyond_bps=0.6)
OWNER: Final = TacticPreset(name="owner", spread_shares=(0.6, 0.4, 0.2), minds_toxicity=True)
JOIN: Final = TacticPreset(name="join")
PRESETS: Final = MappingProxyType({preset.name: preset for preset in (DEFAULT, OWNER, JOIN)})
"""What an order can be worked by."""
UNLESS_CHOSEN: Final = JOIN
"""What an order is worked by that names none: pre-trade's shares of resting and the lab's tables are of this one."""
