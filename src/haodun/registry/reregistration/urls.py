"""Addresses of re-registration. No number, name or document is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.reregistration import shop_views, target_views, views

app_name = "reregistration"
urlpatterns = [
    path("reregistration/", views.home, name="home"),
    path("reregistration/new/", views.new, name="new"),
    path("reregistration/targets/", target_views.targets, name="targets"),
    path("reregistration/record/", shop_views.record_page, name="record"),
    path("reregistration/sheets/", shop_views.sheets_page, name="sheets"),
    path("reregistration/sheets/<uuid:sheet_id>/", shop_views.sheet_page, name="sheet"),
    path("reregistration/sheets/<uuid:sheet_id>/bad/", shop_views.bad_rows, name="bad_rows"),
    path("reregistration/sheets/<uuid:sheet_id>/<slug:action>/", shop_views.sheet_step, name="sheet_step"),
    path("reregistration/<uuid:campaign_id>/", views.campaign, name="campaign"),
    path("reregistration/<uuid:campaign_id>/approve/", views.approve, name="approve"),
    path("reregistration/<uuid:campaign_id>/step/<slug:action>/", views.take_step, name="step"),
]
