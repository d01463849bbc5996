"""Logging in: no sign-up, lock-out, the second factor a role demands, and proving once more who one is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from tests.offices.organisations.conftest import Country

from haodun.audit.models import Entry
from haodun.audit.services import AuditKind
from haodun.offices.organisations import sudo
from haodun.offices.organisations.access import context
from haodun.offices.organisations.adapters import FactorError, Factors, SingleSignOn
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Kind, Role, appoint, establish

PASSWORD = "correct horse battery"  # noqa: S105
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105
COUNTER = 57_000_000
LOGIN, ACTIVATE, CODE = "/accounts/login/", "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def a_fresh_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No rate of another test counts here; hashing is quick; the half minute of the codes does not turn."""
    cache.clear()
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter((COUNTER,)))
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], ALLOWED_HOSTS=["*"]):
        yield
    cache.clear()


@pytest.fixture
def officer(country: Country) -> User:
    country.owner.set_password(PASSWORD)
    country.owner.save()
    return country.owner


def shopkeeper() -> User:
    shop = establish(kind=Kind.ENTERPRISE, name_zh="商店", name_en="Shop")
    user = User.objects.create_user("shopkeeper", password=PASSWORD)
    appoint(user, shop, Role.ENTERPRISE)
    return user


def now_code() -> str:
    return str(totp.format_hotp_value(totp.hotp_value(SECRET, COUNTER)))


