"""Where one venue's books and trades go: to Redis and into bars."""

from execution.domain.book_keeping import BookKeeper
from execution.domain.streams import StreamStatus, StreamTally
from execution.management.feed.plan import Watched
from execution.market.bars import BarBuilder
from execution.market.book_writer import BookWriter
from execution.venues.dialect import PublicTrade


class VenueMarket:
    """One venue's way to Redis and into bars; counts over all its connections."""

    def __init__(self, watched: Watched, *, writer: BookWriter, bars: BarBuilder) -> None:
        self.tallies = {symbol: StreamTally() for symbol in watched.symbols}
        self._venue, self._venue_id = watched.account.name, watched.venue_id
        self._instruments = dict(watched.instruments)
        self._writer = writer
        self._bars = bars

    def show(self, symbol: str, book: BookKeeper, received_us: int) -> None:
        """Have a book written, and note its touch."""
        self._writer.put(self._venue, symbol, book, received_us)
        self._bars.set_touch(
            venue_id=self._venue_id,
            instrument_id=self._instruments[symbol],
            second=received_us // 1_000_000,
            bid=book.bids.best_price,
            ask=book.asks.best_price,
        )

    def hide(self, symbol: str) -> None:
        """Have a book removed."""
        self._writer.remove(self._venue, symbol)

    def count(self, trade: PublicTrade) -> None:
        """Count a trade into its bar."""
        self._bars.add_trade(
            venue_id=self._venue_id,
            instrument_id=self._instruments[trade.symbol],
            at=trade.traded_at,
            price=trade.price,
            quantity=trade.quantity,
        )

    def statuses(self) -> list[StreamStatus]:
        """Return how each book's stream does."""
        return [tally.status(venue=self._venue, symbol=symbol) for symbol, tally in self.tallies.items()]
