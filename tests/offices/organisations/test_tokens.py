"""Tokens of programs: what they may, how long, and that they are nobody's second person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from haodun.audit.models import Entry
from haodun.offices.organisations.models import Organisation, ProgramToken, User
from haodun.offices.organisations.services import (
    CHARTERS,
    Kind,
    OrganisationError,
    Permission,
    Role,
    appoint,
    establish,
    seats_of,
    system,
)
from haodun.offices.organisations.tokens import MOST_DAYS, PROGRAM, account_of, allowed_at, issue, revoke
from haodun.offices.transitions.services import actor_of


@pytest.fixture
def carrier(db: None) -> Organisation:
    with system():
        return establish(kind=Kind.CARRIER, name_zh="江苏移动", name_en="Mobile Jiangsu", province="32")


@pytest.fixture
def administrator(carrier: Organisation) -> User:
    with system():
        user = User.objects.create_user(username="administrator", password=None)
        appoint(user, carrier, Role.ADMINISTRATOR)
    return user


def issued(
    carrier: Organisation, administrator: User, *permissions: str, days: int = 30, name: str = "回执程序"
) -> str:
    wanted = permissions or (Permission.ORDER_READ.value,)
    at = timezone.now()
    return issue(carrier, name=name, permissions=wanted, days=days, issuer=administrator, at=at).text


def test_a_token_is_an_account_with_exactly_its_permissions(carrier: Organisation, administrator: User) -> None:
    text = issued(carrier, administrator, Permission.ORDER_READ.value, Permission.RESTRICTION_READ.value)
    account = account_of(text)
    assert account is not None
    assert not account.has_usable_password()
    actor = actor_of(account)
    assert actor.organisation_id == carrier.id
    assert set(actor.permissions) == {Permission.ORDER_READ.value, Permission.RESTRICTION_READ.value}
    with system():
        kept = ProgramToken.objects.get()
    assert text.encode() not in bytes(kept.digest)
    entry = Entry.objects.get(kind="token:issued")
    assert entry.actor == administrator.pk


@pytest.mark.parametrize("text", ["", "hd_", "hd_" + "A" * 43, "x" * 46, "hd_" + "é" * 43])
def test_any_other_text_is_no_token(carrier: Organisation, administrator: User, text: str) -> None:
    issued(carrier, administrator)
    assert account_of(text) is None


def test_a_token_that_was_revoked_or_is_over_opens_nothing(carrier: Organisation, administrator: User) -> None:
    over, revoked = issued(carrier, administrator, name="a"), issued(carrier, administrator, name="b")
    account = account_of(over)
    with system():
        ProgramToken.objects.filter(name="a").update(expires_at=timezone.now() - timedelta(seconds=1))
        token = ProgramToken.objects.get(name="b")
    revoke(token, by=administrator, at=timezone.now())
    revoke(token, by=administrator, at=timezone.now())
    assert account_of(over) is None
    assert account_of(revoked) is None
    assert seats_of(account) == ()
    assert Entry.objects.filter(kind="token:revoked").count() == 1
    assert issued(carrier, administrator, name="b")


@pytest.mark.parametrize(
    ("permissions", "days", "name"),
    [
        ((Permission.ORDER_APPROVE.value,), 30, "a"),
        ((Permission.NUMBER_UNMASK.value,), 30, "a"),
        ((Permission.TRUSTED_APPLY.value,), 30, "a"),  # no role of a carrier holds it
        (("all",), 30, "a"),
        ((Permission.ORDER_READ.value,), 0, "a"),
        ((Permission.ORDER_READ.value,), MOST_DAYS + 1, "a"),
        ((Permission.ORDER_READ.value,), 30, "<b>"),
        ((Permission.ORDER_READ.value,), 30, ""),
    ],
)
def test_what_a_program_must_not_have_is_refused(
    carrier: Organisation, administrator: User, permissions: tuple[str, ...], days: int, name: str
) -> None:
    with pytest.raises(OrganisationError):
        issued(carrier, administrator, *permissions, days=days, name=name)
    with system():
        assert not ProgramToken.objects.exists()


def test_no_program_decides_anything() -> None:
    words = ("approve", "lift", "unmask", "break_glass", "cancel", "reverse", "revoke", "issue", "grant", "decide",
             "check", "publish", "impose", "validate", "route", "erase", "close")  # fmt: skip
    assert not {one for one in PROGRAM if one.split(":")[2] in words}
    assert {Permission(one) for one in PROGRAM}


def test_an_organisation_gives_its_programs_no_more_than_its_own_roles_hold(carrier: Organisation) -> None:
    held = frozenset().union(*(one.permissions for one in CHARTERS.values() if Kind.CARRIER in one.kinds))
    assert allowed_at(carrier) <= held
    assert Permission.ORDER_EXECUTE.value in allowed_at(carrier)
    assert Permission.TRUSTED_APPLY.value not in allowed_at(carrier)


def test_a_program_asks_without_session_and_csrf(
    carrier: Organisation, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    text = issued(carrier, administrator, Permission.ORDER_READ.value, Permission.NUMBER_LOOKUP.value)
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost", "authorization": f"Bearer {text}"})
    assert client.get("/api/v1/orders").json() == {"items": [], "next": ""}
    asked = client.post(
        "/api/v1/numbers/status", {"number": "13912345678", "purpose": "lead_query"}, content_type="application/json"
    )
    assert asked.status_code == 200
    assert client.get("/api/v1/appeals").status_code == 403
    assert client.get("/orders/").status_code == 302  # pages know no tokens
    assert not client.cookies
    for wrong in ("Bearer hd_wrong", "Basic YTpi", text):
        answer = client.get("/api/v1/orders", headers={"authorization": wrong})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_administrator_issues_on_a_page_that_shows_the_token_once(
    carrier: Organisation, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    client = Client(headers={"host": "localhost", "accept-language": "zh-hans"})
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/tokens/").headers["location"].startswith("/sudo/")
    session = client.session
    until = (timezone.now() + timedelta(minutes=10)).isoformat()
    session["haodun.sudo"] = {"user": str(administrator.pk), "until": until}
    session.save()
    body = {"name": "回执程序", "days": "30", "permissions": Permission.ORDER_READ.value}
    page = client.post("/tokens/", body).content.decode()
    text = page.partition('id="token-text">')[2].partition("<")[0]
    assert account_of(text) is not None
    assert text not in client.get("/tokens/").content.decode()
    assert client.post("/tokens/", body).status_code == 422
    assert client.post("/tokens/", body | {"name": "b", "permissions": "all"}).status_code == 422
    with system():
        token = ProgramToken.objects.get()
    assert client.post(f"/tokens/{token.id}/end/").status_code == 302
    assert account_of(text) is None
