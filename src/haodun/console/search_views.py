"""Search: a number in any format leads to its page, anything else is looked up in what the person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from haodun.audit.services import subject_for
from haodun.console.queries import Query, read
from haodun.console.reader import Reader, reader_of
from haodun.offices.organisations import purposes
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission, search

MAX_HITS = 20
"""Answers of one group."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer."""

    title: str
    under: str
    address: str
    """'' where it has no page yet."""
    exact: bool
    """The query names exactly this: with no other exact one, the person is led there."""


@dataclass(frozen=True, slots=True)
class Group:
    """Answers of one kind."""

    title: str
    icon: str
    hits: tuple[Hit, ...]


class Finder(Protocol):
    """A context that can be searched. It answers only what the reader may see."""

    def find(self, text: str, reader: Reader) -> Group:
        """Its answers, best first, at most MAX_HITS."""


class Organisations:
    """Units by name in either language, or by unified social credit code."""

    def find(self, text: str, reader: Reader) -> Group:
        """The directory is open to everybody who may read it."""
        hits = []
        if reader.may(Permission.ORGANISATION_READ):
            for unit in search(text, limit=MAX_HITS):
                name = unit.name_en if reader.lang == "en" else unit.name_zh
                hits.append(Hit(name, unit.uscc or unit.get_kind_display(), "", False))
        return Group(_("单位"), "building-2", tuple(hits))


_finders: list[Finder] = [Organisations()]


def add_finder(finder: Finder) -> None:
    """Ask this one too; once each, before the directory of units."""
    if finder not in _finders:
        _finders.insert(len(_finders) - 1, finder)


@requires(Permission.NUMBER_LOOKUP)
def search_page(request: HttpRequest) -> HttpResponse:
    """The search page; a query comes by POST, so that no number stands in an address; a number needs a purpose."""
    if request.method == "POST":
        return _asked(request)
    query = read(request.GET.get("q", ""))
    if query.number is not None:  # a number in an address is not looked up, nor echoed
        return HttpResponseRedirect(reverse("search"))
    if not query.text:
        return render(request, "console/search.html", {"groups": [], "asked": ""})
    return _answered(request, query)


def _asked(request: HttpRequest) -> HttpResponse:
    query = read(request.POST.get("q", ""))
    if query.number is None:
        address = reverse("search")
        return HttpResponseRedirect(f"{address}?{urlencode({'q': query.text})}" if query.text else address)
    chosen = request.POST.get("purpose", "")
    if chosen in purposes.Purpose.values:
        purposes.state(request, chosen)
    if not purposes.purpose_of(request):
        return render(request, "console/purpose_first.html", {"query": query.text})
    return HttpResponseRedirect(reverse("number", args=[subject_for("number", query.number.key)]))


def _answered(request: HttpRequest, query: Query) -> HttpResponse:
    reader = reader_of(request)
    groups = [found for found in (finder.find(query.text, reader) for finder in _finders) if found.hits]
    exact = [hit for group in groups for hit in group.hits if hit.exact and hit.address]
    if len(exact) == 1:
        return HttpResponseRedirect(exact[0].address)
    return render(request, "console/search.html", {"groups": groups, "asked": query.text})
