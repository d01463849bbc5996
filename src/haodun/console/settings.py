"""Django's settings: everything that differs between sites comes from the environment, everything else stands here."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from haodun.console.database import APP_VARIABLE, OWNER_VARIABLE, django_settings

HAODUN_DATA = Path(os.environ.get("HAODUN_DATA", "haodun-data")).resolve()
"""The data folder: keys, snapshots, checkpoints, store, messages."""
HAODUN_SYNTHETIC = os.environ.get("HAODUN_SYNTHETIC") == "1"
"""The data are invented; every page says so."""
HAODUN_DEMO = os.environ.get("HAODUN_DEMO") == "1"
"""A demonstration: no second factor is demanded; every page says so, loudly."""
HAODUN_NODE = os.environ.get("HAODUN_NODE", "local")
"""Name of this installation among others."""


def _secret() -> str:
    path = HAODUN_DATA / "keys" / "secret.key"
    if path.is_file():
        return path.read_text(encoding="ascii")
    return os.environ.get("HAODUN_SECRET") or secrets.token_urlsafe(48)


SECRET_KEY = _secret()
SECRET_KEY_FALLBACKS: list[str] = []
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HAODUN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

_FALLBACK = "postgresql:///haodun"
DATABASES: dict[str, dict[str, Any]] = {
    "default": django_settings(os.environ.get(APP_VARIABLE, _FALLBACK)),
    "owner": django_settings(os.environ.get(OWNER_VARIABLE, _FALLBACK)),
}
POOL = os.environ.get("HAODUN_POOL")
"""How many connections the threads of the web server share; only `haodun serve` sets it."""
if POOL:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": int(POOL), "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "haodun.console",  # before allauth: its templates are the ones shown
    "django_htmx",
    "django_tables2",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "haodun.audit",
    "haodun.federation",
    "haodun.offices.organisations",
    "haodun.offices.transitions",
    "haodun.offices.jobs",
    "haodun.offices.peering",
    "haodun.registry.number_plan",
    "haodun.registry.subscribers",
    "haodun.registry.outgoing",
    "haodun.registry.policy_revisions",
    "haodun.registry.restrictions",
    "haodun.registry.trusted_numbers",
    "haodun.registry.verdict_counts",
    "haodun.registry.key_services",
    "haodun.registry.voice_lines",
    "haodun.registry.reregistration",
    "haodun.registry.resellers",
    "haodun.registry.own_cards",
    "haodun.registry.card_clusters",
    "haodun.registry.policies",
    "haodun.casework.orders",
    "haodun.casework.appeals",
    "haodun.oversight.bulletins",
]

MIDDLEWARE = [
    "haodun.console.middleware.Headers",
    "haodun.console.middleware.Pack",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "haodun.offices.organisations.access.Bearer",
    "haodun.offices.organisations.access.Scope",
    "haodun.offices.organisations.access.SecondFactor",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "haodun.console.context.shell",
                "haodun.offices.organisations.access.context",
            ],
        },
    }
]

ROOT_URLCONF = "haodun.console.urls"
WSGI_APPLICATION = "haodun.console.wsgi.application"

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "haodun.offices.organisations.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "haodun.offices.organisations.adapters.Accounts"
ACCOUNT_RATE_LIMITS = {
    "change_password": "5/m/user",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",  # per address, and five per account in five minutes
    "reauthenticate": "10/m/user",
    "reset_password": "5/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("HAODUN_PROXIES", "0"))
MFA_ADAPTER = "haodun.offices.organisations.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Haodun"
SOCIALACCOUNT_ADAPTER = "haodun.offices.organisations.adapters.SingleSignOn"
HAODUN_OIDC_CLAIM = os.environ.get("HAODUN_OIDC_CLAIM", "preferred_username")
"""The claim of the identity provider that is the name of an account here."""
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if os.environ.get("HAODUN_OIDC_ISSUER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": os.environ.get("HAODUN_OIDC_NAME", "SSO"),
                "client_id": os.environ.get("HAODUN_OIDC_CLIENT", ""),
                "secret": os.environ.get("HAODUN_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ["HAODUN_OIDC_ISSUER"]},
            }
        ],
    }
CACHES = {
    # One process serves, so its memory is shared by all; large, so that a flood of names evicts no lock-out.
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 200_000}}
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/landing/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: files are served where the packages have them
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 24 * 3600  # addresses carry the file's hash (console/assets.py)

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "haodun.console.failures.form_expired"
if os.environ.get("HAODUN_HTTPS") == "1":  # behind a front that ends TLS
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [one for one in os.environ.get("HAODUN_ORIGINS", "").split(",") if one]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
HAODUN_CAPS = {"orders.numbers": 200}
"""How many numbers one act may hit, by the name of the cap; `transitions.cap_of` says what holds for the others."""
SILENCED_SYSTEM_CHECKS: list[str] = []
