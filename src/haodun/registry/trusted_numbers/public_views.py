"""The public directory: its page, its files, and one number asked for; no account, no number in any address."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from haodun.numbering import parse
from haodun.offices.organisations.services import system
from haodun.offices.transitions.on_pages import chinese
from haodun.registry.trusted_numbers.forms import LookForm
from haodun.registry.trusted_numbers.models import DirectoryVersion
from haodun.registry.trusted_numbers.publishing import FILES, directory_folder, newest, public_key, version_files
from haodun.screening.snapshot import SnapshotRefused

SHOWN_VERSIONS = 12


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What the directory is, its newest version, one number, and how to check it."""
    form = LookForm(request.POST or None)
    found: dict[str, Any] | None = None
    with system():
        version = newest()
        rows = list(DirectoryVersion.objects.order_by("-version")[:SHOWN_VERSIONS])
        if request.method == "POST" and form.is_valid():
            found = _look(form)
    try:
        key = public_key().to_pem().decode("ascii")
    except SnapshotRefused:
        key = ""
    context = {"form": form, "version": version, "rows": rows, "found": found, "key": key, "files": list(FILES)}
    return render(request, "trusted/directory.html", context, status=422 if form.errors else 200)


@require_GET
def head(request: HttpRequest) -> HttpResponseBase:
    """The newest signed head."""
    with system():
        version = newest()
    if version is None:
        raise Http404
    return file(request, version.version, "head.json")


@require_GET
def file(request: HttpRequest, version: int, name: str) -> HttpResponseBase:
    """One file of a version; it never changes."""
    path = directory_folder() / str(version) / name
    with system():
        known = name in FILES and DirectoryVersion.objects.filter(version=version).exists()
    if not known or not path.is_file():
        raise Http404
    answer = FileResponse(path.open("rb"), content_type=FILES[name])
    answer["Cache-Control"] = "public, max-age=86400"
    return answer


def _look(form: LookForm) -> dict[str, Any] | None:
    number = parse(form.cleaned_data["number"].translate({0xFF10 + digit: str(digit) for digit in range(10)}))
    if not number.is_number:
        form.add_error("number", _("这不是一个完整的号码；固定电话请带区号。"))
        return None
    version = newest()
    held = None if version is None else version_files(version.version)
    items = [] if held is None else held[2]
    item = next((one for one in items if one.number == number.key), None)
    return {
        "number": number.key,
        "item": item,
        "name": "" if item is None else item.zh if chinese() else item.en,
        "version": 0 if version is None else version.version,
    }
