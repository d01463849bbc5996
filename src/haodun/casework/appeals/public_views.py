"""The public pages: why a number or a call was stopped, the appeal against it, and what became of the appeal.

No account, no script; nothing of a person in any address. A number known to us and one unknown get the same page, the
same words and the same work until the code that was sent to it has been typed back.
"""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.audit.services import AuditKind, record, subject_for
from haodun.casework.appeals import drafts, proofs, texts
from haodun.casework.appeals.codes import TooOften, issue, prove
from haodun.casework.appeals.limits import TOKEN_PER_ADDRESS, spend
from haodun.casework.appeals.public_forms import (
    CodeForm,
    ContactForm,
    NumberForm,
    StatementForm,
    StatusForm,
    TokenForm,
    WayForm,
    WhichForm,
)
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.services import Claim, escalate, file_appeal, status_of
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Refused

NEXT = "haodun.redress_next"
form_page = require_http_methods(["GET", "POST"])


def _way(request: HttpRequest, template: str, onward: str) -> HttpResponse:
    form = WayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session[NEXT] = onward
        return redirect("appeals:token" if form.cleaned_data["way"] == "token" else "appeals:number")
    return _page(request, template, form)


@never_cache
@form_page
def why(request: HttpRequest) -> HttpResponse:
    """为什么: what does the visitor have, a code or only a number?"""
    return _way(request, "appeals/why.html", "appeals:answer")


@never_cache
@form_page
def start(request: HttpRequest) -> HttpResponse:
    """申诉: the same question, on the way to an appeal."""
    return _way(request, "appeals/start.html", "appeals:which")


@never_cache
@form_page
def token(request: HttpRequest) -> HttpResponse:
    """A redress token or the reference of a notice."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not spend(TOKEN_PER_ADDRESS, _address(request), now=timezone.now()):
            form.add_error("token", _too_often())
        elif proofs.keep_token(request.session, form.cleaned_data["token"]):
            return redirect(request.session.get(NEXT, "appeals:answer"))
        else:
            form.add_error("token", _("没有找到这个编号或查询码；请对照原文再填一次，或改用号码查询。"))
    return _page(request, "appeals/token.html", form)


@never_cache
@form_page
def number(request: HttpRequest) -> HttpResponse:
    """A number and a day; a code goes to the number."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        language = get_language() or "zh-hans"
        try:
            asked = issue(form.parsed, address=_address(request), language=language, now=timezone.now())
        except TooOften:
            form.add_error("number", _too_often())
        else:
            proofs.keep_number(request.session, asked, form.cleaned_data["day"])
            return redirect("appeals:code")
    return _page(request, "appeals/number.html", form)


@never_cache
@form_page
def code(request: HttpRequest) -> HttpResponse:
    """The code that was sent."""
    asked = proofs.code_asked(request.session)
    if asked is None:
        return redirect("appeals:number")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if prove(asked, form.cleaned_data["code"], now=timezone.now()):
            request.session.cycle_key()
            return redirect(request.session.get(NEXT, "appeals:answer"))
        form.add_error("code", _("验证码不对或已失效；每个验证码可以试 5 次，请重填或重新获取。"))
    return _page(request, "appeals/code.html", form)


@never_cache
@require_GET
def answer(request: HttpRequest) -> HttpResponse:
    """What, why, which law, since when, what still works, how to appeal."""
    found = proofs.shown(request.session)
    if found is None:
        return redirect("appeals:why")
    _record_look(found)
    answers = [_answer(claim) for claim in found.claims.values()]
    return render(request, "appeals/answer.html", {"answers": answers, "day": found.day})


@never_cache
@form_page
def which(request: HttpRequest) -> HttpResponse:
    """Against what."""
    found = proofs.shown(request.session)
    if found is None:
        return redirect("appeals:start")
    choices = [(name, _choice(claim)) for name, claim in found.claims.items()]
    if not choices:
        return redirect("appeals:answer")
    only = {"claim": choices[0][0]} if len(choices) == 1 else {}
    form = WhichForm(request.POST or None, choices=choices, initial=only)
    if request.method == "POST" and form.is_valid():
        drafts.keep(request.session, claim=form.cleaned_data["claim"])
        return redirect("appeals:statement")
    return _page(request, "appeals/which.html", form, step=1)


