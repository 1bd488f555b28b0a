"""Quality against speed: one panel for each measure of quality, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 130, 40, 44
INK, PALE = "#444", "#ddd"
# Told apart also by those who see few colours (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
PANELS = {
    "phone_error_rate": "phone errors (Whisper base), less is better",
    "distillmos": "DistillMOS, more is better",
}
TICKS = 5


def svg(points: Mapping[str, Mapping[str, Any]], teacher: Mapping[str, Any]) -> str:
    """A document. Speed is on a logarithmic axis; a line joins the settings of one voice."""
    shown = {
        measure: {label: values for label, values in points.items() if measure in values}
        for measure in PANELS
    }
    shown = {measure: found for measure, found in shown.items() if found}
    panels = [
        _panel(measure, found, teacher, index * HEIGHT)
        for index, (measure, found) in enumerate(shown.items())
    ]
    height = HEIGHT * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def _panel(
    measure: str, found: Mapping[str, Mapping[str, Any]], teacher: Mapping[str, Any], top: int
) -> str:
    speeds = [values["times_real_time"] for values in found.values()]
    floor = teacher.get(measure)
    values = [point[measure] for point in found.values()] + ([floor] if floor is not None else [])
    across = _Axis(math.log10(min(speeds)), math.log10(max(speeds)), LEFT, WIDTH - RIGHT)
    up = _Axis(min(values), max(values), top + HEIGHT - BOTTOM, top + TOP)
    parts = [_text(LEFT, top + 20, PANELS[measure], weight="bold")]
    parts += [
        _tick_up(up, up.low + index * (up.high - up.low) / TICKS) for index in range(TICKS + 1)
    ]
    for power in range(math.floor(across.low), math.ceil(across.high) + 1):
        parts += [_tick_across(across, n * 10.0**power, top) for n in (1, 2, 5)]
    parts.append(_text(LEFT, top + HEIGHT - 8, "× real time on one thread (logarithmic)"))
    if floor is not None:
        y = up.at(floor)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, INK, dashes=True))
        parts.append(_text(WIDTH - RIGHT + 4, y + 4, "teacher"))
    groups: dict[str, list[tuple[float, float, str]]] = {}
    for label, point in found.items():
        name = label if point.get("steps") is None else label.rpartition(" ")[0]
        place = (across.at(math.log10(point["times_real_time"])), up.at(point[measure]))
        groups.setdefault(name, []).append((*place, label))
    for colour, places in zip(COLOURS, groups.values(), strict=False):
        parts += _group(places, colour)
    return "\n".join(parts)


class _Axis:
    """Values to places, with a little room at either end."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        room = 0.06 * (high - low) or 0.5
        self.low, self.high, self.start, self.end = low - room, high + room, start, end

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def _group(places: list[tuple[float, float, str]], colour: str) -> list[str]:
    joined = " ".join(f"{x},{y}" for x, y, _ in places)
    parts = [f'<polyline points="{joined}" fill="none" stroke="{colour}" opacity="0.5"/>']
    for x, y, label in places:
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
        parts.append(_text(x + 7, y - 5, label, colour=colour))
    return parts


def _tick_up(up: _Axis, value: float) -> str:
    y = up.at(value)
    return _line(LEFT, y, WIDTH - RIGHT, y, PALE) + _text(LEFT - 8, y + 4, f"{value:.2f}", "end")


def _tick_across(across: _Axis, speed: float, top: int) -> str:
    if not across.low <= math.log10(speed) <= across.high:
        return ""
    x, low = across.at(math.log10(speed)), top + HEIGHT - BOTTOM
    return _line(x, top + TOP, x, low, PALE) + _text(x, low + 16, f"{speed:g}", "middle")


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, *, dashes: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashes else ""
    return f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="{colour}"{dash}/>'


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    *,
    colour: str = INK,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
