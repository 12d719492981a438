"""How the kernels' state lies in memory. Side 0 is the bid, side 1 the ask; levels are whole ticks from the start of the path."""

from typing import Any

import numpy as np
import numpy.typing as npt

GRID_SECONDS = 0.02
GRID_PER_SECOND = 50
BLOCK_SECONDS = 60
GRID_PER_BLOCK = BLOCK_SECONDS * GRID_PER_SECOND
BASIS_EVERY = 5  # grid steps
RING = 4096  # price levels per side whose consumption is remembered; a power of two
DUST_USD = 1e-6
FAR = 1 << 40  # a level beyond every book
NO_LEVEL = -(1 << 62)
EPOCH_SECONDS = 10.0
MOST_ORDERS = 256
MOST_VENUES = 8
MOST_ACTIONS = 1024
MOST_EVENTS = 1024
TAPE_ROWS = 4096
SAMPLE_ROWS = 1024
DEPTH_BANDS_BPS = (5, 10, 25)

MAKER, QUEUE, NOISE, INFORMED = 0, 1, 2, 3  # kinds of candidates
BY_NOISE, BY_INFORMED, BY_CHILD, BY_OWN, BY_REQUOTE = 0, 1, 2, 3, 4  # who took, on the tape
MARKET, IOC, LIMIT, POST_ONLY, CANCEL = 0, 1, 2, 3, 4  # own actions
ACCEPTED, REJECTED, FILLED, ENDED = 0, 1, 2, 3  # own events
NO_REASON, WOULD_CROSS, OWN_CROSSING, TOO_MANY, UNFILLED, CANCELLED, COMPLETE = 0, 1, 2, 3, 4, 5, 6
REACHED, STOPPED, BLOCK_END, NO_ROOM = 0, 1, 2, 3  # why a kernel returned

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Records = npt.NDArray[Any]
World = Any  # one record of WORLD_RECORD, as kernels see it

f8, i8, u8 = "f8", "i8", "u8"

VENUE_RECORD = np.dtype(
    [
        ("tick", f8), ("share", f8), ("latency_steps", i8), ("depth", f8), ("threshold", f8), ("queue_usd", f8),
        ("next_at", f8), ("cursor", i8), ("reference", f8), ("target", f8), ("basis", f8),
        ("level", i8, (2,)), ("queue", f8, (2,)), ("extra", i8, (2,)), ("requoted_at", f8, (2,)), ("own", i8, (2,)),
        ("traded_usd", f8), ("traded_value", f8), ("own_impact", f8), ("prompt", f8),
    ],
    align=True,
)  # fmt: skip

STREAMS_RECORD = np.dtype(
    [
        ("count", i8), ("hazard", f8), ("per_second", f8), ("shortest", f8), ("child_rate", f8), ("child_rate_sd", f8),
        ("burst", f8), ("burst_seconds", f8), ("child_mu", f8), ("child_sd", f8), ("stream_sd", f8), ("cap", f8),
        ("strength", f8, (3,)), ("knee", f8, (3,)),
    ],
    align=True,
)  # fmt: skip
STREAM_RECORD = np.dtype(
    [("next_at", f8), ("at", f8), ("sign", i8), ("left", i8), ("log_scale", f8), ("rate", f8), ("flow", f8, (3,))], align=True
)
CANDIDATE_RECORD = np.dtype([("time", f8), ("kind", i8), ("uniform", f8, (5,))], align=True)
CHILD_RECORD = np.dtype([("time", f8), ("venue", i8), ("sign", i8), ("usd", f8), ("push", f8, (3,))], align=True)

PRICE_RECORD = np.dtype(
    [
        ("price", f8), ("volatility", f8), ("log_activity", f8), ("sigma", f8), ("jump_rate", f8), ("jump_sd", f8), ("jump_left", f8),
        ("volatility_sd", f8), ("activity_sd", f8), ("regime_activity", f8),
    ],
    align=True,
)  # fmt: skip

ORDER_RECORD = np.dtype([("id", i8), ("venue", i8), ("side", i8), ("level", i8), ("remaining", f8), ("ahead", f8)], align=True)
ACTION_RECORD = np.dtype([("arrival", f8), ("id", i8), ("kind", i8), ("venue", i8), ("side", i8), ("level", i8), ("usd", f8)], align=True)
EVENT_RECORD = np.dtype(
    [("time", f8), ("id", i8), ("kind", i8), ("reason", i8), ("is_maker", i8), ("price", f8), ("last_level", i8), ("usd", f8)], align=True
)
TAPE_RECORD = np.dtype(
    [("time", f8), ("venue", i8), ("sign", i8), ("price", f8), ("last_price", f8), ("usd", f8), ("own_usd", f8), ("kind", i8)], align=True
)

WORLD_RECORD = np.dtype(
    [
        ("time", f8), ("block_start", f8), ("grid", i8), ("grid_total", i8), ("venue_count", i8),
        ("child_next", i8), ("child_count", i8), ("action_next", i8), ("action_count", i8),
        ("order_count", i8), ("event_count", i8), ("tape_count", i8), ("is_recording", i8),
        ("sample_count", i8), ("sample_total", i8), ("sample_every", i8), ("depth_every", i8),
        ("impact", f8), ("pooled", f8, (3,)), ("own_flow", f8, (3,)), ("own_impact", f8), ("has_own_flow", i8),
        ("prompt_flow", f8), ("prompt_decay", f8), ("prompt_strength", f8),
        ("key", u8), ("pooled_decay", f8, (3,)), ("own_decay", f8, (3,)), ("lag_share", f8),
        ("strength", f8, (3,)), ("knee", f8, (3,)), ("density", f8, (5,)), ("density_to", f8, (5,)),
        ("edge", f8), ("queue_slope", f8), ("queue_step", f8), ("refill", f8), ("birth", f8), ("extra_probability", f8),
        ("noise_mu", f8), ("informed_mu", f8), ("size_sd", f8), ("size_cap", f8), ("touch_sd", f8),
        ("imbalance_pull", f8), ("impact_pull", f8), ("impact_scale", f8), ("recovery", f8), ("window", f8),
        ("venues", VENUE_RECORD, (MOST_VENUES,)),
        ("orders", ORDER_RECORD, (MOST_ORDERS,)),
        ("actions", ACTION_RECORD, (MOST_ACTIONS,)),
        ("events", EVENT_RECORD, (MOST_EVENTS,)),
        ("tape", TAPE_RECORD, (TAPE_ROWS,)),
        ("samples", f8, (SAMPLE_ROWS, MOST_VENUES, 4)),  # bid bps, ask bps, bid USD, ask USD
        ("depths", f8, (SAMPLE_ROWS, MOST_VENUES, len(DEPTH_BANDS_BPS))),
        ("price_grid", f8, (2 * GRID_PER_BLOCK,)),  # efficient price: the block before, then this block
        ("impact_grid", f8, (2 * GRID_PER_BLOCK,)),
        ("basis_grid", f8, (MOST_VENUES, GRID_PER_BLOCK // BASIS_EVERY)),
        ("ring_level", i8, (MOST_VENUES, 2, RING)),  # which level a slot speaks of
        ("ring_eaten", f8, (MOST_VENUES, 2, RING)),  # USD consumed there, as of ring_time
        ("ring_time", f8, (MOST_VENUES, 2, RING)),
    ],
    align=True,
)  # fmt: skip
"""One record holds all that kernels share, because a pointer to it passes between them for nothing; arrays of their own do not."""
