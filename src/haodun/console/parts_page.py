"""The parts page: every part in every state, for those who write templates and for the tests that look at them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from haodun.console.explaining import picture
from haodun.console.formatting import NO_DATA
from haodun.console.reader import reader_of
from haodun.console.sample_verdict import explanation
from haodun.console.samples import NUMBERS, SUBJECT, SampleForm, hours, sample

TONES = ("crit", "warn", "ser", "cau", "info", "ok", "two", "neu", "line")


def parts(request: HttpRequest) -> HttpResponse:
    """All parts with invented data: in a demonstration, or for staff; 404 for others."""
    if not (settings.HAODUN_SYNTHETIC or getattr(request.user, "is_staff", False)):
        raise Http404
    now, lang = timezone.now(), reader_of(request).lang

    def of(name: str) -> Any:
        return sample(name, now=now, lang=lang)

    form = of("form")
    context = {name: of(name) for name in ("clocks", "blast", "over", "flags", "steps", "seals", "diff", "stats")}
    context |= {
        name: of(name) for name in ("approval", "provinces", "late", "lanes", "days", "states", "filters", "tabs")
    }
    context |= {name: of(name) for name in ("verbs", "history", "appeals_about")}
    context |= {
        "rows": of("queue"),
        "numbers": NUMBERS,
        "subject": SUBJECT,
        "tones": [(tone, of(f"tones.{tone}")) for tone in TONES],
        "hours": hours(now),
        "picture": picture(explanation(), lang),
        "clean": SampleForm(form, name="clean"),
        "wrong": SampleForm(form, {"wrong-number": "12"}, name="wrong"),
        "proposer": {**of("approval"), "why_not": of("own"), "verb": ""},
        "bulk": of("bulk"),
        "none": NO_DATA,
    }
    return render(request, "console/parts.html", context)
