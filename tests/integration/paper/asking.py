"""How tests ask the paper exchange: until it answers so, and past its venues' protocols."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from tests.waiting import PATIENCE_SECONDS

_numbers = count(1)


async def eventually(probe: Callable[[], Awaitable[Any]], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the first true answer of a probe."""
    async with asyncio.timeout(seconds):
        while not (answer := await probe()):
            await asyncio.sleep(0.02)
        return answer


def control(base_url: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the exchange past its venues' protocols."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{base_url}/control/{path}", method=method, data=data), timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def fresh_id() -> str:
    """Return a client id that no order has."""
    return f"test{next(_numbers)}"
