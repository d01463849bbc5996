"""The forecast as a small drawing made by the server: SVG with attributes, no script, no style, no text.

What it shows stands in words and in a table beside it. The range is drawn from the slowest to the fastest part of the
window; the dashed line is the mean. Colours are the page's (`currentColor`).
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from haodun.registry.reregistration.reading import Standing

WIDTH, HEIGHT = 560, 140
AHEAD = 30
"""Days drawn ahead where the day of the target is over or nearer."""


def forecast_drawing(standing: Standing, says: str) -> SafeString:
    """Shares of the window, the target and its day, the range of what follows; '' where nothing can be measured.

    `says` is read out in its place.
    """
    known = [(one.day, one.share) for one in standing.points if one.share is not None]
    if len(known) < 2:
        return SafeString("")
    target = Fraction(standing.target.basis_points, 10_000)
    frame = _Frame(standing, known, target)
    now, share = known[-1]
    past = " ".join(frame.at(day, value) for day, value in known)
    parts = [format_html('<polyline points="{}" fill="none" stroke="currentColor" stroke-width="2"/>', past)]
    slow, fast = standing.band.slowest, standing.band.fastest
    if slow is not None and fast is not None:
        days = (frame.last - now).days
        corners = [(now, share), (frame.last, share + fast * days), (frame.last, share + slow * days)]
        points = " ".join(frame.at(day, value) for day, value in corners)
        parts.append(format_html('<polygon points="{}" fill="currentColor" fill-opacity=".18"/>', points))
    rate = standing.forecast.rate
    if rate is not None:
        line = f"{frame.at(now, share)} {frame.at(frame.last, share + rate * (frame.last - now).days)}"
        parts.append(
            format_html('<polyline points="{}" fill="none" stroke="currentColor" stroke-dasharray="4 4"/>', line)
        )
    level, due = frame.y(target), frame.x(standing.target.due)
    thin = [(0, level, WIDTH, level)] + ([(due, 0, due, HEIGHT)] if frame.holds(standing.target.due) else [])
    parts.append(
        format_html_join(
            "",
            '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor" stroke-opacity=".6" stroke-width="1"/>',
            thin,
        )
    )
    x, y = frame.at(now, share).split(",")
    parts.append(format_html('<circle cx="{}" cy="{}" r="3.5" fill="currentColor"/>', x, y))
    body = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" role="img" aria-label="{}">{}</svg>', WIDTH, HEIGHT, says, body
    )


class _Frame:
    """From a day and a share to a place in the drawing."""

    def __init__(self, standing: Standing, known: list[tuple[date, Fraction]], target: Fraction) -> None:
        self.first, now = known[0][0], known[-1][0]
        self.last = max(standing.target.due, now + timedelta(days=AHEAD))
        self.last = min(self.last, now + timedelta(days=365))
        shares = [value for _, value in known]
        self.low = max(Fraction(0), min(*shares, target) - Fraction(1, 50))
        self.high = min(Fraction(1), max(*shares, target) + Fraction(1, 50))

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def x(self, day: date) -> str:
        return f"{(day - self.first).days * WIDTH / (self.last - self.first).days:.1f}"

    def y(self, share: Fraction) -> str:
        """What lies above or below the drawing is cut off by its edge."""
        return f"{float((self.high - share) / (self.high - self.low)) * (HEIGHT - 8) + 4:.1f}"

    def at(self, day: date, share: Fraction) -> str:
        return f"{self.x(day)},{self.y(share)}"
