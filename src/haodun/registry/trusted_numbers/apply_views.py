"""An application, one question a page, each answer kept at once; the check page submits it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from haodun.numbering import mask
from haodun.offices.organisations.access import requires
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.on_pages import actor_for_request, key_of, notice_of, titled
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.evidence import MAX_BYTES, name_of
from haodun.registry.trusted_numbers.forms import (
    CodeForm,
    EvidenceForm,
    NameForm,
    NumbersForm,
    PurposeForm,
    TrunksForm,
)
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.sayings import SAYINGS
from haodun.registry.trusted_numbers.states import WITH_APPLICANT
from haodun.registry.trusted_numbers.values import NEEDED, EvidenceKind
from haodun.registry.trusted_numbers.views import entry_or_404, entry_page

form_page = require_http_methods(["GET", "POST"])


@dataclass(frozen=True, slots=True)
class Question:
    """One page of the application."""

    title: str | Promise
    form: type[forms.Form]
    initial: Callable[[Entry], dict[str, Any]]
    keep: Callable[[Actor, Entry, dict[str, Any]], None]


def _keep_numbers(actor: Actor, entry: Entry, said: dict[str, Any]) -> None:
    services.set_numbers(actor, entry.id, services.read_numbers(said["numbers"]))


def _keep_name(actor: Actor, entry: Entry, said: dict[str, Any]) -> None:
    services.set_name(actor, entry.id, zh=said["zh"], en=said["en"])


def _keep_purpose(actor: Actor, entry: Entry, said: dict[str, Any]) -> None:
    services.set_purpose(actor, entry.id, purpose=said["purpose"], words=said["words"])


def _keep_trunks(actor: Actor, entry: Entry, said: dict[str, Any]) -> None:
    services.set_trunks(actor, entry.id, said["trunks"].splitlines())


def _keep_paper(actor: Actor, entry: Entry, said: dict[str, Any]) -> None:
    file = said["file"]
    data = file.read(MAX_BYTES + 1)
    services.add_evidence(actor, entry.id, kind=said["kind"], name=file.name or "", data=data)


QUESTIONS: dict[str, Question] = {
    "numbers": Question(
        gettext_lazy("登记哪些号码？"),
        NumbersForm,
        lambda entry: {"numbers": "\n".join(f"+{one}" for one in entry.numbers.values_list("number", flat=True))},
        _keep_numbers,
    ),
    "name": Question(
        gettext_lazy("来电时显示什么名称？"),
        NameForm,
        lambda entry: {"zh": entry.display_zh, "en": entry.display_en},
        _keep_name,
    ),
    "purpose": Question(
        gettext_lazy("这些号码作什么用？"),
        PurposeForm,
        lambda entry: {"purpose": entry.purpose, "words": entry.purpose_words},
        _keep_purpose,
    ),
    "trunks": Question(
        gettext_lazy("从哪里呼出？"), TrunksForm, lambda entry: {"trunks": "\n".join(entry.trunks)}, _keep_trunks
    ),
    "papers": Question(gettext_lazy("上传材料"), EvidenceForm, lambda entry: {}, _keep_paper),
}
"""In their order; after the last comes the check page."""


@require_POST
@requires(Permission.TRUSTED_APPLY)
def start(request: HttpRequest) -> HttpResponse:
    """Begin an application, or the renewal of an entry (`renews`)."""
    text = request.POST.get("renews", "")
    try:
        renews = uuid.UUID(text) if text else None
        entry = services.begin_application(actor_for_request(request), key=key_of(request), renews=renews)
    except ValueError as error:
        raise Http404 from error
    except Refused as refused:
        messages.error(request, titled(refused))
        return redirect("trusted:mine")
    return redirect("trusted:question", entry, "papers" if renews else "numbers")


@form_page
@requires(Permission.TRUSTED_APPLY)
def question(request: HttpRequest, entry_id: uuid.UUID, name: str) -> HttpResponse:
    """One question of an application that may be changed."""
    entry, asked = _writable(request, entry_id), QUESTIONS.get(name)
    if asked is None:
        raise Http404
    form = asked.form(request.POST or None, request.FILES or None, initial=asked.initial(entry))
    if request.method == "POST" and form.is_valid():
        try:
            asked.keep(actor_for_request(request), entry, form.cleaned_data)
        except Refused as refused:
            form.add_error(next(iter(form.fields)) if name != "papers" else "file", titled(refused))
        else:
            return redirect("trusted:question", entry.id, "papers") if name == "papers" else _onward(entry, name)
    return _page(request, entry, name, form)


@form_page
@requires(Permission.TRUSTED_APPLY)
def check(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """The answers, each with its way back; submits."""
    entry, refused_words = _writable(request, entry_id), ""
    if request.method == "POST":
        try:
            services.step(actor_for_request(request), [entry.id], "submit", key=key_of(request))
        except Refused as refused:
            refused_words = titled(refused)
        else:
            messages.success(request, str(SAYINGS["submit"].done))
            return redirect("trusted:entry", entry.id)
    context = {
        "entry": entry,
        "numbers": [mask(f"+{one}") for one in entry.numbers.values_list("number", flat=True)[:20]],
        "count": entry.numbers.count(),
        "papers": [{"row": one, "name": name_of(one)} for one in entry.evidence.order_by("at")],
        "refused": refused_words,
        "key": uuid.uuid4().hex,
        "step": len(QUESTIONS) + 1,
        "steps": len(QUESTIONS) + 1,
    }
    return render(request, "trusted/check.html", context, status=422 if refused_words else 200)


@require_POST
@requires(Permission.TRUSTED_APPLY)
def remove_paper(request: HttpRequest, entry_id: uuid.UUID, paper_id: uuid.UUID) -> HttpResponse:
    """Take a paper out again."""
    entry = _writable(request, entry_id)
    services.remove_evidence(actor_for_request(request), entry.id, paper_id)
    return redirect("trusted:question", entry.id, "papers")


@form_page
@requires(Permission.TRUSTED_APPLY)
def code(request: HttpRequest, entry_id: uuid.UUID, number_id: uuid.UUID) -> HttpResponse:
    """Type back the code of a call-back."""
    entry = entry_or_404(request, entry_id)
    row = entry.numbers.filter(id=number_id).first()
    if row is None or row.verified_at is not None:
        return redirect("trusted:entry", entry.id)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.type_code(actor_for_request(request), row.id, form.cleaned_data["code"])
        except Refused as refused:
            form.add_error("code", titled(refused))
        else:
            messages.success(request, _("号码已通过回呼核验。"))
            return redirect("trusted:entry", entry.id)
    context = {"entry": entry, "number": row.number, "number_id": row.id, "form": form}
    return render(request, "trusted/code.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.TRUSTED_APPLY)
def call_back(request: HttpRequest, entry_id: uuid.UUID, number_id: uuid.UUID) -> HttpResponse:
    """Send or speak a code to a number."""
    entry = entry_or_404(request, entry_id)
    try:
        services.ask_code(actor_for_request(request), number_id, language=get_language() or "zh-hans")
    except Refused as refused:
        if refused.code == "absent":
            raise Http404 from refused
        return entry_page(request, entry, notice=notice_of(refused), status=422)
    return redirect("trusted:code", entry.id, number_id)


def _writable(request: HttpRequest, entry_id: uuid.UUID) -> Entry:
    entry = entry_or_404(request, entry_id)
    if entry.state not in WITH_APPLICANT or entry.holder_id != actor_for_request(request).organisation_id:
        raise Http404
    return entry


def _onward(entry: Entry, name: str) -> HttpResponse:
    names = list(QUESTIONS)
    following = names[names.index(name) + 1]
    entry.refresh_from_db()
    if following == "trunks" and entry.inbound_only:
        following = "papers"
    return redirect("trusted:question", entry.id, following)


def _page(request: HttpRequest, entry: Entry, name: str, form: forms.Form) -> HttpResponse:
    names = list(QUESTIONS)
    place = names.index(name)
    given = set(entry.evidence.values_list("kind", flat=True))
    context = {
        "entry": entry,
        "name": name,
        "asks": QUESTIONS[name].title,
        "form": form,
        "step": place + 1,
        "steps": len(names) + 1,
        "back": names[place - 1] if place else "",
        "papers": [{"row": one, "name": name_of(one)} for one in entry.evidence.order_by("at")],
        "missing": [EvidenceKind(kind).label for kind in NEEDED if kind not in given],
    }
    return render(request, "trusted/question.html", context, status=422 if form.errors else 200)
