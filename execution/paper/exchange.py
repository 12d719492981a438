"""The whole paper exchange without its sockets: venues, journals and the market that feeds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import msgspec

from execution.paper.accounts import Trade
from execution.paper.catalogue import listings_of
from execution.paper.journal import Journal
from execution.paper.market import ModelMarket
from execution.paper.pair import Pair
from execution.paper.profiles import VENUES, FeeAsset
from execution.paper.replay import ReplayMarket
from execution.paper.venue import Venue

PRICES_FILE = "market.json"


class Market(Protocol):
    """What feeds the books."""

    def advance(self, now_ms: int, seconds: float) -> None:
        """Let time pass: prices move, a recording plays."""

    def step_venue(self, name: str, now_ms: int, part: int) -> None:
        """Let a part of one venue's books follow."""

    def note_own_taker(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """Hear what one own order took from one book."""

    def prices(self) -> dict[str, float]:
        """Return the prices to go on from after a restart."""

    def status(self) -> dict[str, object]:
        """Describe the market for the control endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """The secret of an API key, and whether it may withdraw."""

    secret: str
    can_withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to start an exchange; `accounts` by API key."""

    state_dir: Path
    seed: int
    accounts: Mapping[str, ApiKey]
    replay: tuple[Path, ...] = ()
    replay_venue: str = "binance"
    speed: float = 1.0
    fee_assets: Mapping[str, FeeAsset] | None = None


class Exchange:
    """Venues with their accounts, journals and market."""

    def __init__(self, settings: Settings, *, now_ms: int) -> None:
        self.settings = settings
        self.started_ms = now_ms
        self._journals = {name: Journal(settings.state_dir / f"{name}.jsonl") for name in VENUES}
        self.venues = {name: self._open_venue(name, now_ms) for name in VENUES}
        self.market = self._open_market(now_ms)

    def _open_venue(self, name: str, now_ms: int) -> Venue:
        profile = VENUES[name]
        fee_asset = (self.settings.fee_assets or {}).get(name)
        if fee_asset is not None:
            profile = replace(profile, fee_asset=fee_asset)
        venue = Venue(profile, listings_of(name).values(), now_ms=now_ms, journal=self._journals[name].write)
        self._journals[name].restore(venue, now_ms)
        for key in self.settings.accounts:
            venue.open_account(key)
        return venue

    def _open_market(self, now_ms: int) -> Market:
        if self.settings.replay:
            venue = self.venues[self.settings.replay_venue]
            market: Market = ReplayMarket(venue, self.settings.replay, speed=self.settings.speed, now_ms=now_ms)
        else:
            market = ModelMarket(self.venues, seed=self.settings.seed, start_prices=self._kept_prices())
        for venue in self.venues.values():
            venue.hear_takers = market.note_own_taker
        return market

    def _kept_prices(self) -> dict[str, float]:
        path = self.settings.state_dir / PRICES_FILE
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float]) if path.exists() else {}

    def keep_prices(self) -> None:
        """Remember where the model's prices are."""
        prices = self.market.prices()
        if not prices:
            return
        path = self.settings.state_dir / PRICES_FILE
        partial = path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(prices))
        partial.replace(path)

    def step_venue(self, name: str, now_ms: int, part: int) -> None:
        """Let a part of one venue's books follow the market, and its perpetuals pay when they are due."""
        self.market.step_venue(name, now_ms, part)
        self.venues[name].pay_funding(now_ms)

    def status(self, now_ms: int) -> dict[str, object]:
        """Describe the exchange for the control endpoint."""
        return {
            **self.market.status(),
            "uptime_seconds": (now_ms - self.started_ms) / 1000,
            "venues": {
                name: {
                    "symbols": [symbol for symbol, pair in venue.pairs.items() if pair.is_trading],
                    "fees_bps": {kind: [fees.maker_ppm / 100, fees.taker_ppm / 100] for kind, fees in venue.profile.fees.items()},
                    "acknowledgement_ms": venue.profile.acknowledgement_ms,
                    "fee_asset": str(venue.profile.fee_asset),
                }
                for name, venue in self.venues.items()
            },
        }

    def close(self) -> None:
        """Write down what the next start needs."""
        self.keep_prices()
        for journal in self._journals.values():
            journal.close()
