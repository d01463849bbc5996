"""A request runs under its person's scope, standing and purpose, and lets go of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from tests.offices.organisations.conftest import Country

from haodun.offices.organisations import purposes, scope
from haodun.offices.organisations.access import Scope, act_for, context, requires, standing_of
from haodun.offices.organisations.models import Membership, User
from haodun.offices.organisations.services import NoStandingError, Permission, Role, appoint


def request_of(user: User | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/page")
    request.session = SessionStore()
    request.user = cast(Any, user)
    return request


def test_a_view_sees_its_persons_rows_and_the_next_sees_none(country: Country) -> None:
    seen: list[int] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(Membership.objects.count())
        return HttpResponse()

    for user in (country.owner, country.supervisor, AnonymousUser()):
        Scope(view)(request_of(user))
    assert seen == [2, 4, 0]
    assert Membership.objects.count() == 0


def test_a_view_that_breaks_lets_go_of_its_scope(country: Country) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        Scope(view)(request_of(country.owner))
    assert scope.current() == ""
    assert Membership.objects.count() == 0


def test_a_person_acts_for_the_organisation_chosen_while_a_seat_there_lasts(country: Country) -> None:
    appoint(country.owner, country.zhejiang, Role.BUREAU_APPROVER)
    request = request_of(country.owner)
    first = standing_of(request)
    assert first is not None
    assert first.organisation_id == country.jiangsu.id
    assert act_for(request, country.zhejiang.id).role == Role.BUREAU_APPROVER
    chosen = standing_of(request)
    assert chosen is not None
    assert chosen.organisation_id == country.zhejiang.id
    with pytest.raises(NoStandingError):
        act_for(request, country.ministry.id)
    with scope.system():
        Membership.objects.filter(organisation=country.zhejiang, user=country.owner).update(ends=timezone.now())
    back = standing_of(request)
    assert back is not None
    assert back.organisation_id == country.jiangsu.id


def test_a_view_is_for_those_who_hold_its_permission_where_they_act(country: Country) -> None:
    @requires(Permission.ORDER_APPROVE)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert view(request_of(country.colleague)).status_code == 200
    with pytest.raises(PermissionDenied):
        view(request_of(country.owner))
    assert view(request_of(AnonymousUser())).headers["Location"] == "/accounts/login/?next=/page"


def test_a_purpose_is_kept_for_a_shift(country: Country) -> None:
    request = request_of(country.owner)
    assert purposes.purpose_of(request) == ""
    purposes.state(request, "order_check", " 苏公网安〔2026〕7号 ")
    assert (purposes.purpose_of(request), purposes.reference_of(request)) == ("order_check", "苏公网安〔2026〕7号")
    assert context(request)["purpose"] == "order_check"
    request.session[purposes.SESSION_KEY]["until"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    assert purposes.purpose_of(request) == ""


@pytest.mark.parametrize(("code", "reference"), [("curiosity", ""), ("audit", "x" * 65)])
def test_a_purpose_that_is_none_is_refused(country: Country, code: str, reference: str) -> None:
    request = request_of(country.owner)
    with pytest.raises(ValueError, match=r"no purpose|at most"):
        purposes.state(request, code, reference)
    assert purposes.purpose_of(request) == ""


def test_a_purpose_can_be_taken_away(country: Country) -> None:
    request = request_of(country.owner)
    purposes.state(request, "audit")
    purposes.state(request, "")
    assert purposes.purpose_of(request) == ""
