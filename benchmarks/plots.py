"""Rows that are points of curves, drawn as SVG: one picture for everything that grows along one thing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from benchmarks.table import Row

Curve = list[tuple[float, float]]

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 20, 44  # margins
COLOURS = ("#4269d0", "#c9651b", "#3ca951", "#ff725c", "#a463f2", "#9c6b4e")
GREY = "#888"  # is read on white and on black


def write(rows: Iterable[tuple[str, Row]], folder: Path) -> None:
    """`SCENARIO-ALONG.svg` for each thing along which rows of a scenario have places."""
    pictures: dict[tuple[str, str], dict[str, Curve]] = defaultdict(lambda: defaultdict(list))
    units: dict[tuple[str, str], str] = {}
    for scenario, row in rows:
        if row.at is not None:
            pictures[scenario, row.along][row.label.partition(",")[0]].append((row.at, row.middle))
            units[scenario, row.along] = row.unit
    folder.mkdir(parents=True, exist_ok=True)
    for (scenario, along), curves in pictures.items():
        picture = draw(curves, along, units[scenario, along])
        (folder / f"{scenario}-{along.partition(' ')[0]}.svg").write_text(picture)


def draw(curves: dict[str, Curve], along: str, unit: str) -> str:
    """Both axes count in powers of ten, so that what grows in proportion is a straight line of one slope."""
    across = _Axis([x for curve in curves.values() for x, _ in curve], LEFT, WIDTH - RIGHT)
    up = _Axis([y for curve in curves.values() for _, y in curve], HEIGHT - BOTTOM, TOP)
    space = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {space} font-family="sans-serif" font-size="12">']
    for value in across.ticks:
        parts.append(_line(across.at(value), TOP, across.at(value), HEIGHT - BOTTOM))
        parts.append(_text(across.at(value), HEIGHT - BOTTOM + 16, f"{value:g}", "middle"))
    for value in up.ticks:
        parts.append(_line(LEFT, up.at(value), WIDTH - RIGHT, up.at(value)))
        parts.append(_text(LEFT - 6, up.at(value) + 4, f"{value:g}", "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, along, "middle"))
    parts.append(_text(LEFT - 6, 12, unit, "end"))
    for colour, (label, curve) in zip(COLOURS, curves.items(), strict=False):
        places = [(across.at(x), up.at(y)) for x, y in sorted(curve)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] + 8, places[-1][1] + 4, label, "start", colour))
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """Values to places between two ends, by their logarithm."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = log10(min(values)), log10(max(values))
        self._low, self._high = low - 0.05, high + 0.05
        self._start, self._end = start, end
        steps = (factor * 10**power for power in range(floor(low), ceil(high) + 1) for factor in (1, 2, 5))
        self.ticks = [step for step in steps if self._low <= log10(step) <= self._high]

    def at(self, value: float) -> float:
        return self._start + (self._end - self._start) * (log10(value) - self._low) / (self._high - self._low)


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{GREY}" stroke-opacity="0.3"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = GREY) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
