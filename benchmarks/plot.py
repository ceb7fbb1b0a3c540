"""A line chart with logarithmic axes as SVG text: nothing to install, a few kilobytes, the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 300, 58, 34, 14, 44
COLORS = ("#0b6e4f", "#b5482a", "#2d5fa8", "#7a5195")


@dataclass(frozen=True)
class Line:
    name: str
    x: Sequence[float]
    y: Sequence[float]


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line], left: float = 0.0) -> str:
    """One chart whose upper left corner is at ``left``; decades are marked on both axes."""
    spans = [_decades([v for line in lines for v in getattr(line, axis)]) for axis in ("x", "y")]

    def at(value: float, axis: int) -> float:
        low, high = spans[axis]
        share = (math.log10(value) - low) / (high - low)
        if axis == 0:
            return LEFT + share * (WIDTH - LEFT - RIGHT)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    parts = [f'<g transform="translate({left:.0f} 0)">', _text(WIDTH / 2, 18, title, weight="bold")]
    for power in range(spans[0][0], spans[0][1] + 1):
        x = at(10.0**power, 0)
        parts.append(_rule(x, TOP, x, HEIGHT - BOTTOM))
        parts.append(_text(x, HEIGHT - BOTTOM + 15, _number(power)))
    for power in range(spans[1][0], spans[1][1] + 1):
        y = at(10.0**power, 1)
        parts.append(_rule(LEFT, y, WIDTH - RIGHT, y))
        parts.append(_text(LEFT - 6, y + 4, _number(power), anchor="end"))
    parts.append(_text(WIDTH / 2, HEIGHT - 8, x_label))
    parts.append(_text(13, HEIGHT / 2, y_label, turned=True))
    for number, line in enumerate(lines):
        color = COLORS[number % len(COLORS)]
        points = [(at(x, 0), at(y, 1)) for x, y in zip(line.x, line.y, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        parts.append(_text(LEFT + 8, TOP + 14 + 15 * number, line.name, anchor="start", color=color))
    return "\n".join([*parts, "</g>"])


def page(charts: Sequence[str]) -> str:
    """Charts side by side, each made with its ``left``, as one SVG document on white."""
    width = WIDTH * len(charts)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, f'<rect width="{width}" height="{HEIGHT}" fill="white"/>', *charts, "</svg>\n"])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)) + 1e-9)
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _number(power: int) -> str:
    if power > 6 or power < -4:
        return f"1e{power}"
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"


def _text(
    x: float, y: float, text: str, *, anchor: str = "middle", weight: str = "normal", color: str = "#333",
    turned: bool = False,
) -> str:  # fmt: skip
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    style = f'text-anchor="{anchor}" font-weight="{weight}" fill="{color}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}{turn}>{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'
