"""Addresses of the person's own pages."""

from __future__ import annotations

from django.urls import path

from haodun.offices.organisations import token_views, views

urlpatterns = [
    path("sudo/", views.sudo, name="sudo"),
    path("purpose/", views.purpose, name="purpose"),
    path("acting/", views.acting, name="acting"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/end/", token_views.end_token, name="token-end"),
]
