"""What executed flow does to the price: one square root per stream and timescale."""

import math

from execution.market_model.compiled import compiled
from execution.market_model.layout import World


@compiled
def impact_of(flow: float, strength: float, knee: float) -> float:
    """Return the impact in bps of a stream's decayed signed flow (USD millions).

    h(D) = sgn(D) c sqrt|D| D^2 / (D^2 + d^2): a square root above the knee d, nothing much below it.
    """
    square = flow * flow
    if square == 0.0:
        return 0.0
    return math.copysign(strength * math.sqrt(abs(flow)) * square / (square + knee * knee), flow)


@compiled
def push_pool(world: World, signed_usd: float) -> None:
    """Add a lone trade's impact to what the background pools."""
    for scale in range(3):
        world.pooled[scale] += impact_of(signed_usd * 1e-6, world.strength[scale], world.knee[scale])


@compiled
def step_impact(world: World) -> None:
    """Let one grid step pass: memory fades and impact follows its target I* = sum P_j + sum h_j(D_own,j)."""
    target = 0.0
    for scale in range(3):
        world.pooled[scale] *= world.pooled_decay[scale]
        target += world.pooled[scale]
    if world.has_own_flow:
        world.prompt_flow *= world.prompt_decay
        own = 0.0
        for scale in range(3):
            world.own_flow[scale] *= world.own_decay[scale]
            own += impact_of(world.own_flow[scale], world.strength[scale], world.knee[scale])
        world.own_impact += (own - world.own_impact) * world.lag_share
        target += own
    world.impact += (target - world.impact) * world.lag_share
