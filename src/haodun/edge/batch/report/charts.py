"""Bars as SVG made by the server: no script, colours by class, each with its number printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

# Every template below is a literal of this module; values go in through Markup.format, which escapes them.
# ruff: noqa: S704
from haodun.screening.events import Action

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 46, 24, 18
STACK = (Action.BLOCK, Action.CHALLENGE, Action.WITHHOLD_CLI, Action.TIP)
"""From the ground up; ALLOW is left out, since it would hide the rest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar."""

    label: str
    value: int
    note: str = ""


def columns(hours: Mapping[int, Mapping[Action, int]], *, title: str, peak: str) -> Markup:
    """Restricted calls by local hour of the day, stacked by action; the highest column is labelled."""
    totals = {hour: sum(counts.get(action, 0) for action in STACK) for hour, counts in hours.items()}
    top = max(totals.values(), default=0)
    ceiling = nice_ceiling(top)
    step = (WIDTH - LEFT) / 24
    parts = [Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, title)]
    parts += [_grid(ceiling * quarter // 4, ceiling) for quarter in range(5)]
    for hour, counts in hours.items():
        left = LEFT + hour * step
        ground = 0
        for action in STACK:
            count = counts.get(action, 0)
            if count:
                parts.append(_block(left + 2, ground, count, width=step - 4, ceiling=ceiling, name=action.name.lower()))
                ground += count
        if hour % 3 == 0:
            label = '<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
            parts.append(Markup(label).format(left + step / 2, HEIGHT - 6, hour))
        if top and totals[hour] == top:
            label = '<text class="peak" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
            parts.append(Markup(label).format(left + step / 2, _y(top, ceiling) - 5, peak.format(hour=hour, count=top)))
            top = 0
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def meter(value: int, largest: int, *, name: str = "c1") -> Markup:
    """A bar of its share of the largest value, without axes."""
    width = 0 if largest <= 0 else max(value * 1000 // largest, 4 if value else 0)
    template = (
        '<svg class="meter" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="1000" height="8" rx="4"/><rect class="fill {}" width="{}" height="8" rx="4"/></svg>'
    )
    return Markup(template).format(name, width)


def shares(counts: Sequence[tuple[str, int]]) -> Markup:
    """One bar cut by share: (class, count) from left to right."""
    total = sum(count for _, count in counts)
    parts = [Markup('<svg class="meter" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">')]
    left = 0
    for name, count in counts:
        width = count * 1000 // total if total else 0
        width = max(width, 3) if count else 0
        parts.append(Markup('<rect class="fill {}" x="{}" width="{}" height="8"/>').format(name, left, width))
        left += width
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def nice_ceiling(value: int) -> int:
    """The first of 4, 8, 20, 40, 80, 200 … that is not below the value: quarters are whole.

    >>> nice_ceiling(0), nice_ceiling(5), nice_ceiling(733)
    (4, 8, 800)
    """
    scale = 1
    while True:
        for step in (4, 8, 20):
            if value <= step * scale:
                return step * scale
        scale *= 10


def _y(value: int, ceiling: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / ceiling


def _grid(value: int, ceiling: int) -> Markup:
    y = _y(value, ceiling)
    template = (
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{:,}</text>'
    )
    return Markup(template).format(LEFT, WIDTH, y, y, LEFT - 6, y + 4, value)


def _block(left: float, ground: int, count: int, *, width: float, ceiling: int, name: str) -> Markup:
    top, bottom = _y(ground + count, ceiling), _y(ground, ceiling)
    template = '<rect class="fill {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
    return Markup(template).format(name, left, top, width, max(bottom - top, 0.5))
