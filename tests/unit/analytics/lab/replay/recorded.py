"""Small recordings, written as a venue's messages would be."""

import json
from collections.abc import Sequence
from typing import Any

START_MS = 1_723_161_253_000
Line = tuple[float, dict[str, Any]]
Levels = Sequence[tuple[str, str]]


class Market:
    """Messages of one symbol, numbered as they are made; prices around 100 on a tick of 0.1, quantities on a lot of 0.01."""

    def __init__(self) -> None:
        self.last = 10
        bids = [("99.9", "5"), ("99.8", "7.01"), ("99.5", "20")]
        asks = [("100.1", "4"), ("100.2", "6"), ("100.5", "30")]
        self.lines: list[Line] = [(0.0, {"lastUpdateId": 10, "bids": bids, "asks": asks})]
        self.depth(0.0)

    def depth(self, at: float, *, bids: Levels = (), asks: Levels = (), received: float | None = None) -> "Market":
        """Add a change of the book."""
        self.last += 1
        data = {"e": "depthUpdate", "E": _ms(at), "s": "BTCUSDT", "U": self.last, "u": self.last, "b": list(bids), "a": list(asks)}
        self.lines.append((at if received is None else received, {"stream": "btcusdt@depth@100ms", "data": data}))
        return self

    def trade(self, at: float, price: str, quantity: str, *, sold: bool, received: float | None = None) -> "Market":
        """Add a trade; `sold` when its taker sold."""
        data = {"e": "trade", "E": _ms(at), "s": "BTCUSDT", "t": 1, "p": price, "q": quantity, "T": _ms(at), "m": sold}
        self.lines.append((at if received is None else received, {"stream": "btcusdt@trade", "data": data}))
        return self

    def snapshot(self, at: float, last: int, *, bids: Levels, asks: Levels) -> "Market":
        """Add a whole book, after which changes go on from its number."""
        self.last = last
        self.lines.append((at, {"lastUpdateId": last, "bids": list(bids), "asks": list(asks)}))
        return self

    def skip(self) -> "Market":
        """Lose a change."""
        self.last += 1
        return self


def _ms(at: float) -> int:
    return START_MS + round(at * 1000)


def at_ns(seconds: float) -> int:
    """Return the time so long after the start."""
    return START_MS * 1_000_000 + round(seconds * 1e9)


def text(lines: Sequence[Line], *, behind_ns: int = 0) -> str:
    return "".join(f"{at_ns(seconds) - behind_ns} {json.dumps(message)}\n" for seconds, message in lines)
