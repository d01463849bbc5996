"""How allauth behaves here: no sign-up, second-factor secrets as ciphertext, single sign-on for known people only."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest

from haodun.offices.organisations.models import User

FRESH_S = 300.0
"""How long a login counts as just made."""


class FactorError(Exception):
    """A second-factor secret cannot be read; the message says what to do."""

    exit_code = 1


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: nobody makes an account for themself."""
        return False

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Who has just logged in and has no second factor yet sets up the first one without another password."""
        user = self.request.user
        records = get_authentication_records(self.request, user)
        fresh = bool(records) and time.time() - float(records[-1]["at"]) < FRESH_S
        return not (app == "allauth.mfa" and fresh and not is_mfa_enabled(user))


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The site's own identity provider logs in people who have an account here, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect a first login with the account whose name the provider vouches for (claim HAODUN_OIDC_CLAIM)."""
        if sociallogin.is_existing:
            return
        data = sociallogin.account.extra_data
        claims = {**data, **data.get("userinfo", {})}
        name = claims.get(settings.HAODUN_OIDC_CLAIM)
        found = User.objects.filter(username=name, is_active=True).first() if isinstance(name, str) and name else None
        if found is not None:
            sociallogin.connect(request, found)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are kept encrypted under the site's secret."""

    def encrypt(self, text: str) -> str:
        """Ciphertext of a secret."""
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; FactorError where it was encrypted under another site's secret."""
        try:
            return _box().decrypt(encrypted_text.encode("ascii")).decode()
        except InvalidToken:
            raise FactorError(
                "a second factor was stored under another keys/secret.key; put that file back, or remove the factor"
            ) from None


def _box() -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"haodun.factor." + one.encode()).digest())) for one in secrets]
    )
