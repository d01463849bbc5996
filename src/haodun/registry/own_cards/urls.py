"""Addresses of 一证通查. No document and no number is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.own_cards import public_views, views

app_name = "own_cards"
urlpatterns = [
    path("cards/", public_views.question, name="ask"),
    path("cards/asked/", public_views.asked, name="asked"),
    path("cards/desk/", views.desk, name="desk"),
    path("cards/desk/new/", views.new, name="new"),
    path("cards/desk/<uuid:question_id>/", views.question, name="question"),
    path("cards/desk/<uuid:question_id>/step/<slug:action>/", views.take_step, name="step"),
]
