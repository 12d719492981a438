"""A whole desk, as `make run` starts it, seen from outside: over HTTP with the trader's token, and the venues' own records."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dipmaster import seeds
from dipmaster.embedded import services
from dipmaster.embedded.processes import Desk
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDesk:
    """The running desk and how to sign in."""

    desk: Desk
    username: str
    password: str
    token: str

    @property
    def address(self) -> str:
        return self.desk.address

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Call the API; return status and answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = Request(f"{self.address}/api/v1{path}", data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def submit(self, **fields: Any) -> dict[str, Any]:
        """Submit an order as soon as there is a price for it."""
        body = {"symbol": "BTCUSDT", "side": "buy", "quantity": "0.05", "mode": "balanced", "duration_minutes": "0.5"} | fields
        found: dict[str, Any] = {}

        def accepted() -> bool:
            status, answer = self.call("POST", "/orders/", body)
            assert status == 201 or answer["errors"][0]["code"] == "NO_MARKET", answer
            found.update(answer)
            return status == 201

        wait_until(accepted)
        return found

    def order(self, order_id: int) -> dict[str, Any]:
        status, answer = self.call("GET", f"/orders/{order_id}/")
        assert status == 200, answer
        return dict(answer)

    def parts(self, order_id: int, name: str) -> list[dict[str, Any]]:
        """Return the order's slices, children, fills or events, all pages of them."""
        found: list[dict[str, Any]] = []
        path = f"/orders/{order_id}/{name}/"
        while path:
            status, answer = self.call("GET", path)
            assert status == 200, answer
            found += answer["results"]
            path = (answer["next"] or "").removeprefix(f"{self.address}/api/v1")
        return found

    def wait_for_end(self, order_id: int) -> dict[str, Any]:
        wait_until(lambda: self.order(order_id)["completed_at"] is not None)
        return self.order(order_id)

    def venue_records(self, order_id: int) -> list[dict[str, Any]]:
        """Return what the venues have on record of the order's children."""
        ours = {child["client_order_id"] for child in self.parts(order_id, "children")}
        found = []
        for venue in ("binance", "okx", "bybit", "coinbase"):
            with urlopen(f"{self.desk.paper_url}/control/orders?venue={venue}", timeout=30) as answer:
                accounts = json.load(answer)
            found += [record for account in accounts.values() for record in account["orders"] if record["client_id"] in ours]
        return found

    def assert_whole(self, order_id: int) -> None:
        """Order, slices, children, fills and the venues' records tell the same quantity, and nothing was placed twice."""
        filled = Decimal(self.order(order_id)["filled_quantity"])
        records = self.venue_records(order_id)
        names = [record["client_id"] for record in records]
        assert len(names) == len(set(names))
        assert sum(Decimal(record["executed"]) for record in records) == filled
        assert sum(Decimal(fill["quantity"]) for fill in self.parts(order_id, "fills")) == filled
        assert sum(Decimal(child["filled_quantity"]) for child in self.parts(order_id, "children")) == filled
        slices = self.parts(order_id, "slices")
        assert sum(Decimal(part["quantity"]) - Decimal(part["returned_quantity"]) for part in slices) == filled


@contextmanager
def start(var: Path) -> Iterator[LiveDesk]:
    """Start a desk in an empty folder, with a paper exchange of its own, and stop it in the end."""
    services.stop(var)  # left by a session that was killed
    shutil.rmtree(var, ignore_errors=True)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("PAPER_EXCHANGE_URL", raising=False)  # it names the session's, once another test has asked for that
            desk = stack.enter_context(Desk(var, paper_args=("--seed", "5")))
        known = seeds.read_sign_in(var)
        name = seeds.TRADER
        yield LiveDesk(desk=desk, username=name, password=known[name], token=known[f"{name}-api-token"])
