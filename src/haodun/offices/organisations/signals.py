"""Logins, failed ones too, go to the ledger."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from haodun.audit.services import AuditKind, record


def logged_in(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Write the login of a person."""
    with transaction.atomic():
        record(AuditKind.LOGIN, actor=user.pk, organisation=None, object_type="user", object_id=user.pk)


def failed(*, credentials: dict[str, Any], **_: Any) -> None:
    """Write a failed login under the account's id; a name that is no account may be a password, so it is not kept."""
    from haodun.offices.organisations.models import User

    name = credentials.get("username")
    found = User.objects.filter(username=name).first() if isinstance(name, str) else None
    with transaction.atomic():
        record(
            AuditKind.LOGIN_FAILED,
            actor=None,
            organisation=None,
            object_type="user",
            object_id=found.pk if found else "",
            body={"step": "password"},
        )


def connect() -> None:
    """Listen to Django's login signals."""
    user_logged_in.connect(logged_in, dispatch_uid="haodun.logged_in")
    user_login_failed.connect(failed, dispatch_uid="haodun.login_failed")
