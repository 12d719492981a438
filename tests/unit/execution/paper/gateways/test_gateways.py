"""Every venue has a gateway of the same shape."""

import pytest

from execution.paper.gateways import gateway_of
from execution.paper.gateways.base import Gateway
from execution.paper.profiles import VENUES


@pytest.mark.parametrize("name", sorted(VENUES))
def test_each_venue_speaks_through_a_gateway_of_its_own(name: str) -> None:
    gateway = gateway_of(name)
    offered = {method for method in vars(Gateway) if not method.startswith("_")}
    assert gateway.__module__.startswith(f"execution.paper.gateways.{name}.")
    assert offered <= set(dir(gateway))


def test_an_unknown_venue_has_none() -> None:
    with pytest.raises(ModuleNotFoundError):
        gateway_of("nowhere")
