"""The tags and filters of the console's templates: `{% load console %}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from haodun.console import drawings, formatting
from haodun.console.assets import asset as asset_address
from haodun.console.assets import styles_address
from haodun.console.clocks import ClockFace, face
from haodun.console.navigation import address_of
from haodun.console.reader import Reader, language
from haodun.offices.organisations.services import Permission

register = template.Library()

TONES = ("crit", "warn", "ser", "cau", "info", "ok", "neu", "two", "line")


@register.simple_tag
def asset(name: str) -> str:
    """Address of a file of the console, with its version."""
    return asset_address(name)


@register.simple_tag
def address(name: str) -> str:
    """Address of a name, '' where nothing answers to it: for links between contexts that may be absent."""
    return address_of(name) or ""


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite beside a word; size s (14), '' (16) or l (20) pixels."""
    kind = f"icon icon-{size}" if size else "icon"
    source = f"{asset_address('icons.svg')}#{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', kind, source)


@register.inclusion_tag("console/parts/chip.html")
def chip(tone: str, words: str, drawn: str = "") -> dict[str, str]:
    """A state: tone, word, icon. ValueError for a tone there is none of."""
    if tone not in TONES:
        raise ValueError(f"{tone} is no tone of a chip; take one of {', '.join(TONES)}")
    return {"tone": tone, "words": words, "drawn": drawn}


def _get(thing: Any, name: str, default: Any = None) -> Any:
    return thing.get(name, default) if isinstance(thing, Mapping) else getattr(thing, name, default)


@register.inclusion_tag("console/parts/clock.html")
def clock(thing: Any, now: datetime | None = None, wide: bool = False) -> dict[str, Any]:
    """A clock chip of a Clock, or of anything with started_at, due_at, maybe met_at, paused, source; none of None."""
    return {"face": clock_face(thing, now), "wide": wide}


def clock_face(thing: Any, now: datetime | None = None) -> ClockFace | None:
    """The face of such a thing in the page's language."""
    if not thing:
        return None
    return face(
        started_at=_get(thing, "started_at"),
        due_at=_get(thing, "due_at"),
        now=_get(thing, "paused_at") or now or timezone.now(),
        lang=language(),
        met_at=_get(thing, "met_at") or _get(thing, "stopped_at"),
        paused=_paused(thing),
        source=" ".join(filter(None, (_get(thing, "source", ""), _get(thing, "calendar", "")))),
    )


def _paused(thing: Any) -> str:
    why: str = _get(thing, "paused", "") or _get(thing, "pause_reason", "") or "—"
    return why if _get(thing, "paused") or _get(thing, "paused_at") else ""


@register.inclusion_tag("console/parts/number.html")
def number(value: int | str, kind: str = "", full: bool = False, big: bool = False) -> dict[str, Any]:
    """A number, masked unless `full`: only a view that wrote the look into the ledger may say so."""
    groups = formatting.plain_groups(value) if full else formatting.masked_groups(value)
    return {"groups": groups, "kind": kind, "big": big, "shown": full}


