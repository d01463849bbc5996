"""Addresses of the register. No number, name or document is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.subscribers import run_views, views

app_name = "subscribers"
urlpatterns = [
    path("subscribers/", views.home, name="home"),
    path("subscribers/rates/", views.rates, name="rates"),
    path("subscribers/rates/publish/", views.give_out, name="publish"),
    path("subscribers/rates/<int:figure>/revise/", views.give_out_again, name="revise"),
    path("subscribers/imports/", run_views.imports, name="imports"),
    path("subscribers/imports/<uuid:run_id>/", run_views.import_page, name="import"),
    path("subscribers/imports/<uuid:run_id>/bad/", run_views.bad_rows, name="bad_rows"),
    path("subscribers/imports/<uuid:run_id>/<slug:action>/", run_views.import_step, name="import_step"),
    path("subscribers/excess/", run_views.excess, name="excess"),
    path("subscribers/excess/<uuid:card_id>/", run_views.card, name="card"),
    path("subscribers/excess/<uuid:card_id>/<slug:action>/", run_views.card_step, name="card_step"),
]