def _draft_page(request: HttpRequest, kind: type[Form], name: str, *, onward: str, step: int) -> HttpResponse:
    if proofs.shown(request.session) is None or not drafts.read(request.session).claim:
        return redirect("appeals:start")
    kept = {name: getattr(drafts.read(request.session), name)}
    form = kind(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        drafts.keep(request.session, **{name: form.cleaned_data[name]})
        return redirect(onward)
    return _page(request, f"appeals/{name}.html", form, step=step)


@never_cache
@form_page
def statement(request: HttpRequest) -> HttpResponse:
    """Why."""
    return _draft_page(request, StatementForm, "statement", onward="appeals:contact", step=2)


@never_cache
@form_page
def contact(request: HttpRequest) -> HttpResponse:
    """Where the answer goes."""
    return _draft_page(request, ContactForm, "contact", onward="appeals:check", step=3)


@never_cache
@form_page
def check(request: HttpRequest) -> HttpResponse:
    """Check the answers, then send."""
    found, draft = proofs.shown(request.session), drafts.read(request.session)
    claim = found.claims.get(draft.claim) if found else None
    if claim is None or not draft.statement:
        return redirect("appeals:done" if request.method == "POST" else "appeals:start")
    context: dict[str, Any] = {"draft": draft, "against": _choice(claim), "step": 4}
    if request.method == "GET":
        return render(request, "appeals/check.html", context)
    try:
        filed = file_appeal(
            claim,
            statement=draft.statement,
            contact=draft.contact,
            language=get_language() or "zh-hans",
            key=draft.key,
        )
    except Refused as refused:
        return render(request, "appeals/check.html", context | {"refused": _sentence(refused)}, status=422)
    except TooOften:
        return render(request, "appeals/check.html", context | {"refused": _too_often()}, status=429)
    drafts.done(request.session, filed.reference)
    return redirect("appeals:done")


@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """Reference and code, what happens next and until when."""
    filed = drafts.last(request.session)
    if filed is None:
        return redirect("appeals:start")
    context = {"reference": grouped(filed.reference), "code": grouped(filed.code)}
    return render(request, "appeals/done.html", context)


@never_cache
@form_page
def status(request: HttpRequest) -> HttpResponse:
    """What became of an appeal, by reference and code."""
    form = StatusForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = status_of(given["reference"], given["code"], address=_address(request))
        except TooOften:
            form.add_error(None, _too_often())
        else:
            if found is not None:
                context = {"status": found, "reference": grouped(found.reference), "code": given["code"]}
                return render(request, "appeals/status_shown.html", context | {"key": uuid.uuid4().hex})
            form.add_error(None, _("编号和查询码不相符；请对照确认页再填一次。"))
    return _page(request, "appeals/status.html", form)


@never_cache
@require_POST
def go_up(request: HttpRequest) -> HttpResponse:
    """The appellant asks for the upper desk."""
    given = request.POST
    try:
        found = escalate(
            given.get("reference", ""), given.get("code", ""), key=given.get("key", ""), address=_address(request)
        )
    except Refused as refused:
        return render(request, "appeals/gone_up.html", {"refused": _sentence(refused)}, status=422)
    except TooOften:
        return render(request, "appeals/gone_up.html", {"refused": _too_often()}, status=429)
    if not found:
        return redirect("appeals:status")
    return render(request, "appeals/gone_up.html", {})


def _page(request: HttpRequest, template: str, form: Form, **context: object) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def _answer(claim: Claim) -> dict[str, Any]:
    found = claim.restriction
    text = texts.of_restriction(found) if found else texts.of_call(claim.call) if claim.call else None
    over = found is not None and not found.in_force(timezone.now())
    return {"text": text, "is_call": claim.call is not None, "over": over, "lifted": bool(found and found.lifted_at)}


def _choice(claim: Claim) -> str:
    text = texts.of_restriction(claim.restriction) if claim.restriction else None
    if text is None and claim.call is not None:
        text = texts.of_call(claim.call)
    return f"{text.what} {texts.moment(text.since)}" if text else ""


def _record_look(found: proofs.Shown) -> None:
    numbers = {claim.number for claim in found.claims.values()}
    with system(), transaction.atomic():
        for one in sorted(numbers):
            record(
                AuditKind.WHY_ASKED,
                actor=None,
                organisation=None,
                object_type="number",
                subject=subject_for("number", one),
                body={"claims": len(found.claims)},
            )


def _sentence(refused: Refused) -> str:
    return refused.en if (get_language() or "").startswith("en") else refused.zh


def _too_often() -> str:
    return _("查询过于频繁；请一小时后再试。")


def _address(request: HttpRequest) -> str:
    return str(get_adapter(request).get_client_ip(request))
