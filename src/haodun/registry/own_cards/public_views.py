"""一证通查 for everybody: one page that asks, one that says what happens; no account, nothing in any address.

A document and a number known here and unknown ones get the same pages, the same words and the same work.
"""

from __future__ import annotations

import uuid

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from haodun.offices.transitions.on_pages import chinese, titled
from haodun.offices.transitions.services import Refused
from haodun.registry.own_cards.asking import ask
from haodun.registry.own_cards.forms import QuestionForm
from haodun.registry.own_cards.models import Channel
from haodun.registry.own_cards.values import TooOften


@never_cache
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    """Which document, and where the answer goes."""
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.question(Channel.PAGE, language=language_of(), address=address_of(request))
        try:
            ask(asked, key=request.POST.get("key", "")[:80])
        except TooOften:
            form.add_error(None, _("查询过于频繁；请一小时后再试。"))
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            return redirect("own_cards:asked")
    context = {"form": form, "key": request.POST.get("key", "")[:80] or uuid.uuid4().hex}
    return render(request, "cards/ask.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """What happens now: the same for everybody."""
    return render(request, "cards/asked.html", {})


def language_of() -> str:
    """The language of the answer: that of the page."""
    return "zh-hans" if chinese() else "en"


def address_of(request: HttpRequest) -> str:
    """Where a request comes from."""
    return str(get_adapter(request).get_client_ip(request))
