"""Addresses of the public pages and the appeal desk. No number, token, reference or code is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.casework.appeals import public_views, views

app_name = "appeals"
urlpatterns = [
    path("why/", public_views.why, name="why"),
    path("why/token/", public_views.token, name="token"),
    path("why/number/", public_views.number, name="number"),
    path("why/code/", public_views.code, name="code"),
    path("why/answer/", public_views.answer, name="answer"),
    path("appeal/", public_views.start, name="start"),
    path("appeal/which/", public_views.which, name="which"),
    path("appeal/statement/", public_views.statement, name="statement"),
    path("appeal/contact/", public_views.contact, name="contact"),
    path("appeal/check/", public_views.check, name="check"),
    path("appeal/done/", public_views.done, name="done"),
    path("appeal/status/", public_views.status, name="status"),
    path("appeal/escalate/", public_views.go_up, name="go_up"),
    path("appeals/", views.desk, name="desk"),
    path("appeals/<uuid:appeal_id>/", views.appeal, name="appeal"),
    path("appeals/<uuid:appeal_id>/<slug:action>/", views.take_step, name="step"),
]
