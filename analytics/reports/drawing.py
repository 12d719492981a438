"""Strokes that charts are made of, as SVG text, and the themes they are drawn in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LABEL_SIZE, AXIS_SIZE = 12, 11
MINUS = "−"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as CSS values, and the font family; empty: inherited."""

    text: str
    soft: str
    line: str
    axis: str
    band: str
    plan: str
    ours: str
    cost: str
    gain: str
    ground: str
    font: str = ""


PAGE = Theme(
    text="var(--text)",
    soft="var(--text-3)",
    line="var(--line)",
    axis="var(--edge)",
    band="var(--chart-band)",
    plan="var(--text-2)",
    ours="var(--accent)",
    cost="var(--chart-cost)",
    gain="var(--good)",
    ground="var(--surface)",
)
PRINT = Theme(
    text="#131C25",
    soft="#566470",
    line="#E6EBEF",
    axis="#B6C2CE",
    band="#E4E9EE",
    plan="#43505C",
    ours="#0B62C4",
    cost="#7F8C99",
    gain="#17713A",
    ground="#FFFFFF",
    font="Inter",
)


def picture(drawn: Sequence[str], *, width: int, height: int, theme: Theme, title: str, summary: str) -> str:
    """Return a whole image; readers get its title and summary instead of its shapes."""
    font = f' font-family="{escape(theme.font)}"' if theme.font else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"{font}>'
        f"<title>{escape(title)}</title><desc>{escape(summary)}</desc>{''.join(drawn)}</svg>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, *, is_dashed: bool = False) -> str:
    """Draw a hairline."""
    dashes = ' stroke-dasharray="3 3"' if is_dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1"{dashes}/>'


def write(x: float, y: float, text: str, colour: str, *, size: int = LABEL_SIZE, anchor: str = "middle", weight: int = 400) -> str:
    """Write text with its baseline at y."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def halo(text: str, colour: str) -> str:
    """Keep lines out of a piece of text: give it an edge in the colour of the ground."""
    return text.replace("<text ", f'<text stroke="{colour}" stroke-width="4" stroke-linejoin="round" paint-order="stroke" ', 1)


def block(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Draw a filled bar."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5" fill="{colour}"/>'


def outline(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Draw a dashed box: something that is not known."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5" fill="none" stroke="{colour}"'
        ' stroke-dasharray="3 3"/>'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A value axis that holds zero; its ticks have as many decimals as they need."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def label(self, tick: float) -> str:
        """Write a tick with a true minus."""
        text = f"{abs(tick):,.{self.decimals}f}"
        return f"{MINUS}{text}" if tick < 0 else text


def axis_of(values: Sequence[float]) -> Axis:
    """Return an axis over the values with about five round ticks."""
    low, high = min(0.0, *values), max(0.0, *values)
    if high - low < 1e-6:  # nothing to show: any scale will do
        high = 1.0
    rough = (high - low) / 4
    power = math.floor(math.log10(rough))
    step = next(factor * 10.0**power for factor in (1, 2, 2.5, 5, 10) if factor * 10.0**power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(round(number * step, 12) for number in range(first, last + 1))
    decimals = max(0, -power + (1 if math.isclose(step, 2.5 * 10.0**power) else 0))
    return Axis(low=low, high=high, ticks=ticks, decimals=decimals)
