"""What trading on nothing may gain before fees, by shape and size, and what posting on both sides may.

* Orders at market know nothing, so that nobody pays them: 0 is the most. A gain counts once its whole interval lies above it
  (rule "certain"). The least is not asked for; below what the dearest immediate order of a recording costs, 7.3 bps, no such fact belongs.
* Posting gains no more than the same quotes would have on the recordings that calibrate: the most is the highest end of their
  intervals, the least is what was asked of maker marks. A symbol without a recording has the higher end of BTC's and ETH's.
"""

from collections.abc import Mapping

from analytics.lab.facts import targets
from analytics.lab.facts.bands import MARK_SECONDS, Band, Check
from analytics.lab.facts.round_trips import SHAPES, sizes_of

LEAST = -7.3
_CALIBRATES: Mapping[str, tuple[str, ...]] = {"BTC": ("BTC 2024-07", "BTC 2023-04"), "ETH": ("ETH 2024-07",)}
_HELD_OUT = {"BTC": "BTC 2024-08", "ETH": "ETH 2024-08"}


def gain_name(shape: str, usd: float) -> str:
    """Return the name of a shape's gain in a size."""
    size = f"{usd / 1e6:g}M" if usd >= 1e6 else f"{usd / 1e3:g}k" if usd >= 1e3 else f"{usd:g}"
    return f"{shape}_{size}_bps"


def posting_name(seconds: int) -> str:
    """Return the name of what posting gains, marked so long after each fill."""
    return f"two_sided_posting_{seconds}s_bps"


def trading_bands(symbol: str) -> dict[str, Band]:
    """Return the bands of what trading gains; posting in a symbol that is unlike any recorded has none."""
    nothing = Band(low=LEAST, high=0.0, target=None, source="the lab's purpose", rule="certain", is_missed_for_certain=True)
    bands = {gain_name(shape, usd): nothing for shape in SHAPES for usd in sizes_of(symbol)}
    return bands if symbol == "ALT" else bands | {posting_name(seconds): _posting(symbol, seconds) for seconds in MARK_SECONDS}


def _posting(symbol: str, seconds: int) -> Band:
    recorded = _CALIBRATES.get(symbol, (*_CALIBRATES["BTC"], *_CALIBRATES["ETH"]))
    values, _, highs = zip(*(targets.POSTING[name][seconds] for name in recorded), strict=True)
    held_out = _HELD_OUT.get(symbol)
    return Band(
        low=-1.5,
        high=max(highs),
        target=sum(values) / len(values) if symbol in _CALIBRATES else None,
        source=", ".join(name.removeprefix(f"{symbol} ") for name in recorded),
        rule="recordings" if symbol in _CALIBRATES else "symbols",
        checks=(Check(source="2024-08 turbulent", value=targets.POSTING[held_out][seconds][0]),) if held_out else (),
    )
