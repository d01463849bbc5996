"""一证通查 at a carrier's desk: the queue, one question, a question taken from whoever stands there."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from haodun.offices.organisations.services import Permission, requires, standing_of
from haodun.offices.transitions import on_pages, paging
from haodun.offices.transitions.on_pages import actor_for_request, key_of, named, notice_of, titled, version_of
from haodun.offices.transitions.paging import read_page
from haodun.offices.transitions.services import Refused, clocks_of, steps_of
from haodun.registry.own_cards import shown
from haodun.registry.own_cards.asking import ask
from haodun.registry.own_cards.forms import QuestionForm
from haodun.registry.own_cards.models import CardQuestion, Channel
from haodun.registry.own_cards.public_views import language_of
from haodun.registry.own_cards.sayings import QUESTION as SAYS
from haodun.registry.own_cards.services import take
from haodun.registry.own_cards.states import TABLE
from haodun.registry.own_cards.values import TooOften


@require_GET
@requires(Permission.CARDS_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """Figures, and the questions within reach by what is to be done."""
    tab, now = request.GET.get("tab", "open"), timezone.now()
    tab = tab if tab in (*shown.TABS, "late", "all") else "open"
    rows: QuerySet[Any] = CardQuestion.objects.scoped_to(request.user)
    lists = {name: rows.filter(state__in=states) for name, states in shown.TABS.items()}
    lists["late"] = lists["open"].filter(created_at__lte=now - shown.LATE)
    counts = {name: lists[name][: paging.COUNT_TO].count() for name in ("open", "late")}
    found = read_page(
        lists.get(tab, rows).select_related("desk"), by="created_at", newest_first=tab not in ("open", "late"),
        cursor=request.GET.get("after", "")[:200],
    )  # fmt: skip
    titles = {
        "open": _("待答复"), "late": _("已超时"), "done": _("已办理"), "lapsed": _("已失效"), "all": _("全部"),
    }  # fmt: skip
    here = reverse("own_cards:desk")
    context = {
        "tiles": shown.tiles(request.user, now),
        "tabs": [
            {
                "title": title, "address": f"{here}?tab={name}", "count": counts.get(name), "current": name == tab,
                "late": name == "late" and bool(counts["late"]),
            }
            for name, title in titles.items()
        ],
        "rows": shown.question_rows(found.rows),
        "total": found.total,
        "after": f"{here}?tab={tab}&after={found.after}" if found.after else "",
        "first": f"{here}?tab={tab}" if request.GET.get("after") else "",
        "may_ask": _may(request, Permission.CARDS_ASK),
        "empty": {"kind": "none", "title": _("这里没有查询"), "words": _("查询由后台任务办理，多数几分钟内办完。")},
    }  # fmt: skip
    return render(request, "cards/desk.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.CARDS_ASK)
def new(request: HttpRequest) -> HttpResponse:
    """Take the question of a person who shows his document; the answer is his alone."""
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.question(Channel.DESK, language=language_of())
        try:
            ask(asked, key=key_of(request), actor=actor_for_request(request))
        except TooOften:
            form.add_error(None, _("受理过于频繁；请一小时后再试。"))
        except Refused as refused:
            form.add_error(None, titled(refused))
        else:
            messages.success(request, _("已受理。号码在该证件名下的，48 小时内收到短信；结果不在本页显示。"))
            return redirect("own_cards:desk")
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex}
    return render(request, "cards/new.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Permission.CARDS_READ)
def question(request: HttpRequest, question_id: uuid.UUID) -> HttpResponse:
    """One question: what is true, what is due, what can be done."""
    return _page(request, _question(request, question_id))


@require_POST
@requires(Permission.CARDS_READ)
def take_step(request: HttpRequest, question_id: uuid.UUID, action: str) -> HttpResponse:
    """A verb of the table on one question."""
    row = _question(request, question_id)
    if action not in shown.ORDER:
        return HttpResponse(status=404)
    try:
        take(actor_for_request(request), [row.id], action, key=key_of(request), version=version_of(request))
    except Refused as refused:
        return _page(request, row, notice=notice_of(refused), status=422)
    messages.success(request, str(SAYS[action].done))
    return redirect("own_cards:question", row.id)


def _page(
    request: HttpRequest, row: CardQuestion, *, notice: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row.refresh_from_db()
    address = {name: reverse("own_cards:step", args=[row.id, name]) for name in shown.ORDER}
    context = {
        "row": row,
        "name": shown.short(row),
        "desk": named(row.desk),
        "chip": shown.chip(row),
        "clock": on_pages.clock_of(clocks_of(TABLE.name, [row.id])),
        "history": on_pages.history(steps_of(TABLE.name, row.id), SAYS),
        "verbs": on_pages.verbs(
            TABLE, row, actor_for_request(request), order=shown.ORDER, sayings=SAYS, address=address, proved=True
        ),
        "key": uuid.uuid4().hex,
        "here": reverse("own_cards:question", args=[row.id]),
        "notice": notice,
    }
    return render(request, "cards/question.html", context, status=status)


def _question(request: HttpRequest, question_id: uuid.UUID) -> CardQuestion:
    rows = CardQuestion.objects.scoped_to(request.user).select_related("desk")
    found: CardQuestion | None = rows.filter(id=question_id).first()
    if found is None:
        raise Http404
    return found


def _may(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions
