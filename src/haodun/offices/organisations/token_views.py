"""接口令牌: what programs of the own organisation hold; issue one, end one."""

from __future__ import annotations

import uuid
from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from haodun.offices.organisations.access import requires, standing_of
from haodun.offices.organisations.models import Organisation, ProgramToken, User
from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.sudo import require_sudo
from haodun.offices.organisations.tokens import MOST_DAYS, allowed_at, issue, revoke
from haodun.offices.organisations.tree import OrganisationError

SHOWN = 200
"""Tokens on the page, newest first."""


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(
        label=gettext_lazy("给哪个程序用？"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填写名称。")},
    )
    days = forms.IntegerField(
        label=gettext_lazy("有效多少天？"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=90,
        error_messages={"required": gettext_lazy("请填写天数。"), "invalid": gettext_lazy("请填写天数。")},
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("程序可以做什么？"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一项。")},
    )


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.TOKEN_ISSUE)
@require_sudo
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of the organisation acted for; a new one is shown this once."""
    organisation = _organisation(request)
    form = TokenForm(request.POST or None)
    labels = {one.value: one.label for one in Permission}
    field = cast(forms.MultipleChoiceField, form.fields["permissions"])
    field.choices = [(value, labels[value]) for value in sorted(allowed_at(organisation))]
    text = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            text = issue(
                organisation,
                name=said["name"],
                permissions=said["permissions"],
                days=said["days"],
                issuer=cast(User, request.user),
                at=timezone.now(),
            ).text
        except OrganisationError:
            form.add_error("name", _("名称只能用汉字、字母、数字、点和短横，且不能与正在使用的令牌重名。"))
    rows = ProgramToken.objects.scoped_to(request.user).filter(organisation=organisation).order_by("-created_at", "id")
    context = {
        "form": form,
        "text": text,
        "now": timezone.now(),
        "rows": [{"row": row, "may": [labels.get(one, one) for one in row.permissions]} for row in rows[:SHOWN]],
    }
    return render(request, "organisations/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.TOKEN_ISSUE)
@require_sudo
def end_token(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """End a token of the organisation acted for."""
    found = ProgramToken.objects.scoped_to(request.user).filter(organisation=_organisation(request), id=token_id)
    token = found.first()
    if token is None:
        raise Http404
    revoke(token, by=cast(User, request.user), at=timezone.now())
    messages.success(request, _("令牌已停用，立即生效。"))
    return redirect("tokens")


def _organisation(request: HttpRequest) -> Organisation:
    standing = standing_of(request)
    if standing is None:
        raise Http404
    return Organisation.objects.get(id=standing.organisation_id)
