"""Cases about everything else: the person's own pages, public pages, accounts, the control link, files."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix.asking import Case
from tests.matrix.country import PASSWORD, Country
from tests.matrix.declared_cases import OUTSIDE, gate, to_login
from tests.matrix.tree import CITIZEN, Reader

ANY = (200, 301, 302, 401, 403, 404, 405)


def shell(land: Country, reader: Reader) -> Iterator[Case]:
    """Home, parts, style, language, theme."""
    from haodun.console.assets import styles_address

    signed = (302,) if reader in OUTSIDE else (200,)
    yield Case("home", reader, "GET", "/", signed, to=to_login(reader))
    first = {"auditor": "/audit/", "carrier_engineer": "/edges/", "enterprise": "/trusted/mine/"}.get(reader.role, "/")
    yield Case("landing", reader, "GET", "/landing/", (302,), to=to_login(reader, first))
    yield Case("parts", reader, "GET", "/parts/", (404,))
    verdict = gate(reader, "verdict.read", (404,))
    yield Case("verdict", reader, "GET", "/verdicts/2026-11-24/matrix-1/", verdict, to=to_login(reader))
    yield Case("stylesheet", reader, "GET", styles_address(), (200,))
    yield Case("stylesheet", reader, "GET", "/static/console/console.000000000000.css", (404,))
    for name in ("theme", "language"):
        yield Case(name, reader, "POST", f"/i18n/{name}/", (302,), {name: "en", "next": "//elsewhere.example/"}, to="/")
        yield Case(name, reader, "GET", f"/i18n/{name}/", (405,))


def person(land: Country, reader: Reader) -> Iterator[Case]:
    """Second proof, purpose, for whom to act."""
    inside = reader not in OUTSIDE
    for name in ("sudo", "purpose"):
        yield Case(name, reader, "GET", f"/{name}/", (200,) if inside else (302,), to=to_login(reader))
    yield Case("sudo", reader, "POST", "/sudo/", (302,), {"proof": PASSWORD}, to=to_login(reader, "/"), writes=inside)
    wrong = (200,) if inside else (302,)
    yield Case("sudo", reader, "POST", "/sudo/", wrong, {"proof": "wrong"}, to=to_login(reader), writes=inside)
    yield Case("purpose", reader, "POST", "/purpose/", (302,), {"purpose": "audit"}, to=to_login(reader, "/"))
    for key in {reader.at or "press", "bureau32", "bureau33", "police32"}:
        place = land.places[key]
        statuses = (302,) if not inside or reader.at == key else (403,)
        body = {"organisation": str(place.id)}
        yield Case("acting", reader, "POST", "/acting/", statuses, body, to=to_login(reader, "/"))


ACCOUNTS = {
    "account_login": "login/",
    "account_logout": "logout/",
    "account_inactive": "inactive/",
    "account_signup": "signup/",
    "account_reauthenticate": "reauthenticate/",
    "account_email": "email/",
    "account_email_verification_sent": "confirm-email/",
    "account_change_password": "password/change/",
    "account_set_password": "password/set/",
    "account_reset_password": "password/reset/",
    "account_confirm_login_code": "login/code/confirm/",
    "account_confirm_email": "confirm-email/xyz/",
    "account_reset_password_from_key_done": "password/reset/key/done/",
    "account_reset_password_from_key": "password/reset/key/1-2/",
    "account_reset_password_done": "password/reset/done/",
    "mfa_index": "2fa/",
    "mfa_authenticate": "2fa/authenticate/",
    "mfa_reauthenticate": "2fa/reauthenticate/",
    "mfa_activate_totp": "2fa/totp/activate/",
    "mfa_deactivate_totp": "2fa/totp/deactivate/",
    "mfa_view_recovery_codes": "2fa/recovery-codes/",
    "mfa_generate_recovery_codes": "2fa/recovery-codes/generate/",
    "mfa_download_recovery_codes": "2fa/recovery-codes/download/",
    "socialaccount_login_cancelled": "3rdparty/login/cancelled/",
    "socialaccount_login_error": "3rdparty/login/error/",
    "socialaccount_signup": "3rdparty/signup/",
    "socialaccount_connections": "3rdparty/",
    "accounts/social/login/cancelled/": "social/login/cancelled/",
    "accounts/social/login/error/": "social/login/error/",
    "accounts/social/signup/": "social/signup/",
    "accounts/social/connections/": "social/connections/",
    "openid_connect_login": "oidc/none/login/",
    "openid_connect_callback": "oidc/none/login/callback/",
}
"""The pages of allauth: they know the person alone, so every answer but our fault is right if it tells nothing."""
LOGIN_FIRST = frozenset(name for name in ACCOUNTS if name.startswith("mfa_") and name != "mfa_authenticate") | {
    "account_email", "account_change_password", "account_set_password", "account_reauthenticate",
    "socialaccount_connections",
}  # fmt: skip


def accounts(land: Country, reader: Reader) -> Iterator[Case]:
    """Every page of allauth; nobody makes an account, and a wrong password changes nothing."""
    for name, path in ACCOUNTS.items():
        first = name in LOGIN_FIRST and reader in OUTSIDE
        # Whoever asks for the first factor gets a secret of their own in the session; no table changes.
        yield Case(
            name, reader, "GET", f"/accounts/{path}", (302,) if first else ANY, to=to_login(reader) if first else ""
        )
    new = {"username": "matrix-new", "password1": PASSWORD, "password2": PASSWORD}
    yield Case("account_signup", reader, "POST", "/accounts/signup/", (200, 302, 403), new)
    changed = {"oldpassword": "wrong", "password1": "other-Kx81-long", "password2": "other-Kx81-long"}
    yield Case("account_change_password", reader, "POST", "/accounts/password/change/", (200, 302), changed)
    if reader in OUTSIDE:
        login = {"login": "press@press", "password": "wrong"}
        yield Case("account_login", reader, "POST", "/accounts/login/", (200,), login, writes=True)


PUBLIC = ("why/", "why/token/", "why/number/", "why/code/", "why/answer/", "appeal/", "appeal/which/",
          "appeal/statement/", "appeal/contact/", "appeal/check/", "appeal/done/", "appeal/status/")  # fmt: skip
PUBLIC_NAMES = ("why", "token", "number", "code", "answer", "start", "which", "statement", "contact", "check", "done",
                "status")  # fmt: skip


def public(land: Country, reader: Reader) -> Iterator[Case]:
    """Pages without an account: they show only what the session has proved, and the citizen has proved one notice."""
    proved = reader == CITIZEN
    open_to_all = ("why", "token", "number", "start", "status")
    shows = frozenset(word.text for word in land.words if word.kind == "restriction" and word.owner == "bureau32")
    for name, path in zip(PUBLIC_NAMES, PUBLIC, strict=True):
        needs_proof = name in ("answer", "which", "statement", "contact", "check")
        statuses = (200,) if name in open_to_all or (proved and needs_proof) else (302,)
        yield Case(
            f"appeals:{name}", reader, "GET", f"/{path}", statuses, writes=proved and name == "answer",
            shows=shows if proved else frozenset(),
        )  # fmt: skip
    for name, path, body, status in (
        ("why", "why/", {"way": "token"}, 302),
        ("start", "appeal/", {"way": "number"}, 302),
        ("token", "why/token/", {"token": "NOSUCHREFERENCE1"}, 422),
        ("code", "why/code/", {"code": "000000"}, 302),
        ("status", "appeal/status/", {"reference": "S261124ABCDEF", "code": "ABCDEFGH"}, 422),
        ("go_up", "appeal/escalate/", {"reference": "S261124ABCDEF", "code": "ABCDEFGH", "key": "m"}, 302),
    ):
        yield Case(f"appeals:{name}", reader, "POST", f"/{path}", (status,), body)
    yield Case("appeals:number", reader, "POST", "/why/number/", (302,), {"number": "13999990003"}, writes=True)
    told = next(thing.id for thing in land.things if thing.kind == "restriction")
    for name, body in (
        ("which", {"claim": f"r{told}"}),
        ("statement", {"statement": "矩阵"}),
        ("contact", {"contact": ""}),
        ("check", {}),
    ):
        yield Case(
            f"appeals:{name}", reader, "POST", f"/appeal/{name}/", (302,), body, writes=proved and name == "check",
            shows=shows if proved else frozenset(),
        )  # fmt: skip
    for name in ("status", "escalate"):
        body = {"reference": "S261124ABCDEF", "code": "ABCDEFGH"}
        headers = {"idempotency-key": "matrix"}
        yield Case(f"POST appeals/{name}", reader, "POST", f"/api/v1/appeals/{name}", (404,), body, True, headers)


def control_link(land: Country, reader: Reader) -> Iterator[Case]:
    """Without an edge's token nobody gets anything, whoever is signed in."""
    receipt = {"version": 1, "state": "received", "detail": "", "at_ms": 1, "run": "m"}
    for name, method, path in (
        ("edge-stream", "GET", "stream"),
        ("edge-snapshot", "GET", "snapshots/1"),
        ("edge-receipts", "POST", "receipts"),
    ):
        for token in ("", "Bearer " + "A" * 43):
            headers = {"authorization": token} if token else {}
            body = receipt if method == "POST" else None
            yield Case(name, reader, method, f"/edge/v1/{path}", (401,), body, method == "POST", headers)


def api_root(land: Country, reader: Reader) -> Iterator[Case]:
    """The description of the interface holds no data; its root answers with nothing."""
    yield Case("openapi", reader, "GET", "/api/v1/openapi.json", (200,))
    yield Case("api-v1:api-root", reader, "GET", "/api/v1/", (404,))
