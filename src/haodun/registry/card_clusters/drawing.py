"""The graph of a cluster as SVG: groups on the left, cards on the right, a line where a card is in a group.

The layout is a function of the rows alone: cards lie in order of their numbers, a group in the middle of its cards,
never closer than GAP to the one above. Shapes and words tell the kinds apart, no colour does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from haodun.numbering import mask

WIDTH, ROW, GAP, TOP = 600, 24, 34, 20
LEFT, RIGHT = 200, 420
"""Where lines begin and end."""
DRAWN = 60
"""Cards that are drawn; the table beside has them all."""


def layout(groups: Mapping[str, Sequence[int]], numbers: Sequence[int]) -> dict[str, int]:
    """The height of each group: the mean of its cards', in order, at least GAP below the one above."""
    place = {number: TOP + ROW * at for at, number in enumerate(numbers)}
    wanted = sorted((sum(place[one] for one in cards) // len(cards), name) for name, cards in groups.items() if cards)
    found: dict[str, int] = {}
    below = TOP
    for height, name in wanted:
        found[name] = max(height, below)
        below = found[name] + GAP
    return found


def graph(cards: Sequence[Mapping[str, Any]], *, title: str) -> SafeString:
    """The drawing of card rows as `shown.card_rows` gives them; of more than DRAWN the first."""
    drawn = sorted(cards, key=lambda one: one["number"])[:DRAWN]
    numbers = [one["number"] for one in drawn]
    groups: dict[str, list[int]] = {}
    for one in drawn:
        for name in one["groups"]:
            groups.setdefault(name, []).append(one["number"])
    heights = layout(groups, numbers)
    place = {number: TOP + ROW * at for at, number in enumerate(numbers)}
    height = max((*place.values(), *heights.values()), default=TOP) + TOP
    lines = [(LEFT, heights[name], RIGHT, place[one]) for name, of in sorted(groups.items()) for one in of]
    return format_html(
        '<svg role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}" fill="currentColor" '
        'font-size="13">{}{}{}</svg>',
        title, WIDTH, height, WIDTH, height,
        format_html_join("", '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor" opacity=".45"/>', lines),
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="10" height="10"/><text x="{}" y="{}" text-anchor="end">{} ({})</text>',
            [(LEFT - 5, at - 5, LEFT - 14, at + 5, name, len(groups[name])) for name, at in heights.items()],
        ),
        format_html_join(
            "",
            '<circle cx="{}" cy="{}" r="5" fill="none" stroke="currentColor"/><text x="{}" y="{}">{}</text>',
            [(RIGHT, at, RIGHT + 14, at + 5, mask(f"+{number}")) for number, at in place.items()],
        ),
    )  # fmt: skip
