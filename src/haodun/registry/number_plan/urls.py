"""Addresses of the number plan. A number asked about comes by POST."""

from __future__ import annotations

from django.urls import path

from haodun.registry.number_plan import views

app_name = "plan"
urlpatterns = [
    path("plan/", views.home, name="home"),
    path("plan/ask/", views.ask, name="ask"),
    path("plan/export/", views.export, name="export"),
    path("plan/import/", views.bring, name="import"),
]
