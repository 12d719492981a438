"""Sources of fixed markets, importable by other processes."""

from dataclasses import dataclass, field, replace

from tests.unit.analytics.lab.fixed_market import FixedMarket, Rules, wandering


@dataclass(frozen=True, kw_only=True)
class FixedSource:
    """A market whose path of mids follows from symbol, seed and number."""

    name: str = "fixed"
    symbols: tuple[str, ...] = ("BTC", "ETH")
    rules: Rules = field(default_factory=lambda: Rules(fills_after=6.0))

    def background(self, symbol, *, path, seed, minutes):
        return None

    def open(self, symbol, *, path, seed, minutes):
        steps = wandering([seed, path, self.symbols.index(symbol)], seconds=int(minutes * 60) + 120)
        return FixedMarket(replace(self.rules, steps=steps))