def log_in(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": username, "password": password})


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def test_nobody_signs_up(db: None) -> None:
    client = Client()
    fields = {"username": "me", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", fields)
    assert not User.objects.exists()


def test_a_login_and_a_failed_one_go_to_the_ledger(officer: User) -> None:
    client = Client()
    assert log_in(client, "owner", "wrong").status_code == 200
    assert log_in(client, "owner").status_code == 302
    assert kinds()[-2:] == [AuditKind.LOGIN_FAILED, AuditKind.LOGIN]
    failed = Entry.objects.filter(kind=AuditKind.LOGIN_FAILED).get()
    assert failed.object_id == str(officer.pk)
    log_in(Client(), "my-secret-by-mistake", "x")
    last = Entry.objects.order_by("id").last()
    assert last is not None
    assert last.object_id == ""
    assert "my-secret" not in last.body


def test_after_five_wrong_passwords_the_right_one_is_refused_too(officer: User) -> None:
    client = Client()
    for _ in range(5):
        log_in(client, "owner", "wrong")
    assert log_in(client, "owner").status_code != 302
    assert "_auth_user_id" not in client.session


def test_an_officer_is_led_to_the_second_factor_before_anything_else(officer: User) -> None:
    client = Client()
    log_in(client, "owner")
    found = client.get("/purpose/")
    assert (found.status_code, found["Location"].partition("?")[0]) == (302, ACTIVATE)
    fragment = client.get("/purpose/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"].partition("?")[0]) == (204, ACTIVATE)
    assert client.get("/api/v1/anything").status_code == 403
    assert client.get(ACTIVATE).status_code == 200


def test_a_role_that_demands_no_second_factor_goes_on(country: Country) -> None:
    shopkeeper()
    client = Client()
    log_in(client, "shopkeeper")
    assert client.get("/purpose/").status_code == 200


def test_only_the_demonstration_goes_without_and_its_pages_know(officer: User) -> None:
    client = Client()
    log_in(client, "owner")
    with override_settings(HAODUN_DEMO=True):
        assert client.get("/purpose/").status_code == 200
        assert context(request_of(client, officer))["haodun_demo"] is True
    assert context(request_of(client, officer))["haodun_demo"] is False


def test_a_login_with_a_second_factor_needs_its_code(officer: User) -> None:
    totp.TOTP.activate(officer, SECRET)
    client = Client()
    assert log_in(client, "owner")["Location"] == CODE
    assert "_auth_user_id" not in client.session
    assert client.get("/purpose/").status_code == 302
    assert client.post(CODE, {"code": "000000" if now_code() != "000000" else "111111"}).status_code == 200
    assert client.post(CODE, {"code": now_code()}).status_code == 302
    assert client.get("/purpose/").status_code == 200


def test_the_secret_of_a_second_factor_lies_encrypted(officer: User) -> None:
    totp.TOTP.activate(officer, SECRET)
    assert SECRET not in str(Authenticator.objects.get(user=officer).data)
    kept = Authenticator.objects.get(user=officer).data["secret"]
    with override_settings(SECRET_KEY="another"), pytest.raises(FactorError, match=r"secret\.key"):  # noqa: S106
        Factors().decrypt(kept)


@pytest.fixture
def inside(officer: User) -> Client:
    """A client with a person logged in, the second factor set up."""
    totp.TOTP.activate(officer, SECRET)
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("proof", ["password", "code", "recovery"])
def test_sudo_takes_the_password_or_a_code_and_leads_back(inside: Client, officer: User, proof: str) -> None:
    given = {"password": PASSWORD, "code": now_code()}.get(proof) or RecoveryCodes.activate(officer).get_unused_codes()[
        0
    ]
    key = inside.session.session_key
    found = inside.post("/sudo/", {"proof": given, "next": "/orders/"})
    assert (found.status_code, found["Location"]) == (302, "/orders/")
    assert inside.session[sudo.SESSION_KEY]["user"] == str(officer.pk)
    assert inside.session.session_key != key
    assert kinds()[-1] == AuditKind.SUDO_GRANTED


def test_a_wrong_proof_grants_nothing_and_too_many_are_not_looked_at(inside: Client) -> None:
    for _ in range(10):
        assert inside.post("/sudo/", {"proof": "wrong"}).status_code == 200
    assert inside.post("/sudo/", {"proof": PASSWORD}).status_code == 200
    assert sudo.SESSION_KEY not in inside.session
    assert kinds().count(AuditKind.LOGIN_FAILED) == 10


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_sudo_leads_nowhere_else(inside: Client, away: str) -> None:
    assert inside.post("/sudo/", {"proof": PASSWORD, "next": away})["Location"] == "/"


def request_of(client: Client, user: User, path: str = "/x?a=1", **headers: str) -> HttpRequest:
    request = RequestFactory(headers=headers).get(path)
    request.session = client.session
    request.user = user
    return request


def test_sudo_lasts_fifteen_minutes_and_is_one_persons(inside: Client, officer: User, country: Country) -> None:
    inside.post("/sudo/", {"proof": PASSWORD})
    request = request_of(inside, officer)
    until = sudo.sudo_until(request)
    assert until is not None
    assert timedelta(minutes=14) < until - timezone.now() <= timedelta(minutes=15)
    assert sudo.sudo_until(request_of(inside, country.colleague)) is None
    request.session[sudo.SESSION_KEY]["until"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    assert sudo.sudo_until(request) is None


def test_what_needs_sudo_leads_there_and_back(inside: Client, officer: User) -> None:
    seen: list[str] = []

    @sudo.require_sudo
    def view(request: HttpRequest, word: str) -> HttpResponse:
        seen.append(word)
        return HttpResponse()

    assert view(request_of(inside, officer), "a")["Location"] == "/sudo/?next=%2Fx%3Fa%3D1"
    assert view(request_of(inside, officer, HX_Request="true"), "a")["HX-Redirect"] == "/sudo/?next=%2Fx%3Fa%3D1"
    assert seen == []
    inside.post("/sudo/", {"proof": PASSWORD})
    assert view(request_of(inside, officer), "b").status_code == 200
    assert seen == ["b"]


def test_a_stranger_to_the_site_is_asked_to_log_in(db: None) -> None:
    for path in ("/sudo/", "/purpose/"):
        assert Client().get(path)["Location"].startswith(LOGIN)


def single_sign_on(claims: dict[str, Any]) -> list[User]:
    connected: list[User] = []
    login = SimpleNamespace(
        is_existing=False,
        account=SimpleNamespace(extra_data=claims),
        connect=lambda request, user: connected.append(user),
    )
    SingleSignOn().pre_social_login(HttpRequest(), login)
    return connected


def test_single_sign_on_knows_accounts_and_makes_none(officer: User, country: Country) -> None:
    assert single_sign_on({"preferred_username": "owner"}) == [officer]
    assert single_sign_on({"userinfo": {"preferred_username": "owner"}}) == [officer]
    country.colleague.is_active = False
    country.colleague.save()
    for claims in (
        {"preferred_username": "colleague"},
        {"preferred_username": "new"},
        {"preferred_username": ["owner"]},
        {},
    ):
        assert single_sign_on(claims) == []
    assert not SingleSignOn().is_open_for_signup(HttpRequest(), None)


def test_an_identity_provider_comes_from_the_environment() -> None:
    program = (
        "from haodun.console.setup import configure; configure()\n"
        "from django.conf import settings; from django.urls import reverse\n"
        "app = settings.SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS'][0]\n"
        "print(app['settings']['server_url'], reverse('openid_connect_login', args=[app['provider_id']]))"
    )
    environment = {**os.environ, "HAODUN_OIDC_ISSUER": "https://id.example", "HAODUN_OIDC_CLIENT": "haodun"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert found.stdout.split() == ["https://id.example", "/accounts/oidc/sso/login/"], found.stderr
