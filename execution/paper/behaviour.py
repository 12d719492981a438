"""Misbehaviour of a venue's matching core, asked for through the control endpoint; by default none."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Behaviour:
    """What one venue's core does wrong at the moment. The core asks; `execution.paper.faults` sets."""

    fill_share: float | None = None
    """Of what an own taker could trade at once, only this share (0 to 1) trades; the rest of an IOC expires, of a GTC rests."""
    is_racing_cancels: bool = False
    """An open order that is to be cancelled trades whole at its price just before the cancel arrives, which is then too late."""
    hidden_until_ms: int = 0
    """Orders created since `hidden_since_ms` are not found, listed or reported by queries until this time, although they live."""
    hidden_since_ms: int = 0
    position_drift: dict[str, int] = field(default_factory=dict)
    """Lots added to what is reported as the position (perpetual) or free base balance (spot), by house symbol."""
    crossed: set[str] = field(default_factory=set)
    """House symbols whose shown book has a phantom bid above its best ask; nothing trades against it."""
    clock_skew_ms: int = 0
    """Added to the venue's clock: in what it tells and in what it checks timestamps against."""

    def hides(self, created_ms: int, now_ms: int) -> bool:
        """Tell whether queries do not know an order yet."""
        return now_ms < self.hidden_until_ms and created_ms >= self.hidden_since_ms
