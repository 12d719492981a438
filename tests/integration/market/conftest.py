"""A feed in a thread of its own, on a venue that a proxy stands before."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pytest_django import Settings

from dipmaster.accounts.models import Desk, User
from execution.management.feed import process
from execution.models import ChildOrder, Instrument, ParentOrder, Slice, Venue
from execution.paper.process import PaperProcess
from execution.services import executions
from execution.venues import session
from risk.models import Exposure
from tests.integration.venues.conftest import background, proxy  # noqa: F401 - fixtures
from tests.integration.venues.proxy import Proxy
from tests.waiting import PATIENCE_SECONDS

ORDERED = Decimal(1)


class RunningFeed:
    """The feed process, but for the process."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await process.Feed(record=executions.record, nudge=executions.nudge).run(self._stop)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS), "the feed does not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the feed does not stop"


@pytest.fixture
def venue(transactional_db: None, proxy: Proxy, settings: Settings) -> Iterator[Venue]:  # noqa: F811
    """The one enabled venue, reached through the proxy."""
    from dipmaster import seeds

    seeds.make_venues()
    settings.VENUE_TIMEOUT_SECONDS = 3.0
    Venue.objects.exclude(name="binance").update(is_enabled=False)
    for row in Venue.objects.all():
        Venue.objects.filter(pk=row.pk).update(base_url=f"{proxy.url}/{row.name}")
    yield Venue.objects.get(name="binance")
    session.close()


@pytest.fixture
def feed(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningFeed]:
    monkeypatch.setattr(process, "PLAN_SECONDS", 0.2)
    running = RunningFeed()
    running.start()
    yield running
    running.stop()


class Faults:
    """What the paper exchange is made to do wrong."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/control/faults"

    def add(self, **asked: Any) -> None:
        with urlopen(Request(self._url, data=json.dumps(asked).encode(), method="POST"), timeout=30) as answer:
            assert answer.status == 201

    def clear(self) -> None:
        with urlopen(Request(self._url, method="DELETE"), timeout=30) as answer:
            assert answer.status == 200


@pytest.fixture
def faults(paper_exchange: PaperProcess) -> Iterator[Faults]:
    faults = Faults(paper_exchange.base_url)
    yield faults
    faults.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A parent order that works, and a maker of its children."""

    parent: ParentOrder
    slice: Slice
    child: Callable[[str], ChildOrder]


@pytest.fixture
def working(venue: Venue) -> Working:
    """An order of 1 BTC with everything reserved."""
    now = datetime.now(UTC)
    desk = Desk.objects.create(name="Feed desk")
    user = User.objects.create_user(username="fay", password="a long enough password", desk=desk)
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", reserved_buy=ORDERED)
    parent = ParentOrder.objects.create(
        desk=desk,
        trader=user,
        instrument=Instrument.objects.get(symbol="BTCUSDT"),
        client_order_id="feed",
        request_hash="0" * 64,
        side="buy",
        quantity=ORDERED,
        algorithm="twap",
        start_at=now,
        end_at=now + timedelta(minutes=5),
        state="working",
        decision_mid=Decimal(60000),
        created_at=now,
    )
    window = {"start_at": parent.start_at, "end_at": parent.end_at, "next_action_at": parent.end_at}
    part = Slice.objects.create(parent=parent, number=1, quantity=ORDERED, state="working", **window)

    def child(client_order_id: str) -> ChildOrder:
        return ChildOrder.objects.create(
            slice=part,
            parent=parent,
            venue=venue,
            number=part.children.count() + 1,
            client_order_id=client_order_id,
            order_type="limit",
            time_in_force="IOC",
            price=Decimal(90000),
            quantity=Decimal("0.01"),
            reason="test",
            mid_at_decision=Decimal(60000),
            decided_at=now,
        )

    return Working(parent=parent, slice=part, child=child)
