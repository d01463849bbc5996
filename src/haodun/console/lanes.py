"""The time line's lanes as SVG: intervals against one time axis, calls an hour below, a rule at a change of holder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from haodun.console.formatting import Language, local

AXIS = 18
LANE = 26
BAR = 12
HOURS = 44
TICKS = 4
LABEL_SHARE = 14
"""An interval narrower than this many percent has no room for its words."""
TONES = ("neu", "now", "gap", "crit", "ser", "cau", "ok")


@dataclass(frozen=True, slots=True)
class Drawing:
    """The lanes, and the words that say the same to those who do not see them."""

    svg: SafeString
    names: tuple[str, ...]
    words: tuple[str, ...]
    hours: bool


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    end: datetime

    def at(self, moment: datetime) -> float:
        """Percent of the width; kept within it."""
        share = (moment - self.start) / (self.end - self.start) * 100
        return max(0.0, min(100.0, share))


def draw(
    rows: Sequence[Mapping[str, Any]],
    *,
    start: datetime,
    end: datetime,
    lang: Language,
    change: datetime | None = None,
    hours: Sequence[Mapping[str, Any]] = (),
) -> Drawing:
    """Draw rows of {name, intervals: [{start, end or None, tone, words}]}; `hours` are {at, count, high}.

    ValueError where the axis has no length or a tone is unknown.
    """
    if end <= start:
        raise ValueError("the lanes need an end after their start")
    axis = _Axis(start, end)
    height = AXIS + LANE * len(rows) + (HOURS + AXIS if hours else 0)
    pieces = [_ticks(axis, lang), *(_lane(row, axis, index) for index, row in enumerate(rows))]
    if hours:
        pieces.append(_hours(hours, AXIS + LANE * len(rows)))
    if change is not None and axis.start < change < axis.end:
        x = f"{axis.at(change):.2f}%"
        bottom = AXIS + LANE * len(rows)
        pieces.append(format_html('<line class="lane-change" x1="{0}" x2="{0}" y1="6" y2="{1}"/>', x, bottom))
    inside = format_html_join("", "{}", ((piece,) for piece in pieces))
    svg = format_html('<svg class="lanes-draw" height="{}" aria-hidden="true">{}</svg>', height, inside)
    return Drawing(svg, tuple(str(row["name"]) for row in rows), _words(rows), bool(hours))


def _words(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{row['name']} {one.get('words', '')}".strip() for row in rows for one in row["intervals"])


def _ticks(axis: _Axis, lang: Language) -> SafeString:
    length = axis.end - axis.start
    form = "%H:%M" if length <= timedelta(days=2) else "%m-%d" if length <= timedelta(days=90) else "%Y-%m"
    ticks = []
    for index in range(TICKS):
        moment = axis.start + length * index / TICKS
        spare = " lane-spare" if index % 2 else ""
        ticks.append((spare, f"{index * 100 / TICKS:.1f}", "start", local(moment).strftime(form)))
    ticks.append(("", "100", "end", "今日" if lang == "zh" else "today"))
    return format_html_join("", '<text class="lane-axis{}" x="{}%" y="11" text-anchor="{}">{}</text>', ticks)


def _lane(row: Mapping[str, Any], axis: _Axis, index: int) -> SafeString:
    top = AXIS + LANE * index
    rule = format_html('<line class="lane-rule" x1="0" x2="100%" y1="{0}" y2="{0}"/>', top + LANE - 0.5)
    shown = row["intervals"]
    nexts = [axis.at(one["start"]) for one in shown[1:]] + [100.0]
    parts = [rule, *(_interval(one, axis, top, room=after) for one, after in zip(shown, nexts, strict=True))]
    return format_html_join("", "{}", ((part,) for part in parts))


def _interval(one: Mapping[str, Any], axis: _Axis, top: int, *, room: float) -> SafeString:
    """One interval; `room` is where the next begins, in percent. Words stand inside a tall box, else beside the bar."""
    tone = one.get("tone", "neu")
    if tone not in TONES:
        raise ValueError(f"{tone} is no tone of an interval; take one of {', '.join(TONES)}")
    left, right = axis.at(one["start"]), axis.at(one["end"] or axis.end)
    width, tall = max(0.6, right - left), tone in ("neu", "now", "gap")
    thick = BAR + 6 if tall else BAR - 3
    y = top + (LANE - thick) / 2
    shape = (tone, f"{min(left, 100 - width):.2f}", y, f"{width:.2f}", thick)
    box = format_html('<rect class="lane-{}" x="{}%" y="{}" width="{}%" height="{}" rx="2"/>', *shape)
    words = one.get("words", "")
    if tall and width >= LABEL_SHARE and words:
        return format_html('{}<text x="{}%" dx="6" y="{}">{}</text>', box, f"{left:.2f}", top + LANE / 2 + 4, words)
    if tall or tone == "ok" or not words:
        return box
    if room - right >= LABEL_SHARE:
        return format_html('{}<text x="{}%" dx="6" y="{}">{}</text>', box, f"{right:.2f}", top + LANE / 2 + 4, words)
    if right >= 100 and tone != "crit" and left >= LABEL_SHARE * 3:
        end = '{}<text x="{}%" dx="-6" y="{}" text-anchor="end">{}</text>'
        return format_html(end, box, f"{left:.2f}", top + LANE / 2 + 4, words)
    return box


def _hours(hours: Sequence[Mapping[str, Any]], top: int) -> SafeString:
    most = max((int(one["count"]) for one in hours), default=0) or 1
    step, base = 100 / len(hours), top + HOURS
    bars = []
    for index, one in enumerate(hours):
        count = int(one["count"])
        if count:
            height = max(1.5, count * (HOURS - 10) / most)
            kind = "lane-high" if one.get("high") else "lane-bar"
            bars.append((kind, f"{index * step:.2f}", f"{base - height:.1f}", f"{step * 0.7:.2f}", f"{height:.1f}"))
    drawn = format_html_join("", '<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>', bars)
    first, last = local(hours[0]["at"]), local(hours[-1]["at"])
    return format_html(
        '{0}<line class="lane-rule" x1="0" x2="100%" y1="{1}" y2="{1}"/>'
        '<text class="lane-axis" x="0" y="{2}">{3}</text>'
        '<text class="lane-axis" x="100%" y="{2}" text-anchor="end">{4}</text>',
        drawn, base, base + 13, first.strftime("%m-%d"), last.strftime("%m-%d"),
    )  # fmt: skip
