"""Addresses of voice lines and device reports. No number is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.voice_lines import device_views, sheet_views, views

app_name = "voice_lines"
urlpatterns = [
    path("voice-lines/", views.home, name="home"),
    path("voice-lines/new/", views.new, name="new"),
    path("voice-lines/import/", sheet_views.import_page, name="import"),
    path("voice-lines/export/", sheet_views.export_list, name="export"),
    path("voice-lines/tests/<uuid:test_id>/", views.result, name="result"),
    path("voice-lines/<uuid:line_id>/", views.line, name="line"),
    path("voice-lines/<uuid:line_id>/amend/", views.amend, name="amend"),
    path("voice-lines/<uuid:line_id>/plan/", views.plan, name="plan"),
    path("voice-lines/<uuid:line_id>/exception/", views.grant, name="grant"),
    path("voice-lines/<uuid:line_id>/close/", views.close, name="close"),
    path("voice-lines/<uuid:line_id>/step/<slug:action>/", views.take_step, name="step"),
    path("devices/", device_views.devices, name="devices"),
    path("devices/new/", device_views.device_new, name="device_new"),
    path("devices/<uuid:report_id>/", device_views.device, name="device"),
    path("devices/<uuid:report_id>/<slug:action>/", device_views.device_step, name="device_step"),
]
