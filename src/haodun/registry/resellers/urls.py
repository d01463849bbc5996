"""Addresses of resellers' cases."""

from __future__ import annotations

from django.urls import path

from haodun.registry.resellers import views

app_name = "resellers"
urlpatterns = [
    path("resellers/", views.home, name="home"),
    path("resellers/new/", views.new, name="new"),
    path("resellers/proofs/<uuid:proof_id>/", views.check, name="check"),
    path("resellers/<uuid:case_id>/", views.case, name="case"),
    path("resellers/<uuid:case_id>/proof/", views.prove, name="prove"),
    path("resellers/<uuid:case_id>/step/<slug:action>/", views.take_step, name="step"),
]
