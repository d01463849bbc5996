"""The page that reads a table row by row, and the answer that is an export; the same for every context."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.services import purpose_of, reference_of
from haodun.offices.sheets.exporting import download, export
from haodun.offices.sheets.reading import Sheet
from haodun.offices.sheets.values import Column, Kind, SheetError
from haodun.offices.sheets.writing import MEDIA
from haodun.offices.transitions.on_pages import actor_for_request, chinese, key_of, notice_of, titled
from haodun.offices.transitions.services import Actor, Refused

FAULTS_SHOWN = 20


class FileForm(forms.Form):
    """A table to be read."""

    file = forms.FileField(label=_("文件"), help_text=_("CSV、Excel（xlsx）或 Parquet。"))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file."""

    taken: int
    sheet: Sheet
    """Its bad rows can be given back."""


@dataclass(frozen=True, slots=True)
class ImportPage:
    """What such a page says, and what it does with a file."""

    title: str
    note: str
    """What a row is, and what happens to a bad one."""
    back: str
    back_title: str
    columns: Sequence[Column]
    take: Callable[..., Taken]
    """`take(actor, file, key=…)`; SheetError where the file cannot be read."""


def answer_import(request: HttpRequest, page: ImportPage) -> HttpResponse:
    """Read the file that was sent; bad rows are named, and given back as a file where that was asked for."""
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "page": page}
    if request.method == "POST" and form.is_valid():
        try:
            made = page.take(actor_for_request(request), form.cleaned_data["file"].file, key=key_of(request))
        except SheetError as error:
            form.add_error("file", titled(error))
        else:
            if request.POST.get("give_back") and made.sheet.bad:
                return _given_back(made.sheet)
            faults = [one for _place, one in zip(range(FAULTS_SHOWN), made.sheet.faults(), strict=False)]
            context |= {
                "taken": made.taken,
                "bad": made.sheet.bad,
                "faults": [(one.number, [titled(why) for why in one.reasons]) for one in faults],
            }
    context["columns"] = [(one.zh, one.en, one.required) for one in page.columns]
    context["key"] = uuid.uuid4().hex
    return render(request, "console/import.html", context, status=422 if form.errors else 200)


def _given_back(sheet: Sheet) -> HttpResponse:
    answer = HttpResponse(sheet.bad_rows(language=language()).read(), content_type=MEDIA[sheet.kind])
    answer["Content-Disposition"] = f'attachment; filename="haodun-bad-rows.{sheet.kind.value}"'
    return answer


def answer_export(
    request: HttpRequest, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, name: str, back: str
) -> HttpResponseBase:
    """A list as a file: masked by right, with a purpose, in the ledger; without a purpose back to the list."""
    kind = request.POST.get("file", Kind.XLSX.value)
    actor: Actor = actor_for_request(request)
    try:
        made = export(
            actor,
            rows,
            columns,
            Kind(kind) if kind in tuple(Kind) else Kind.XLSX,
            name=name,
            purpose=purpose_of(request),
            reference=reference_of(request),
            language=language(),
        )
    except Refused as refused:
        messages.info(request, notice_of(refused)["title"])
        return redirect(back)
    return download(made)


def language() -> str:
    """The language of a file's headings."""
    return "zh-hans" if chinese() else (get_language() or "en")[:2]
