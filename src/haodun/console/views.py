"""The pages every role shares: the desk on which a person lands."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from haodun.console.desk import lists
from haodun.console.navigation import address_of
from haodun.console.reader import reader_of
from haodun.offices.organisations.services import Role

LANDINGS = {
    Role.ADMINISTRATOR: "edges:home",
    Role.AUDITOR: "audit:home",
    Role.CARRIER_ENGINEER: "edges:home",
    Role.ENTERPRISE: "trusted:mine",
}
"""Roles whose first page is not the desk (CONSOLE.md §7), and the name of that page."""


@login_required
def landing(request: HttpRequest) -> HttpResponse:
    """Where a login leads: to the first page of the role in which the person acts."""
    standing = reader_of(request).standing
    page = LANDINGS.get(Role(standing.role)) if standing is not None and standing.role in Role.values else None
    return redirect((page and address_of(page)) or "home")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """工作台: what is due, what waits for approval, what came back."""
    found = lists(reader_of(request))
    full = [one for one in found if one.rows] or found[:1]
    return render(request, "console/home.html", {"waiting": full, "idle": [one for one in found if one not in full]})
