"""Addresses of the person's own pages."""

from __future__ import annotations

from django.urls import path

from haodun.offices.organisations import views

urlpatterns = [
    path("sudo/", views.sudo, name="sudo"),
    path("purpose/", views.purpose, name="purpose"),
    path("acting/", views.acting, name="acting"),
]
