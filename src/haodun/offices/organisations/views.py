"""Pages of the person: prove once more, state a purpose, choose for whom to act."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from haodun.offices.organisations import purposes
from haodun.offices.organisations.access import act_for
from haodun.offices.organisations.forms import ActingForm, PurposeForm, SudoForm
from haodun.offices.organisations.models import User
from haodun.offices.organisations.standing import NoStandingError
from haodun.offices.organisations.sudo import prove


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or request.META.get("HTTP_REFERER", "/")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe else "/"


@sensitive_post_parameters("proof")
@never_cache
@login_required
def sudo(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a code; a right one grants fifteen minutes and leads back."""
    form = SudoForm(request.POST or None)
    back = _next(request)
    if form.is_valid():
        if prove(request, cast(User, request.user), form.cleaned_data["proof"]):
            return HttpResponseRedirect(back)
        form.add_error("proof", _("密码或验证码不正确，或尝试次数过多，请稍后再试。"))
    return render(request, "organisations/sudo.html", {"form": form, "next": back})


@never_cache
@login_required
def purpose(request: HttpRequest) -> HttpResponse:
    """State why one looks things up, for this session."""
    form = PurposeForm(request.POST if request.method == "POST" else None)
    back = _next(request)
    if form.is_valid():
        purposes.state(request, form.cleaned_data["purpose"], form.cleaned_data["reference"])
        return HttpResponseRedirect(back)
    return render(request, "organisations/purpose.html", {"form": form, "next": back})


@require_POST
@login_required
def acting(request: HttpRequest) -> HttpResponse:
    """Choose for whom to act; 403 where the person has no seat there."""
    form = ActingForm(request.POST)
    if not form.is_valid():
        raise PermissionDenied
    try:
        act_for(request, form.cleaned_data["organisation"])
    except NoStandingError as error:
        raise PermissionDenied(str(error)) from None
    return HttpResponseRedirect(_next(request))
