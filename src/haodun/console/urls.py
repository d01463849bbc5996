"""The root of all addresses: each context's own `urls.py` hangs here."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from haodun.console import assets, interface, number_views, parts_page, preferences, search_views, verdict_views, views
from haodun.console.api import mount

CONTEXTS = (
    "haodun.offices.organisations",
    "haodun.offices.peering",
    "haodun.audit",
    "haodun.registry.number_plan",
    "haodun.registry.subscribers",
    "haodun.registry.restrictions",
    "haodun.registry.key_services",
    "haodun.registry.voice_lines",
    "haodun.registry.reregistration",
    "haodun.registry.resellers",
    "haodun.registry.own_cards",
    "haodun.registry.card_clusters",
    "haodun.registry.trusted_numbers",
    "haodun.registry.policy_revisions",
    "haodun.registry.policies",
    "haodun.casework.orders",
    "haodun.casework.appeals",
)
"""Contexts whose addresses hang at the root, each under its own prefix; those without pages are passed over."""

handler403 = "haodun.console.failures.forbidden"
handler404 = "haodun.console.failures.not_found"
handler500 = "haodun.console.failures.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("parts/", parts_page.parts, name="parts"),
    path("search/", search_views.search_page, name="search"),
    path("numbers/<uuid:subject>/", number_views.number_page, name="number"),
    path("numbers/<uuid:subject>/reveal/", number_views.reveal, name="number-reveal"),
    path("verdicts/<str:day>/<str:verdict_id>/", verdict_views.verdict_page, name="verdict"),
    path("static/console/console.<str:version>.css", assets.stylesheet, name="stylesheet"),
    path("landing/", views.landing, name="landing"),
    path("", include("haodun.console.ledger.urls")),
    path("i18n/theme/", preferences.theme, name="theme"),
    path("i18n/language/", preferences.language, name="language"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/openapi.json", interface.described, name="openapi"),
    path("api/v1/", mount().urls),
    *(path("", include(f"{name}.urls")) for name in CONTEXTS if find_spec(f"{name}.urls")),
]
