"""Addresses of the ledger's pages: an entry is named by its id."""

from __future__ import annotations

from django.urls import path

from haodun.console.ledger import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.home, name="home"),
    path("audit/verify/", views.verify, name="verify"),
    path("audit/<int:entry_id>/", views.entry, name="entry"),
    path("audit/<int:entry_id>/proof/", views.proof, name="proof"),
]
