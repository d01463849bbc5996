"""Addresses of the policy and its revisions."""

from __future__ import annotations

from django.urls import path

from haodun.registry.policy_revisions import editor_views, views

app_name = "policies"
urlpatterns = [
    path("policies/", views.home, name="home"),
    path("policies/new/", editor_views.new, name="new"),
    path("policies/next/", views.next_step, name="next"),
    path("policies/<uuid:revision_id>/", views.revision, name="revision"),
    path("policies/<uuid:revision_id>/edit/", editor_views.edit, name="edit"),
    path("policies/<uuid:revision_id>/check/", editor_views.check_text, name="check"),
    path("policies/<uuid:revision_id>/compare/", views.compare, name="compare"),
    path("policies/<uuid:revision_id>/compared/", views.comparison, name="compared"),
    path("policies/<uuid:revision_id>/roll-back/", views.take_back, name="roll_back"),
    path("policies/<uuid:revision_id>/step/<slug:action>/", views.take_step, name="step"),
]