@register.inclusion_tag("console/parts/number_chip.html", takes_context=True)
def number_chip(context: Mapping[str, Any], value: int | str, subject: Any, kind: str = "", big: bool = False) -> Any:
    """A masked number with 显示全号; `subject` is its opaque id, by which its page and the look are addressed."""
    asked = context.get("reader")
    reader = asked() if callable(asked) else asked
    return {
        "groups": formatting.masked_groups(value),
        "kind": kind,
        "big": big,
        "subject": subject,
        "reader": reader,
        "may_reveal": isinstance(reader, Reader) and reader.may(Permission.NUMBER_UNMASK),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("console/parts/receipts.html")
def receipts(done: int, total: int, refused: int = 0, failed: int = 0) -> dict[str, Any]:
    """Executed of how many: the bar and the words; all are counts of numbers."""
    return {"bar": drawings.receipts(done, total, refused=refused, failed=failed), "done": done, "total": total,
            "refused": refused, "failed": failed}  # fmt: skip


@register.simple_tag
def share_bar(part: int, whole: int, over: bool = False) -> SafeString:
    """A bar of a part in a whole, as SVG."""
    return drawings.share_bar(part, whole, over=over)


@register.simple_tag
def sparkline(values: Sequence[float]) -> SafeString:
    """A line without axes, as SVG; '' of fewer than two values."""
    return drawings.sparkline(values)


@register.inclusion_tag("console/parts/tiles.html")
def province_tiles(
    values: Mapping[str, int | None],
    title: str,
    late: Mapping[str, int] | None = None,
    chosen: str = "",
    link: str = "",
) -> dict[str, Any]:
    """The tile grid of the 34 units; `values` and `late` by GB/T 2260 (two digits), `link` an address ending in =."""
    tiles = drawings.tiles(values, late or {}, language())
    return {"tiles": tiles, "title": title, "chosen": chosen, "link": link, "ramp": drawings.ramp(values)}


@register.inclusion_tag("console/parts/tiles_small.html")
def mini_tiles(values: Mapping[str, int]) -> dict[str, Any]:
    """The small grid: the provinces that are hit, in place; the names stand in words for those who do not see it."""
    tiles = drawings.tiles(values, {}, language())
    return {"tiles": tiles, "hit": [tile for tile in tiles if tile.value]}


@register.inclusion_tag("console/parts/lanes.html")
def lanes(rows: Iterable[Mapping[str, Any]], start: datetime, end: datetime, change: datetime | None = None,
          hours: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:  # fmt: skip
    """Interval lanes as SVG between two moments; `change` draws the dashed rule, `hours` the calls of each hour."""
    return {"drawing": drawings.lanes(list(rows), start=start, end=end, change=change, hours=hours, lang=language())}


@register.filter
def quantity(value: int | None) -> str:
    """A count for a table or sentence."""
    return formatting.quantity(value, language())


@register.simple_tag
def figure(value: int | None) -> formatting.Figure:
    """A count for a tile: value, unit, exact."""
    return formatting.figure(value, language())


@register.filter
def counted(value: int | None) -> str:
    """A count of a queue: '>1,000' beyond a thousand."""
    return formatting.counted(value)


@register.filter
def stamp(value: datetime | None) -> str:
    """2026-11-23 14:32."""
    return formatting.stamp(value)


@register.filter
def prose(value: datetime | None) -> str:
    """11 月 23 日 14:32 星期一."""
    return formatting.prose(value, language())


@register.filter
def day(value: datetime) -> str:
    """The date as a heading."""
    return formatting.day(value, language())


@register.filter
def hour(value: datetime | None) -> str:
    """14:32, Beijing time."""
    return formatting.local(value).strftime("%H:%M") if value else formatting.NO_DATA


@register.filter
def duration(value: timedelta | None) -> str:
    """1 时 07 分."""
    return formatting.duration(value, language())


@register.simple_tag
def span(start: datetime, end: datetime | None = None) -> str:
    """2025-09-29 至今."""
    return formatting.span(start, end, language())


@register.filter
def masked_name(value: str) -> str:
    """王**."""
    return formatting.masked_name(value)


@register.filter
def masked_document(value: str) -> str:
    """412***********203X."""
    return formatting.masked_document(value)


@register.filter
def get(value: Mapping[str, Any], name: str) -> Any:
    """A value of a mapping by a name that a variable holds."""
    return value.get(name)


@register.filter
def name_in_language(thing: Any) -> str:
    """The name of an organisation (or anything with name_zh and name_en, or zh and en) in the page's language."""
    if thing is None:
        return formatting.NO_DATA
    suffix = language()
    return str(_get(thing, f"name_{suffix}", None) or _get(thing, suffix, None) or thing)


@register.simple_tag
def stylesheet_address() -> str:
    """Address of the style, for pages without a request."""
    return styles_address()
