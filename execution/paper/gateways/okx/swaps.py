"""OKX's shapes of what belongs to swaps: mark prices, funding, positions."""

from collections.abc import Iterable
from decimal import Decimal
from zlib import crc32

from execution.paper.accounts import Account
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.instruments import TYPES, instrument_id, plain, price_text, size_text
from execution.paper.listings import ATOMS, Kind
from execution.paper.pair import Pair
from execution.paper.positions import Position

MAINTENANCE = Decimal("0.004")  # of notional, OKX's lowest tier of BTC
EIGHT_PLACES = Decimal("1e-8")
RATE_UNIT = Decimal("1e-8")


class Swaps:
    """The swaps of one venue."""

    def __init__(self, core: Core) -> None:
        self._venue = core.venue

    def mark_text(self, pair: Pair) -> str:
        """Write the mark price."""
        return price_text(pair.listing, pair.mark_price())

    def unrealised(self, account: Account) -> Decimal:
        """Return the profit of all open positions at mark prices, in quote currency."""
        return Decimal(self._venue.margin(account).unrealised) / ATOMS

    def positions_json(self, account: Account, now_ms: int, symbols: Iterable[str] | None = None, *, with_flat: bool = False) -> list[Json]:
        """Return the positions in some swaps, or in all; flat ones only where a change is told."""
        held = {position.symbol: position for position in self._venue.positions(account)}
        pairs = [pair for pair in self._venue.pairs_of(Kind.PERPETUAL) if symbols is None or pair.listing.symbol in set(symbols)]
        rows = [(pair, held.get(pair.listing.symbol)) for pair in pairs]
        return [
            self._position_json(position or Position(symbol=pair.listing.symbol), pair, now_ms)
            for pair, position in rows
            if position is not None or with_flat
        ]

    def _position_json(self, position: Position, pair: Pair, now_ms: int) -> Json:
        """Return a net position, sizes in contracts, negative when short."""
        listing, lots, mark = pair.listing, position.lots, self.mark_text(pair)
        notional = abs(listing.quantity(lots)) * Decimal(mark)
        profit = Decimal(position.unrealised_units(pair.mark_price()) * listing.quote_atoms_per_unit) / ATOMS
        margin = (notional / position.leverage).quantize(EIGHT_PLACES)
        realised, funding = (Decimal(atoms) / ATOMS for atoms in (position.realised_atoms, position.funding_atoms))
        return {
            "adl": "1" if lots else "0",
            "availPos": size_text(listing, lots),
            "avgPx": plain(position.entry_price(listing)) if lots else "",
            "baseBal": "",
            "cTime": str(now_ms),
            "ccy": listing.quote,
            "fee": "0",
            "fundingFee": plain(funding),
            "idxPx": price_text(listing, pair.index_price()),
            "imr": plain(margin),
            "instId": instrument_id(listing),
            "instType": TYPES[listing.kind],
            "interest": "",
            "last": price_text(listing, pair.tape[-1].price) if pair.tape else "",
            "lever": str(position.leverage),
            "liab": "",
            "liabCcy": "",
            "liqPx": "",
            "margin": "",
            "markPx": mark,
            "mgnMode": "cross",
            "mgnRatio": "",
            "mmr": plain((notional * MAINTENANCE).quantize(EIGHT_PLACES)),
            "notionalUsd": plain(notional),
            "optVal": "",
            "pTime": str(now_ms),
            "pnl": plain(realised),
            "pos": size_text(listing, lots),
            "posCcy": "",
            "posId": str(crc32(instrument_id(listing).encode())),
            "posSide": "net",
            "quoteBal": "",
            "realizedPnl": plain(realised + funding),
            "tradeId": "",
            "uTime": str(now_ms),
            "upl": plain(profit),
            "uplRatio": plain((profit / margin).quantize(EIGHT_PLACES)) if margin else "",
            "usdPx": "",
        }

    def funding_json(self, pair: Pair, now_ms: int) -> Json:
        """Return the rate of the coming payment."""
        pair.wake()
        due = self._venue.next_funding_ms(now_ms)
        return {
            "formulaType": "withRate",
            "fundingRate": plain(pair.funding_rate_e8 * RATE_UNIT),
            "fundingTime": str(due),
            "instId": instrument_id(pair.listing),
            "instType": TYPES[pair.listing.kind],
            "maxFundingRate": "0.00375",
            "method": "current_period",
            "minFundingRate": "-0.00375",
            "nextFundingRate": "",
            "nextFundingTime": str(due + self._venue.profile.funding_interval_ms),
            "premium": plain((Decimal(pair.mark_price() - pair.index_price()) / (pair.index_price() or 1)).quantize(EIGHT_PLACES)),
            "settFundingRate": plain(pair.funding_rates[-1].rate_e8 * RATE_UNIT) if pair.funding_rates else "",
            "settState": "settled",
            "ts": str(now_ms),
        }

    def funding_history(self, pair: Pair) -> list[Json]:
        """Return the payments since the exchange started."""
        return [
            {
                "formulaType": "withRate",
                "fundingRate": plain(paid.rate_e8 * RATE_UNIT),
                "fundingTime": str(paid.time_ms),
                "instId": instrument_id(pair.listing),
                "instType": TYPES[pair.listing.kind],
                "method": "current_period",
                "realizedRate": plain(paid.rate_e8 * RATE_UNIT),
            }
            for paid in pair.funding_rates
        ]
