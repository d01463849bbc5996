"""Addresses of the trusted-number centre. No number is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.trusted_numbers import apply_views, public_views, views

app_name = "trusted"
urlpatterns = [
    path("trusted/", views.desk, name="desk"),
    path("trusted/mine/", views.mine, name="mine"),
    path("trusted/apply/", apply_views.start, name="start"),
    path("trusted/<uuid:entry_id>/", views.entry, name="entry"),
    path("trusted/<uuid:entry_id>/apply/<slug:name>/", apply_views.question, name="question"),
    path("trusted/<uuid:entry_id>/check/", apply_views.check, name="check"),
    path("trusted/<uuid:entry_id>/papers/<uuid:paper_id>/", views.paper, name="paper"),
    path("trusted/<uuid:entry_id>/papers/<uuid:paper_id>/remove/", apply_views.remove_paper, name="remove_paper"),
    path("trusted/<uuid:entry_id>/numbers/<uuid:number_id>/call/", apply_views.call_back, name="call_back"),
    path("trusted/<uuid:entry_id>/numbers/<uuid:number_id>/code/", apply_views.code, name="code"),
    path("trusted/<uuid:entry_id>/steps/<slug:action>/", views.take_step, name="step"),
    path("directory/", public_views.home, name="directory"),
    path("directory/head.json", public_views.head, name="head"),
    path("directory/<int:version>/<str:name>", public_views.file, name="file"),
]
