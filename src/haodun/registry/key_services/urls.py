"""Addresses of key services. No number, code or document is ever part of one."""

from __future__ import annotations

from django.urls import path

from haodun.registry.key_services import figure_views, register_views, sheet_file_views, sheet_views, views

app_name = "key_services"
urlpatterns = [
    path("key-services/", views.home, name="home"),
    path("key-services/new/", views.new, name="new"),
    path("key-services/existing/", views.existing, name="existing"),
    path("key-services/import/", sheet_file_views.import_page, name="import"),
    path("key-services/export/", sheet_file_views.export_list, name="export"),
    path("key-services/involved/", figure_views.involved, name="involved"),
    path("key-services/campaigns/", register_views.campaign_list, name="campaigns"),
    path("key-services/campaigns/new/", register_views.campaign_new, name="campaign_new"),
    path("key-services/campaigns/<uuid:row_id>/", register_views.campaign, name="campaign"),
    path("key-services/campaigns/<uuid:row_id>/<slug:action>/", register_views.campaign_step, name="campaign_step"),
    path("key-services/landing/<uuid:landing_id>/<slug:what>/", views.landing, name="landing"),
    path("key-services/<uuid:service_id>/", views.service, name="service"),
    path("key-services/<uuid:service_id>/amend/", views.amend, name="amend"),
    path("key-services/<uuid:service_id>/sheet/<slug:action>/", sheet_views.sheet, name="sheet"),
    path("key-services/<uuid:service_id>/<slug:action>/", views.take_step, name="step"),
    path("agents/", register_views.agent_list, name="agents"),
    path("agents/new/", register_views.agent_new, name="agent_new"),
    path("agents/<uuid:row_id>/", register_views.agent, name="agent"),
    path("agents/<uuid:row_id>/propose/", register_views.agent_propose, name="agent_propose"),
    path("agents/<uuid:row_id>/<slug:action>/", register_views.agent_step, name="agent_step"),
    path("blacklist/", register_views.listing_list, name="blacklist"),
    path("blacklist/new/", register_views.listing_new, name="listing_new"),
    path("blacklist/check/", register_views.listing_check, name="listing_check"),
    path("blacklist/<uuid:row_id>/", register_views.listing, name="listing"),
    path("blacklist/<uuid:row_id>/<slug:action>/", register_views.listing_step, name="listing_step"),
]
