"""Small drawings made by the server as SVG with attributes: they print, and need neither script nor style."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from haodun.console.assets import FOLDER
from haodun.console.formatting import Language
from haodun.console.lanes import Drawing, draw

lanes = draw
__all__ = ["Drawing", "Tile", "lanes", "ramp", "receipts", "share_bar", "sparkline", "tiles"]

SHADES = 5


def share_bar(part: int, whole: int, *, over: bool = False) -> SafeString:
    """A bar: `part` of `whole`, both counts; red where `over`."""
    width = min(100, part * 100 // whole) if whole > 0 else 0
    kind = "bar-over" if over else "bar-fill"
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="bar-track" width="100%" height="4"/>'
        '<rect class="{}" width="{}%" height="4"/></svg>',
        kind,
        width,
    )


def receipts(done: int, total: int, *, refused: int = 0, failed: int = 0) -> SafeString:
    """What became of `total` numbers, as one bar: executed, refused, failed, and the open rest."""
    at, pieces = 0.0, []
    for kind, count in (("done", done), ("refused", refused), ("failed", failed)):
        width = count * 100 / total if total else 0
        if width:
            pieces.append((f"{at:.1f}", f"{width:.1f}", kind))
        at += width
    drawn = format_html_join("", '<rect x="{}%" width="{}%" height="8" class="receipts-{}"/>', pieces)
    return format_html(
        '<svg class="receipts-bar" aria-hidden="true"><rect width="100%" height="8" class="receipts-open"/>{}</svg>',
        drawn,
    )


def sparkline(values: Sequence[float]) -> SafeString:
    """A line without axes and a dot at its end; '' of fewer than two values."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    step, height = 64 / (len(values) - 1), (high - low) or 1
    points = [(f"{i * step:.1f}", f"{24 - (value - low) / height * 22:.1f}") for i, value in enumerate(values)]
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    return format_html(
        '<svg class="spark" viewBox="0 0 64 26" aria-hidden="true"><path class="spark-line" d="{}"/>'
        '<circle class="spark-end" cx="{}" cy="{}" r="2.5"/></svg>',
        path,
        *points[-1],
    )


@dataclass(frozen=True, slots=True)
class Tile:
    """One provincial unit of the grid."""

    code: str
    """First two digits of GB/T 2260."""
    short: str
    """Abbreviation: one character, or two letters in English."""
    name: str
    row: int
    column: int
    counted: bool
    """False: not within the figures (港澳台)."""
    value: int | None
    shade: int
    """0 (no data) to 5."""
    late: int


@cache
def _units() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((FOLDER / "province_tiles.json").read_text("utf-8")))


def tiles(values: Mapping[str, int | None], late: Mapping[str, int], lang: Language) -> list[Tile]:
    """All 34 units in reading order; the shade is the fifth of the highest value that a value falls into."""
    top = max((value for value in values.values() if value), default=0)
    found = []
    for unit in _units():
        value = values.get(unit["gb"]) if unit["reports"] else None
        shade = 0 if value is None or not top else max(1, min(SHADES, -(-value * SHADES // top)))
        short = unit["code"] if lang == "en" else unit["abbr"]
        place = (unit["row"], unit["col"], unit["reports"])
        found.append(Tile(unit["gb"], short, unit[lang], *place, value, shade, late.get(unit["gb"], 0)))
    return found


def ramp(values: Mapping[str, int | None]) -> tuple[int, ...]:
    """Upper ends of the five shades, () where there is nothing to shade."""
    top = max((value for value in values.values() if value), default=0)
    return tuple(top * step // SHADES for step in range(1, SHADES + 1)) if top else ()


def units() -> Iterable[tuple[str, str, str]]:
    """Code, Chinese and English name of each unit."""
    return ((unit["gb"], unit["zh"], unit["en"]) for unit in _units())
