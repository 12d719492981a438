"""As much of ccxt's okx as the dialect looks at: two markets, addresses, and a venue in memory that answers."""

from collections.abc import Callable
from typing import Any

from ccxt.base.errors import ExchangeError

from execution.venues.okx import addresses
from execution.venues.okx.codes import refusal_in

Json = dict[str, Any]


class Markets:
    """BTC/USDT, and its swap of 0.01 BTC a contract; `answers` by the name of ccxt's call, `asked` what was asked of it."""

    def __init__(self, **answers: Callable[[Json], Json]) -> None:
        self.urls = addresses.urls("http://127.0.0.1:8900/okx")
        self.asked: list[tuple[str, Json]] = []
        self._answers = answers

    def market(self, name: str) -> Json:
        swap = ":" in name
        identity = name.partition(":")[0].replace("/", "-")
        return {
            "id": f"{identity}-SWAP" if swap else identity,
            "symbol": name,
            "swap": swap,
            "contract": swap,
            "contractSize": "0.01" if swap else None,
        }

    def __getattr__(self, name: str) -> Any:
        async def call(request: Json | None = None, *rest: Any) -> Json:
            if name == "cancel_order":
                request = rest[1]
            self.asked.append((name, dict(request or {})))
            answer = self._answers[name](dict(request or {}))
            refusal = refusal_in(answer)
            if refusal is not None and answer["code"] != "0":
                error = ExchangeError(refusal.message)
                error.refusal = refusal
                raise error
            return answer

        return call


def listed(*rows: Json) -> Callable[[Json], Json]:
    """Answer with these rows whatever is asked."""
    return lambda request: {"code": "0", "msg": "", "data": list(rows)}


def denied(request: Json) -> Json:
    """Answer that there is no such order."""
    return {"code": "51603", "msg": "Order does not exist", "data": []}


def paged(rows: list[Json], key: str) -> Callable[[Json], Json]:
    """Answer as OKX's lists do: newest first, older than `after`, `limit` at a time."""

    def answer(request: Json) -> Json:
        after = int(request.get("after") or 10**18)
        newest = sorted((row for row in rows if int(row[key]) < after), key=lambda row: -int(row[key]))
        return {"code": "0", "msg": "", "data": newest[: int(request["limit"])]}

    return answer


def order_row(number: int, client_order_id: str, **changes: Any) -> Json:
    row = {"ordId": str(number), "clOrdId": client_order_id, "instId": "BTC-USDT", "state": "live", "accFillSz": "0", "side": "buy"}
    return {**row, **changes}


def fill_row(number: int, **changes: Any) -> Json:
    row = {
        "instId": "BTC-USDT",
        "tradeId": str(number),
        "billId": str(number),
        "ordId": "7",
        "clOrdId": "ours1",
        "side": "buy",
        "fillPx": "42000.5",
        "fillSz": "0.001",
        "fee": "-0.042",
        "feeCcy": "USDT",
        "execType": "T",
        "fillTime": "1625097600000",
        "ts": "1625097600001",
    }
    return {**row, **changes}
