"""How much of our own flow moves the price: no more than we paid for, so that no round trip gets out more than it put in.

Executed flow D of one stream moves the price by sum_j h_j(D_j), which lags, and what was executed a moment ago moves it at once by k D_p,
which fades while the other sets in. Had every trade been priced along both, moving it from 0 to D would have cost
H(D) = sum_j integral_0^D_j h_j + k D_p^2 / 2, which is never negative and only fades: round trips would lose (Huberman and Stanzl 2004;
Gatheral 2010).
But the book is cheaper than h and impact lags behind it. Therefore flow is believed only in the share of the rise of H that was paid: H is
convex, so it rises by no more than that, and a lump that the touch swallows for half a tick is hardly believed at all.
"""

import math

from execution.market_model.compiled import compiled
from execution.market_model.layout import World

SQRT2 = math.sqrt(2.0)


@compiled
def cost_along_impact(flow: float, strength: float, knee: float) -> float:
    """Return the integral of `impact_of` from 0 to a flow (USD millions), in bps x USD millions.

    With w = sqrt(|D| / d): c d^1.5 (2/3 w^3 - 2 integral_0^w x^2 / (1 + x^4) dx).
    """
    root = math.sqrt(abs(flow) / knee)
    logarithm = math.log((root * root - SQRT2 * root + 1.0) / (root * root + SQRT2 * root + 1.0)) / (2.0 * SQRT2)
    angle = (math.atan(SQRT2 * root + 1.0) + math.atan(SQRT2 * root - 1.0)) / SQRT2
    return strength * knee * math.sqrt(knee) * max(2.0 / 3.0 * root**3 - logarithm - angle, 0.0)


@compiled
def _cost(world: World, flow: float) -> float:
    """Return H with this much added to own flow."""
    total = 0.5 * world.prompt_strength * (world.prompt_flow + flow) ** 2
    for scale in range(3):
        total += cost_along_impact(world.own_flow[scale] + flow, world.strength[scale], world.knee[scale])
    return float(total)


@compiled
def paid_for(world: World, sign: int, flow: float, paid: float) -> tuple[float, float]:
    """Return how much of a flow (USD millions) lasts and how much moves the price at once: the share of the rise of H that was paid.

    `paid` is in bps x USD millions. A flow against our own lowers its part of H first, and that much always enters.
    """
    rise = _cost(world, sign * flow) - _cost(world, 0.0)
    if rise <= max(paid, 0.0):
        return flow, flow
    against = flow
    for scale in range(3):
        against = min(against, max(-sign * world.own_flow[scale], 0.0))
    believed = flow * paid / rise
    return max(believed, against), max(believed, min(flow, max(-sign * world.prompt_flow, 0.0)))


@compiled
def _push(world: World, signed_flow: float) -> None:
    """Add flow to the one stream that our account is."""
    world.has_own_flow = 1
    for scale in range(3):
        world.own_flow[scale] += signed_flow


@compiled
def push_taken(world: World, v: int, sign: int, usd: float, value: float) -> None:
    """Let what we took (USD, and USD x bps paid) move the price.

    Paid is what was lost against the venue's reference price, and the own impact that this price has held since it was last moved.
    """
    flow = usd * 1e-6
    paid = sign * (value * 1e-6 - flow * (world.venues[v].reference - world.venues[v].own_impact))
    lasting, prompt = paid_for(world, sign, flow, paid)
    world.prompt_flow += sign * prompt
    _push(world, sign * lasting)


@compiled
def push_made(world: World, signed_usd: float) -> None:
    """Let what others took of us move the price, in its weight; what that cost us is not known until it has moved."""
    _push(world, signed_usd * 1e-6)
    world.prompt_flow += signed_usd * 1e-6
